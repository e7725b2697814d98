// SPDX-License-Identifier: MIT
#include <fairlead/unix.hpp>

#include <fcntl.h>
#include <grp.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <numeric>
#include <thread>

#include <gtest/gtest.h>

#include "net/sockets.hpp"
#include "net/ways.hpp"
#include "support/child.hpp"
#include "support/expect.hpp"
#include "support/temp_dir.hpp"

namespace fairlead::testing {
namespace {

using namespace std::chrono_literals;

unix_address abstract_name(const std::string& what) {
  static int count = 0;
  return unix_address::abstract("fairlead-" + std::to_string(::getpid()) + "-" + what +
                                std::to_string(++count))
      .value();
}

class Unix : public every_way {
 protected:
  template <class Listener>
  auto connected(Listener& l) {
    using stream = typename decltype(l.accept())::value_type;
    stream client = finish([&] { return stream::connect(l.local_endpoint()->unix_socket()); }).value();
    stream server = finish([&] { return l.accept(); }).value();
    return std::pair(std::move(client), std::move(server));
  }
  temp_dir dir;
};
FAIRLEAD_IN_EVERY_WAY(Unix);

TEST_P(Unix, StreamsCarryBytesBothWaysByPathAndByAbstractName) {
  for (const unix_address& where : {dir.socket("s"), abstract_name("s")}) {
    unix_listener l = unix_listener::listen(where).value();
    EXPECT_EQ(l.local_endpoint().value(), endpoint(where));
    auto [client, server] = connected(l);
    EXPECT_EQ(client.peer_endpoint().value(), endpoint(where));
    EXPECT_EQ(server.local_endpoint().value(), endpoint(where));
    EXPECT_TRUE(server.peer_endpoint()->unix_socket().is_unnamed());
    EXPECT_TRUE(client.local_endpoint()->unix_socket().is_unnamed());
    std::array<char, 64> in{};
    ASSERT_EQ(finish([&, &c = client] { return c.send("there"); }).value(), 5U);
    EXPECT_EQ(text(in, finish([&, &s = server] { return s.recv(in); }).value()), "there");
    const const_buffer out[] = {"", "and", "", " back"};
    ASSERT_EQ(finish([&, &s = server] { return s.send(const_buffers(out)); }).value(), 8U);
    EXPECT_EQ(finish([&, &c = client] { return c.recv_exactly(std::span(in).first(8)); }).value(), 8U);
    EXPECT_EQ(text(in, 8), "and back");
    ASSERT_TRUE(finish([&, &c = client] { return c.shutdown(); }));
    EXPECT_EQ(finish([&, &s = server] { return s.recv(in); }).value(), 0U);
    ASSERT_TRUE(finish([&, &s = server] { return s.send("half open"); }));
    EXPECT_EQ(text(in, finish([&, &c = client] { return c.recv(in); }).value()), "half open");
    EXPECT_EQ(said(finish([&, &c = client] { return c.send("x"); })),
              "send unix:" + endpoint(where).to_string() + ": broken pipe");
  }
}

TEST_P(Unix, AStreamMovesMegabytes) {
  auto [a, b] = unix_stream::pair().value();
  std::vector<unsigned char> payload(4U << 20U);
  std::iota(payload.begin(), payload.end(), static_cast<unsigned char>(1));
  std::vector<unsigned char> received(payload.size());
  result<std::size_t> got = 0;
  std::thread reader([&, &to = b] { got = to.recv_exactly(received).within(soon).wait(); });
  const auto sent = finish([&, &from = a] { return from.send(payload); });
  reader.join();
  EXPECT_EQ(sent.value(), payload.size());
  EXPECT_EQ(got.value(), payload.size());
  EXPECT_EQ(received, payload);
}

TEST_P(Unix, APeerThatLeavesBytesUnreadResetsTheStream) {
  unix_listener l = unix_listener::listen(dir.socket("s")).value();
  auto [client, server] = connected(l);
  std::array<char, 64> in{};
  ASSERT_TRUE(finish([&, &c = client] { return c.send("unread"); }));
  ASSERT_TRUE(server.close());
  EXPECT_EQ(said(finish([&, &c = client] { return c.recv(in); })),
            "recv unix:" + dir.socket("s").to_string() + ": connection reset by peer");
  EXPECT_EQ(client.peer_endpoint().value(), endpoint(dir.socket("s")));
}

TEST_P(Unix, NobodyThereSaysSo) {
  const unix_address nothing = dir.socket("nothing");
  EXPECT_EQ(said(finish([&] { return unix_stream::connect(nothing); })),
            "connect unix:" + nothing.to_string() + ": no such file or directory");
  const unix_address stale = dir.socket("stale");
  ASSERT_TRUE(unix_listener::listen(stale));
  EXPECT_EQ(said(finish([&] { return unix_stream::connect(stale); })),
            "connect unix:" + stale.to_string() + ": connection refused");
  const unix_address name = abstract_name("nobody");
  EXPECT_EQ(said(finish([&] { return unix_seqpacket_socket::connect(name); })),
            "connect unix-seqpacket:" + name.to_string() + ": connection refused");
  const unix_datagram_socket other = unix_datagram_socket::bind(dir.socket("d")).value();
  EXPECT_EQ(said(finish([&] { return unix_stream::connect(dir.socket("d")); })),
            "connect unix:" + dir.socket("d").to_string() + ": protocol wrong type for socket");
}

TEST_P(Unix, AListenerThatIsBusyKeepsConnectorsWaiting) {
  const unix_address where = dir.socket("busy");
  // The library's own backlog is too long to fill: this one has room for one.
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un a{};
  a.sun_family = AF_UNIX;
  std::copy(where.name().begin(), where.name().end(), a.sun_path);
  ASSERT_EQ(::bind(fd, reinterpret_cast<sockaddr*>(&a), sizeof a), 0);
  ASSERT_EQ(::listen(fd, 0), 0);
  unix_listener l = unix_listener::adopt(fd).value();
  unix_stream first = unix_stream::connect(where).wait().value();
  EXPECT_EQ(said(unix_stream::connect(where).now()), "connect: would block");
  if (GetParam() != way::now) {
    EXPECT_EQ(said(finish([&] { return unix_stream::connect(where).within(5ms); })),
              "connect unix:" + where.to_string() + ": timed out");
  }
  std::thread accepter([&] { ASSERT_TRUE(l.accept().within(soon).wait()); });
  EXPECT_TRUE(finish([&] { return unix_stream::connect(where); }));
  accepter.join();
}

TEST_P(Unix, AcceptsFromABlockingDescriptorWithoutBlocking) {
  const unix_address where = dir.socket("s");
  unix_listener made = unix_listener::listen(where).value();
  const int fd = made.release().value();
  ASSERT_EQ(::fcntl(fd, F_SETFL, 0), 0);
  unix_listener l = unix_listener::adopt(fd).value();
  EXPECT_EQ(said(l.accept().now()), "accept: would block");
  auto [client, server] = connected(l);
  EXPECT_EQ(::fcntl(fd, F_GETFL) & O_NONBLOCK, 0) << "the flags of an adopted descriptor stay";
}

TEST_P(Unix, PeersAreWhoTheyAre) {
  const auto expect_ourselves = [](const result<peer_credentials>& who) {
    ASSERT_TRUE(who) << said(who);
    EXPECT_EQ(who->process, ::getpid());
    EXPECT_EQ(who->user, ::getuid());
    EXPECT_EQ(who->group, ::getgid());
  };
  unix_listener l = unix_listener::listen(abstract_name("who")).value();
  auto [client, server] = connected(l);
  expect_ourselves(client.peer_credentials());
  expect_ourselves(server.peer_credentials());
  unix_seqpacket_listener ls = unix_seqpacket_listener::listen(abstract_name("who")).value();
  auto [packets, served] = connected(ls);
  expect_ourselves(packets.peer_credentials());
  expect_ourselves(served.peer_credentials());
  auto pair = unix_stream::pair().value();
  expect_ourselves(pair.first.peer_credentials());
  ASSERT_TRUE(pair.first.close());
  EXPECT_EQ(code(pair.first.peer_credentials()), errc::bad_file_descriptor);
}

TEST_P(Unix, PeersAreInTheirGroups) {
  const auto groups_of_pair = [] {
    const auto pair = unix_stream::pair().value();
    return pair.first.peer_groups();
  };
  std::vector<std::uint32_t> ours(65536);
  const int count = ::getgroups(static_cast<int>(ours.size()), ours.data());
  ASSERT_GE(count, 0);
  ours.resize(static_cast<std::size_t>(count));
  EXPECT_EQ(groups_of_pair().value(), ours);
  auto pair = unix_seqpacket_socket::pair().value();
  EXPECT_EQ(pair.first.peer_groups().value(), ours);
  ASSERT_TRUE(pair.first.close());
  EXPECT_EQ(code(pair.first.peer_groups()), errc::bad_file_descriptor);
  if (::geteuid() != 0) GTEST_SKIP() << "only root may change its groups";
  for (const std::size_t many : {std::size_t{0}, std::size_t{1}, std::size_t{2}, std::size_t{5000}}) {
    std::vector<gid_t> wanted(many);
    std::iota(wanted.begin(), wanted.end(), gid_t{1000});
    const child_outcome child = run_in_child([&] {
      if (::setgroups(wanted.size(), wanted.data()) != 0) return 2;
      return groups_of_pair().value() == wanted ? 0 : 1;
    });
    EXPECT_EQ(child.status, 0) << many;
  }
}

// ── Records ──────────────────────────────────────────────────────────────────────────────────────────────

TEST_P(Unix, SeqpacketsKeepTheirBoundaries) {
  for (const unix_address& where : {dir.socket("q"), abstract_name("q")}) {
    unix_seqpacket_listener l = unix_seqpacket_listener::listen(where).value();
    auto [client, server] = connected(l);
    std::array<char, 64> in{};
    const const_buffer out[] = {"th", "", "ree"};
    ASSERT_EQ(finish([&, &c = client] { return c.send("one"); }).value(), 3U);
    ASSERT_EQ(finish([&, &c = client] { return c.send(""); }).value(), 0U);
    ASSERT_EQ(finish([&, &c = client] { return c.send(const_buffers(out)); }).value(), 5U);
    EXPECT_EQ(text(in, finish([&, &s = server] { return s.recv(in); }).value()), "one");
    EXPECT_EQ(finish([&, &s = server] { return s.recv(in); }).value(), 0U) << "an empty record";
    const mutable_buffer pieces[] = {std::span(in).first(2), std::span(in).subspan(2, 0),
                                     std::span(in).subspan(10)};
    EXPECT_EQ(finish([&, &s = server] { return s.recv(mutable_buffers(pieces)); }).value(), 5U);
    EXPECT_EQ(std::string(in.data(), 2) + std::string(in.data() + 10, 3), "three");
    ASSERT_TRUE(finish([&, &c = client] { return c.shutdown(); }));
    EXPECT_EQ(finish([&, &s = server] { return s.recv(in); }).value(), 0U) << "the end";
    ASSERT_TRUE(finish([&, &s = server] { return s.send("back"); }));
    EXPECT_EQ(text(in, finish([&, &c = client] { return c.recv(in); }).value()), "back");
  }
}

TEST_P(Unix, ARecordThatDoesNotFitIsAnErrorAndTheNextIsWhole) {
  auto [a, b] = unix_seqpacket_socket::pair().value();
  std::array<char, 4> in{};
  const mutable_buffer pieces[] = {std::span(in).first(1), std::span(in).subspan(1)};
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(finish([&, &s = a] { return s.send("12345"); }));
    ASSERT_TRUE(finish([&, &s = a] { return s.send("abcd"); }));
  }
  EXPECT_EQ(said(finish([&, &s = b] { return s.recv(in); })),
            "recv unix-seqpacket:(unnamed): message too long");
  EXPECT_EQ(finish([&, &s = b] { return s.recv(in); }).value(), 4U);
  EXPECT_EQ(code(finish([&, &s = b] { return s.recv(mutable_buffers(pieces)); })), errc::message_size);
  EXPECT_EQ(finish([&, &s = b] { return s.recv(mutable_buffers(pieces)); }).value(), 4U);
  EXPECT_EQ(code(finish([&, &s = b] { return s.recv_message(in); })), errc::message_size);
  EXPECT_EQ(finish([&, &s = b] { return s.recv_message(in); })->size, 4U);
  EXPECT_EQ(std::string_view(in.data(), 4), "abcd");
}

TEST_P(Unix, DatagramsSayFromWhomUnlessTheSenderHasNoName) {
  for (const unix_address& where : {dir.socket("d"), abstract_name("d")}) {
    const unix_address other = where.is_path() ? dir.socket("e") : abstract_name("e");
    unix_datagram_socket a = unix_datagram_socket::bind(where).value();
    unix_datagram_socket b = unix_datagram_socket::bind(other).value();
    std::array<char, 64> in{};
    ASSERT_EQ(finish([&] { return a.send_to("hello", other); }).value(), 5U);
    const datagram d = finish([&] { return b.recv_from(in); }).value();
    EXPECT_EQ(text(in, d.size), "hello");
    EXPECT_EQ(d.from, endpoint(where));
    ASSERT_TRUE(finish([&] { return b.send_to("", d.from); }));
    EXPECT_EQ(finish([&] { return a.recv_from(in); })->size, 0U);

    unix_datagram_socket nameless = unix_datagram_socket::open().value();
    ASSERT_TRUE(finish([&] { return nameless.send_to("guess who", where); }));
    EXPECT_TRUE(finish([&] { return a.recv_from(in); })->from.is_unspecified());
  }
}

TEST_P(Unix, ADatagramThatDoesNotFitIsAnErrorAndTheNextIsWhole) {
  auto [a, b] = unix_datagram_socket::pair().value();
  std::array<char, 4> in{};
  const mutable_buffer pieces[] = {std::span(in).first(1), std::span(in).subspan(1)};
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(finish([&, &s = a] { return s.send("12345"); }));
    ASSERT_TRUE(finish([&, &s = a] { return s.send("abcd"); }));
  }
  EXPECT_EQ(said(finish([&, &s = b] { return s.recv_from(in); })),
            "recv_from unix-dgram:(unnamed): message too long");
  EXPECT_EQ(finish([&, &s = b] { return s.recv_from(in); })->size, 4U);
  EXPECT_EQ(code(finish([&, &s = b] { return s.recv(in); })), errc::message_size);
  EXPECT_EQ(finish([&, &s = b] { return s.recv(in); }).value(), 4U);
  EXPECT_EQ(code(finish([&, &s = b] { return s.recv_from(mutable_buffers(pieces)); })), errc::message_size);
  EXPECT_EQ(finish([&, &s = b] { return s.recv_from(mutable_buffers(pieces)); })->size, 4U);
}

TEST_P(Unix, ADatagramThatIsTooLargeToSendIsAnError) {
  const unix_datagram_socket there = unix_datagram_socket::bind(dir.socket("d")).value();
  unix_datagram_socket s = unix_datagram_socket::open().value();
  const std::vector<std::byte> huge(64U << 20U);
  EXPECT_EQ(said(finish([&] { return s.send_to(huge, dir.socket("d")); })),
            "send_to unix-dgram:" + dir.socket("d").to_string() + ": message too long");
}

TEST_P(Unix, AFullQueueKeepsASenderWaiting) {
  unix_datagram_socket receiver = unix_datagram_socket::bind(dir.socket("d")).value();
  unix_datagram_socket sender = unix_datagram_socket::open().value();
  int queued = 0;
  while (sender.send_to("x", dir.socket("d")).now()) ++queued;
  if (GetParam() != way::now) {
    EXPECT_EQ(said(finish([&] { return sender.send_to("x", dir.socket("d")).within(5ms); })),
              "send_to unix-dgram:" + dir.socket("d").to_string() + ": timed out");
  }
  std::array<char, 64> in{};
  std::thread reader([&] { ASSERT_TRUE(receiver.recv_from(in).within(soon).wait()); });
  EXPECT_EQ(finish([&] { return sender.send_to("last", dir.socket("d")); }).value(), 4U);
  reader.join();
  for (int i = 1; i < queued; ++i) EXPECT_EQ(receiver.recv_from(in).now()->size, 1U);
  EXPECT_EQ(receiver.recv_from(in).now()->size, 4U);
}

TEST_P(Unix, AConnectedDatagramSocketHearsItsPeerOnly) {
  unix_datagram_socket a = unix_datagram_socket::bind(dir.socket("a")).value();
  unix_datagram_socket b = unix_datagram_socket::bind(dir.socket("b")).value();
  unix_datagram_socket stranger = unix_datagram_socket::open().value();
  ASSERT_TRUE(a.connect(dir.socket("b")));
  EXPECT_EQ(a.peer_endpoint().value(), endpoint(dir.socket("b")));
  std::array<char, 64> in{};
  ASSERT_TRUE(finish([&] { return a.send("x"); }));
  EXPECT_EQ(finish([&] { return b.recv_from(in); })->from, endpoint(dir.socket("a")));
  EXPECT_EQ(said(finish([&] { return stranger.send_to("x", dir.socket("a")); })),
            "send_to unix-dgram:" + dir.socket("a").to_string() + ": operation not permitted");
  ASSERT_TRUE(b.close());
  EXPECT_EQ(said(finish([&] { return a.send("x"); })),
            "send unix-dgram:" + dir.socket("b").to_string() + ": connection refused");
  ASSERT_TRUE(a.disconnect());
  EXPECT_EQ(code(finish([&] { return a.send("x"); })), errc::not_connected);
  EXPECT_EQ(code(a.peer_endpoint()), errc::not_connected);
  ASSERT_TRUE(finish([&] { return stranger.send_to("now", dir.socket("a")); }));
}

TEST_P(Unix, SendingToNobodySaysSo) {
  unix_datagram_socket s = unix_datagram_socket::open().value();
  EXPECT_EQ(said(finish([&] { return s.send_to("x", dir.socket("nothing")); })),
            "send_to unix-dgram:" + dir.socket("nothing").to_string() + ": no such file or directory");
  ASSERT_TRUE(unix_datagram_socket::bind(dir.socket("stale")));
  EXPECT_EQ(said(finish([&] { return s.send_to("x", dir.socket("stale")); })),
            "send_to unix-dgram:" + dir.socket("stale").to_string() + ": connection refused");
  EXPECT_EQ(said(finish([&] { return s.send("x"); })),
            "send unix-dgram:(unnamed): transport endpoint is not connected");
  EXPECT_EQ(said(s.connect(dir.socket("nothing"))),
            "connect unix-dgram:" + dir.socket("nothing").to_string() + ": no such file or directory");
}

// The kernel may say that the end has come while the last record is just arriving.
TEST(UnixSeqpacket, GivesTheLastRecordBeforeTheEndHoweverSoonThatFollows) {
  for (int round = 0; round < 3000; ++round) {
    auto pair = unix_seqpacket_socket::pair().value();
    std::jthread peer([&at = pair.second] {
      EXPECT_TRUE(at.send("last").now());
      EXPECT_TRUE(at.close());
    });
    std::array<char, 64> in{};
    auto r = pair.first.recv(in).now();
    while (would_block(r)) r = pair.first.recv(in).now();
    ASSERT_TRUE(r) << said(r);
    ASSERT_EQ(*r, 4U) << "in round " << round;
    ASSERT_EQ(pair.first.recv(in).within(10s).wait(), 0U);
  }
}

}  // namespace
}  // namespace fairlead::testing
