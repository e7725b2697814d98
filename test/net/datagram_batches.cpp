// SPDX-License-Identifier: MIT
// Datagrams by the batch: nothing is glued, cut, lost or swapped that the network has not lost or swapped.
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <fairlead/options.hpp>
#include <fairlead/or_return.hpp>
#include <fairlead/scope.hpp>
#include <fairlead/timer.hpp>
#include <fairlead/udp.hpp>

#include "net/sockets.hpp"
#include "net/ways.hpp"
#include "support/allocations.hpp"
#include "support/child.hpp"
#include "support/expect.hpp"
#include "support/last_moment.hpp"

namespace fairlead::testing {
namespace {

using namespace std::chrono_literals;
using texts = std::vector<std::string>;

std::vector<const_buffer> buffers_of(const texts& t) { return {t.begin(), t.end()}; }

std::string text_of(const datagram_view& d) {
  return {reinterpret_cast<const char*>(d.bytes.data()), d.bytes.size()};
}

// `n` datagrams of `size` bytes, each saying which it is.
texts numbered(std::size_t n, std::size_t size) {
  texts all;
  for (std::size_t i = 0; i < n; ++i) {
    std::string t = std::to_string(i) + ' ';
    t.resize(size, static_cast<char>('a' + i % 26));
    all.push_back(std::move(t));
  }
  return all;
}

class DatagramBatches : public every_way {
 protected:
  static udp_socket bound(const ip_address& here) {
    return udp_socket::bind(any_port(here), option::receive_buffer(4 << 20)).value();
  }
  // All of `sent`, however many calls that takes.
  void send_all(udp_socket& from, const texts& sent, const ip_endpoint& to) {
    const std::vector<const_buffer> all = buffers_of(sent);
    for (const_buffers left = all; !left.empty();) {
      const auto n = finish([&] { return from.send_batch(left, to); });
      ASSERT_TRUE(n && *n > 0) << said(n);
      left = left.subspan(*n);
    }
  }
  texts receive(udp_socket& at, std::size_t count, std::size_t pieces = 8) {
    datagram_batch batch(pieces);
    texts got;
    while (got.size() < count) {
      const auto n = finish([&] { return at.recv_batch(batch).within(10s); });
      EXPECT_TRUE(n) << said(n);
      if (!n) break;
      EXPECT_EQ(*n, batch.size());
      EXPECT_EQ(static_cast<std::size_t>(std::distance(batch.begin(), batch.end())), batch.size());
      for (const datagram_view& d : batch) got.push_back(text_of(d));
    }
    return got;
  }
};
FAIRLEAD_IN_EVERY_WAY(DatagramBatches);

TEST_P(DatagramBatches, ArriveAsTheyWereSentWhateverTheirSizes) {
  const std::vector<texts> sendings = {
      {"one"},
      {"", "a", "", "", "bb", "c", ""},
      numbered(64, 1400),
      numbered(65, 1400),
      numbered(200, 100),
      numbered(300, 4),
      {std::string(65'507, 'x'), "small", std::string(65'507, 'y')},
      {std::string(1000, 'a'), std::string(1000, 'b'), std::string(999, 'c'), std::string(1000, 'd')},
      {std::string(30'000, 'a'), std::string(30'000, 'b'), std::string(30'000, 'c')},
  };
  for (const ip_address& here : loopbacks) {
    udp_socket a = bound(here);
    udp_socket b = bound(here);
    for (const texts& sent : sendings) {
      send_all(a, sent, address_of(b));
      EXPECT_EQ(receive(b, sent.size()), sent);
      send_all(a, sent, address_of(b));
      EXPECT_EQ(receive(b, sent.size(), 1), sent) << "with a single piece of memory";
    }
  }
}

TEST_P(DatagramBatches, SayFromWhomEachCame) {
  udp_socket a = bound(loopbacks[0]);
  udp_socket b = bound(loopbacks[0]);
  udp_socket sink = bound(loopbacks[0]);
  for (int i = 0; i < 3; ++i) {
    send_all(a, numbered(3, 50), address_of(sink));
    send_all(b, numbered(2, 50), address_of(sink));
  }
  std::size_t of_a = 0;
  std::size_t of_b = 0;
  datagram_batch batch;
  while (of_a + of_b < 15) {
    ASSERT_TRUE(finish([&] { return sink.recv_batch(batch).within(10s); }));
    for (const datagram_view& d : batch) {
      of_a += d.from == a.local_endpoint().value() ? 1U : 0U;
      of_b += d.from == b.local_endpoint().value() ? 1U : 0U;
    }
  }
  EXPECT_EQ(of_a, 9U);
  EXPECT_EQ(of_b, 6U);
}

TEST_P(DatagramBatches, GoToTheConnectedPeer) {
  auto [a, b] = udp_socket::pair().value();
  const texts sent = numbered(10, 300);
  const std::vector<const_buffer> all = buffers_of(sent);
  EXPECT_EQ(finish([&, &from = a] { return from.send_batch(all); }).value(), 10U);
  EXPECT_EQ(receive(b, 10), sent);
}

// Once a socket has received by the batch, the kernel glues together what arrives together.
TEST_P(DatagramBatches, MixWithSingleReceives) {
  udp_socket a = bound(loopbacks[0]);
  udp_socket b = bound(loopbacks[0]);
  send_all(a, {"first"}, address_of(b));
  EXPECT_EQ(receive(b, 1), texts{"first"});

  const texts sent = numbered(10, 30);
  send_all(a, sent, address_of(b));
  std::array<char, 64> in{};
  for (std::size_t i = 0; i < 3; ++i) {
    const auto d = finish([&] { return b.recv_from(in).within(10s); });
    ASSERT_TRUE(d) << said(d);
    EXPECT_EQ(text(in, d->size), sent[i]);
    EXPECT_EQ(d->from, a.local_endpoint().value());
  }
  EXPECT_TRUE(b.readable().now()) << "datagrams that are cut off already are there to be read";
  ASSERT_TRUE(b.connect(address_of(a)));
  EXPECT_EQ(text(in, finish([&] { return b.recv(in); }).value()), sent[3]);
  std::array<char, 5> small{};
  EXPECT_EQ(code(finish([&] { return b.recv(small); })), errc::message_size);
  EXPECT_EQ(text(in, finish([&] { return b.recv(in); }).value()), sent[5]);
  EXPECT_EQ(receive(b, 4), texts(sent.begin() + 6, sent.end()));
  EXPECT_EQ(code(b.recv(in).now()), errc::operation_would_block);
}

TEST_P(DatagramBatches, OfNothingSendNothing) {
  auto [a, b] = udp_socket::pair().value();
  EXPECT_EQ(finish([&, &from = a] { return from.send_batch({}); }).value(), 0U);
  datagram_batch batch(0);
  EXPECT_TRUE(batch.empty());
  EXPECT_EQ(batch.begin(), batch.end());
  EXPECT_EQ(code(b.recv_batch(batch).now()), errc::operation_would_block);
}

TEST_P(DatagramBatches, StopAtOneThatIsTooLongAndSayHowManyWent) {
  udp_socket a = bound(loopbacks[0]);
  udp_socket b = bound(loopbacks[0]);
  const texts sent = {"one", "two", std::string(65'508, 'x'), "four"};
  const std::vector<const_buffer> all = buffers_of(sent);
  EXPECT_EQ(finish([&] { return a.send_batch(all, address_of(b)); }).value(), 2U);
  const auto r = finish([&] { return a.send_batch(const_buffers(all).subspan(2), address_of(b)); });
  EXPECT_EQ(code(r), errc::message_size);
  EXPECT_EQ(said(r), "send udp://" + address_of(b).to_string() + ": message too long");
  EXPECT_EQ(receive(b, 2), texts({"one", "two"}));
}

TEST_P(DatagramBatches, TellOfAPeerThatIsNotThere) {
  const silent_port nobody(loopbacks[0]);
  udp_socket a = udp_socket::open(family::ipv4).value();
  ASSERT_TRUE(a.connect(nobody.address()));
  const texts sent = {"one"};
  const std::vector<const_buffer> all = buffers_of(sent);
  ASSERT_TRUE(finish([&] { return a.send_batch(all); }));
  datagram_batch batch;
  EXPECT_EQ(code(finish([&] { return a.recv_batch(batch).within(10s); })), errc::connection_refused);
}

TEST_P(DatagramBatches, CountWhatTheKernelDropped) {
  udp_socket a = bound(loopbacks[0]);
  udp_socket b = udp_socket::bind(any_port(loopbacks[0]), option::receive_buffer(20'000)).value();
  datagram_batch batch;
  EXPECT_EQ(code(b.recv_batch(batch).now()), errc::operation_would_block);  // from now on they are counted
  constexpr std::size_t sent = 1000;
  for (int i = 0; i < 10; ++i) send_all(a, numbered(sent / 10, 1000), address_of(b));
  std::size_t arrived = 0;
  while (b.recv_batch(batch).now()) arrived += batch.size();
  EXPECT_LT(arrived, sent);
  send_all(a, {"the next one tells"}, address_of(b));
  ASSERT_TRUE(finish([&] { return b.recv_batch(batch); }));
  // One that was glued together and dropped counts once (net/core/sock.c), so there are at least so many
  // losses.
  EXPECT_GT(batch.lost(), 0U);
  EXPECT_LE(batch.lost(), sent - arrived);
}

TEST_P(DatagramBatches, EndInTime) {
  udp_socket b = bound(loopbacks[0]);
  datagram_batch batch;
  EXPECT_EQ(code(b.recv_batch(batch).within(0ms).now()), errc::operation_would_block);
  if (GetParam() == way::now) return;
  EXPECT_EQ(code(finish([&] { return b.recv_batch(batch).within(1ms); })), errc::timed_out);
}

// A network whose packets are shorter than the datagrams: segmentation offload refuses, and they go in
// fragments.
TEST_P(DatagramBatches, GoSinglyWhereTheirPathIsTooNarrow) {
  const child_outcome child = run_in_child([this] {
    if (::unshare(CLONE_NEWNET) != 0) return 77;
    ifreq loopback{};
    std::ranges::copy(std::string_view("lo"), loopback.ifr_name);
    const int any = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    loopback.ifr_mtu = 1000;
    if (::ioctl(any, SIOCSIFMTU, &loopback) != 0) return 77;
    loopback.ifr_flags = IFF_UP | IFF_RUNNING;
    if (::ioctl(any, SIOCSIFFLAGS, &loopback) != 0) return 77;
    udp_socket a = bound(loopbacks[0]);
    udp_socket b = bound(loopbacks[0]);
    for (int i = 0; i < 2; ++i) {
      const texts sent = numbered(20, 1400);
      send_all(a, sent, address_of(b));
      EXPECT_EQ(receive(b, sent.size()), sent);
    }
    return HasFailure() ? 1 : 0;
  });
  if (child.status == 77) GTEST_SKIP() << "no network namespace of our own";
  EXPECT_EQ(child.status, 0) << child.output << child.errors;
}

class DatagramBatchesOnALoop : public every_backend {};
FAIRLEAD_ON_EVERY_BACKEND(DatagramBatchesOnALoop);

TEST_P(DatagramBatchesOnALoop, AreNotLostWithACoroutine) {
  auto [a, b] = udp_socket::pair().value();
  const auto story = [](udp_socket& from, udp_socket& to) -> task<result<void>> {
    const texts sent = numbered(8, 100);
    const std::vector<const_buffer> all = buffers_of(sent);
    for (int i = 0; i < 3; ++i) {
      const auto victim = [](udp_socket& s) -> task<result<void>> {
        datagram_batch mine;
        co_await or_return(s.recv_batch(mine));
        co_return {};
      };
      co_await destroy_at_the_last_moment(victim(to), [&] { EXPECT_EQ(from.send_batch(all).now(), 8U); });
      texts got;
      std::array<char, 200> in{};
      // What the destroyed one had comes first, singly or not.
      got.emplace_back(in.data(), co_await or_return(to.recv(in).within(10s)));
      datagram_batch batch(2);
      while (got.size() < 8) {
        co_await or_return(to.recv_batch(batch).within(10s));
        for (const datagram_view& d : batch) got.push_back(text_of(d));
      }
      EXPECT_EQ(got, sent);
    }
    co_return {};
  };
  expect_ok(run(story(a, b)));
}

TEST_P(DatagramBatchesOnALoop, AllocateNothing) {
  if (!allocations_are_counted()) GTEST_SKIP() << "a sanitizer has its own operator new";
  auto [a, b] = udp_socket::pair().value();
  const auto story = [](udp_socket& from, udp_socket& to) -> task<result<void>> {
    const texts sent = numbered(40, 1000);
    const std::vector<const_buffer> all = buffers_of(sent);
    datagram_batch batch;
    std::size_t before = 0;
    for (int i = 0; i < 20; ++i) {
      if (i == 10) before = allocations_here();
      co_await or_return(from.send_batch(all));
      for (std::size_t n = 0; n < 40;) n += co_await or_return(to.recv_batch(batch));
    }
    EXPECT_EQ(allocations_here() - before, 0U);
    co_return {};
  };
  expect_ok(run(story(a, b)));
}

}  // namespace
}  // namespace fairlead::testing
