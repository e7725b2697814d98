// SPDX-License-Identifier: MIT
// Rule 10: sockets of our own are non-blocking and close-on-exec from birth; adopted ones keep their flags,
// and wait, or do not, all the same; release() gives the descriptor back.
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <string>

#include "conformance/messages.hpp"
#include "conformance/streams.hpp"
#include "support/bytes.hpp"
#include "support/last_moment.hpp"
#include "support/temp_dir.hpp"

namespace fairlead::testing {

namespace {

using namespace std::chrono_literals;

int status_flags(int fd) { return ::fcntl(fd, F_GETFL); }
bool closes_on_exec(int fd) { return (::fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0; }

void expect_born_right(int fd) {
  ASSERT_GE(fd, 0);
  EXPECT_NE(status_flags(fd) & O_NONBLOCK, 0);
  EXPECT_TRUE(closes_on_exec(fd));
}

STREAM_TEST(Streams, Rule10_AreNonBlockingAndCloseOnExecFromBirth) {
  const ends<Kind> pair;
  expect_born_right(pair.a.native_handle());
  expect_born_right(pair.b.native_handle());
}

TEST(Descriptors, Rule10_AreNonBlockingAndCloseOnExecHoweverTheyAreMade) {
  const temp_dir dir;
  const ip_endpoint anywhere(ipv6_address::loopback(), port(0));
  expect_born_right(tcp_socket::open(family::ipv4)->native_handle());
  expect_born_right(tcp_listener::listen(anywhere)->native_handle());
  expect_born_right(tcp_stream::pair()->second.native_handle());
  expect_born_right(udp_socket::open(family::ipv6)->native_handle());
  expect_born_right(udp_socket::bind(anywhere)->native_handle());
  expect_born_right(udp_socket::pair()->first.native_handle());
  expect_born_right(unix_datagram_socket::open()->native_handle());
  expect_born_right(unix_datagram_socket::bind(dir.socket("d"))->native_handle());
  expect_born_right(unix_datagram_socket::pair()->first.native_handle());
  expect_born_right(unix_seqpacket_socket::pair()->first.native_handle());
  const unix_listener streams = unix_listener::listen(dir.socket("s")).value();
  unix_seqpacket_listener records = unix_seqpacket_listener::listen(dir.socket("r")).value();
  expect_born_right(streams.native_handle());
  expect_born_right(records.native_handle());
  expect_born_right(unix_stream::connect(dir.socket("s")).wait()->native_handle());
  const auto client = unix_seqpacket_socket::connect(dir.socket("r")).wait();
  expect_born_right(client->native_handle());
  expect_born_right(records.accept().wait()->native_handle());
  if (result<tcp_socket> multipath = tcp_socket::open_multipath(family::ipv4)) {
    expect_born_right(multipath->native_handle());
  }
}

/// The ends of a pair, one of them adopted with these flags.
template <class Kind>
struct adopted_ends : ends<Kind> {
  int fd;
  int flags;

  explicit adopted_ends(bool blocking) {
    fd = this->a.release().value();
    ::fcntl(fd, F_SETFL, blocking ? status_flags(fd) & ~O_NONBLOCK : status_flags(fd) | O_NONBLOCK);
    ::fcntl(fd, F_SETFD, 0);
    flags = status_flags(fd);
    this->a = Kind::stream::adopt(fd).value();
  }
  void expect_unchanged() const {
    EXPECT_EQ(status_flags(fd), flags);
    EXPECT_FALSE(closes_on_exec(fd));
  }
};

STREAM_TEST(Streams, Rule10_AnAdoptedDescriptorKeepsItsFlags) {
  for (const bool blocking : {false, true}) {
    adopted_ends<Kind> pair(blocking);
    std::string buffer(100, '.');
    pair.expect_unchanged();
    together(
        by,
        [&]() -> task<result<void>> {
          co_await or_return(send(by, pair.a, "from the adopted one"));
          EXPECT_EQ(co_await or_return(recv_all(by, pair.a, mutable_buffer(buffer).first(4))), 4U);
          co_return {};
        },
        [&]() -> task<result<void>> {
          std::string got(20, '.');
          EXPECT_EQ(co_await or_return(recv_all(by, pair.b, got)), 20U);
          co_await or_return(send(by, pair.b, "back"));
          co_return {};
        });
    pair.expect_unchanged();
    EXPECT_EQ(pair.a.release().value(), pair.fd);
    pair.expect_unchanged();
    ::close(pair.fd);
  }
}

// A blocking descriptor must not make anything block that was not asked to, nor longer than it was asked to.
STREAM_TEST(StreamsThatSleep, Rule10_ABlockingDescriptorHonoursDeadlines) {
  const endless_zeros plenty(std::size_t{1} << 30U);
  adopted_ends<Kind> pair(true);
  std::string buffer(100, '.');
  const std::array<mutable_buffer, 2> parts{mutable_buffer(buffer).first(10),
                                            mutable_buffer(buffer).after(10)};
  play(by, [&]() -> task<result<void>> {
    expect_error(pair.a.recv(buffer).now(), errc::operation_would_block);
    expect_error(pair.a.recv(mutable_buffers(parts)).now(), errc::operation_would_block);
    expect_error(pair.a.readable().now(), errc::operation_would_block);
    expect_error(co_await pair.a.recv(buffer).within(2ms), errc::timed_out);
    expect_error(co_await pair.a.recv(mutable_buffers(parts)).within(2ms), errc::timed_out);
    expect_error(co_await pair.a.recv_exactly(buffer).within(2ms), errc::timed_out);
    expect_error(co_await pair.a.readable().within(2ms), errc::timed_out);
    expect_error(co_await pair.a.send(plenty.bytes()).within(5ms), errc::timed_out);
    expect_error(pair.a.send_some(plenty.bytes()).now(), errc::operation_would_block);
    std::stop_source stop;
    stop.request_stop();
    expect_error(co_await pair.a.recv(buffer).stop_on(stop.get_token()), errc::operation_canceled);
    co_return {};
  });
  pair.expect_unchanged();
}

STREAM_TEST(StreamsOnLoops, Rule10_ABlockingDescriptorDoesNotStallTheOthers) {
  adopted_ends<Kind> pair(true);
  std::string buffer(100, '.');
  int others = 0;
  const auto receiver = [&]() -> task<result<void>> {
    EXPECT_EQ(co_await or_return(pair.a.recv(buffer)), 4U);
    co_return {};
  };
  const auto bystander = [&]() -> task<result<void>> {
    for (; others < 100; ++others) co_await yield();
    co_return co_await pair.b.writable();
  };
  play(by, [&]() -> task<result<void>> {
    scope s;
    s.spawn(receiver());
    s.spawn(bystander());
    co_await turns();
    co_await or_return(pair.b.send("late"));
    co_return co_await s.join();
  });
  EXPECT_EQ(others, 100);
}

MESSAGE_TEST(MessagesThatSleep, Rule10_ABlockingDescriptorHonoursDeadlines) {
  message_ends<Kind> pair;
  const int fd = pair.a.release().value();
  ::fcntl(fd, F_SETFL, status_flags(fd) & ~O_NONBLOCK);
  pair.a = Kind::socket::adopt(fd).value();
  std::string buffer(100, '.');
  play(by, [&]() -> task<result<void>> {
    expect_error(pair.a.recv(buffer).now(), errc::operation_would_block);
    expect_error(co_await pair.a.recv(buffer).within(2ms), errc::timed_out);
    co_await or_return(pair.b.send("here"));
    EXPECT_EQ(co_await or_return(pair.a.recv(buffer)), 4U);
    if constexpr (Kind::addressed) {
      expect_error(co_await pair.a.recv_from(buffer).within(2ms), errc::timed_out);
    }
    if constexpr (Kind::reliable) {
      result<std::size_t> sent;
      for (int i = 0; i < 100'000 && (sent || i == 0); ++i) sent = co_await pair.a.send(buffer).within(2ms);
      expect_error(sent, errc::timed_out);
    }
    co_return {};
  });
  EXPECT_EQ(status_flags(fd) & O_NONBLOCK, 0);
}

class Adopting : public guarded<::testing::TestWithParam<way>> {};

TEST_P(Adopting, Rule10_ABlockingListenerHonoursDeadlines) {
  tcp_listener listener = tcp_listener::listen({ipv4_address::loopback(), port(0)}).value();
  const endpoint where = listener.local_endpoint().value();
  const int fd = listener.release().value();
  ::fcntl(fd, F_SETFL, status_flags(fd) & ~O_NONBLOCK);
  listener = tcp_listener::adopt(fd).value();
  play(GetParam(), [&]() -> task<result<void>> {
    expect_error(listener.accept().now(), errc::operation_would_block);
    expect_error(co_await listener.accept().within(2ms), errc::timed_out);
    tcp_socket s = tcp_socket::open(family::ipv4).value();
    result<tcp_stream> client = s.connect(where.ip()).now();
    while (would_block(client)) client = s.connect(where.ip()).now();
    const tcp_stream server = co_await or_return(listener.accept());
    expect_born_right(server.native_handle());
    co_return {};
  });
  EXPECT_EQ(status_flags(fd) & O_NONBLOCK, 0);
}

TEST_P(Adopting, Rule10_AReleasedDescriptorBelongsToTheCallerAndWorksEverywhere) {
  auto pair = tcp_pair<ipv6_address>().value();
  std::string buffer(8, '.');
  play(GetParam(), [&]() -> task<result<void>> {
    co_await or_return(pair.first.send("1"));
    EXPECT_EQ(co_await or_return(pair.second.recv(buffer)), 1U);
    for (int i = 0; i < 3; ++i) {
      const int fd = co_await or_return(pair.second.release());
      EXPECT_FALSE(pair.second.is_open());
      expect_error(pair.second.release(), errc::bad_file_descriptor);
      expect_error(pair.second.recv(buffer).now(), errc::bad_file_descriptor);
      pair.second = tcp_stream();  // closes nothing
      co_await or_return(pair.first.send("2"));
      pair.second = co_await or_return(tcp_stream::adopt(fd));
      EXPECT_EQ(co_await or_return(pair.second.recv(buffer)), 1U);
    }
    const int fd = co_await or_return(pair.second.release());
    EXPECT_EQ(::write(fd, "raw", 3), 3);
    EXPECT_EQ(co_await or_return(pair.first.recv(buffer)), 3U);
    ::close(fd);
    EXPECT_EQ(co_await or_return(pair.first.recv(buffer)), 0U);
    co_return {};
  });
}

INSTANTIATE_TEST_SUITE_P(By, Adopting, ::testing::ValuesIn(sleeping_ways()), name_of_way);

// Another thread asks again and again while a loop uses the socket: it is refused, and nothing breaks.
STREAM_TEST(StreamsOnLoops, Rule10_AReleaseThatIsRefusedDisturbsNothing) {
  ends<Kind> pair;
  std::atomic<bool> over = false;
  const auto waits_for_ever = [&]() -> task<result<void>> {
    std::string buffer(8, '.');
    expect_error(co_await pair.b.recv(buffer), errc::operation_canceled);
    co_return {};
  };
  play(by, [&]() -> task<result<void>> {
    scope s;
    s.spawn(waits_for_ever());
    co_await turns();
    std::jthread again([&] {
      while (!over) expect_error(pair.b.release(), errc::device_or_resource_busy);
    });
    // Meanwhile the other direction comes and goes.
    std::string buffer(8, '.');
    for (int i = 0; i < 500; ++i) {
      co_await or_return(pair.b.send("x"));
      EXPECT_EQ(co_await or_return(pair.a.recv(buffer)), 1U);
    }
    over = true;
    again.join();
    s.request_stop();
    co_return co_await s.join();
  });
  EXPECT_TRUE(pair.b.is_open());
}

// Bytes that a destroyed receive had are part of the stream: whoever gets the descriptor would miss them.
STREAM_TEST(StreamsOnLoops, Rule10_ADescriptorIsNotReleasedWithoutTheBytesThatBelongToIt) {
  ends<Kind> pair;
  std::string buffer(8, '.');
  play(by, [&]() -> task<result<void>> {
    const auto receiver = [&]() -> task<result<void>> {
      co_await or_return(pair.b.recv(buffer));
      co_return {};
    };
    co_await destroy_at_the_last_moment(receiver(), [&] { EXPECT_EQ(pair.a.send_some("early").now(), 5U); });
    expect_error(pair.b.release(), errc::device_or_resource_busy);
    EXPECT_EQ(pair.b.recv(buffer).now(), 5U);
    const int fd = co_await or_return(pair.b.release());
    ::close(fd);
    co_return {};
  });
}

TEST(Descriptors, Rule10_WhatCannotBeAdoptedStaysOpen) {
  const auto pair = tcp_pair<ipv4_address>().value();
  const tcp_listener listener = tcp_listener::listen({ipv4_address::loopback(), port(0)}).value();
  const int fd = pair.first.native_handle();
  expect_error(tcp_listener::adopt(fd), errc::wrong_protocol_type);
  expect_error(udp_socket::adopt(fd), errc::wrong_protocol_type);
  expect_error(unix_stream::adopt(fd), errc::wrong_protocol_type);
  expect_error(tcp_stream::adopt(listener.native_handle()), errc::wrong_protocol_type);
  EXPECT_TRUE(pair.first.local_endpoint());
  int pipe_ends[2];
  ASSERT_EQ(::pipe(pipe_ends), 0);
  expect_error(tcp_stream::adopt(pipe_ends[0]), errc::not_a_socket);
  EXPECT_EQ(::close(pipe_ends[0]) + ::close(pipe_ends[1]), 0);
  expect_error(tcp_stream::adopt(pipe_ends[0]), errc::bad_file_descriptor);
  expect_error(tcp_stream::adopt(-1), errc::bad_file_descriptor);
}

}  // namespace

}  // namespace fairlead::testing
