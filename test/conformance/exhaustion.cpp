// SPDX-License-Identifier: MIT
// What happens when something runs out: descriptors, room in buffers, room in queues.
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "conformance/messages.hpp"
#include "conformance/streams.hpp"
#include "support/bytes.hpp"
#include "support/system_calls.hpp"
#include "support/temp_dir.hpp"

namespace fairlead::testing {

namespace {

using namespace std::chrono_literals;

/// As long as it lives this process has no descriptors left.
class no_descriptors {
 public:
  no_descriptors() {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    // The lowest free number is what the next descriptor would get.
    const int next = ::dup(0);
    ::close(next);
    rlimit now = before_;
    now.rlim_cur = static_cast<rlim_t>(next);
    ::setrlimit(RLIMIT_NOFILE, &now);
  }
  ~no_descriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }
  no_descriptors(const no_descriptors&) = delete;
  no_descriptors& operator=(const no_descriptors&) = delete;

 private:
  rlimit before_{};
};

tcp_stream connected_to(const endpoint& where) {
  tcp_socket s = tcp_socket::open(where.ip().family()).value();
  result<tcp_stream> c = s.connect(where.ip()).now();
  while (would_block(c)) c = s.connect(where.ip()).now();
  return std::move(c.value());
}

class Exhausted : public guarded<::testing::TestWithParam<way>> {};

// A server that merely goes on accepting must neither spin nor lose the connections that wait.
TEST_P(Exhausted, AcceptWithoutDescriptorsDoesNotSpinAndRecovers) {
  tcp_listener listener = tcp_listener::listen({ipv4_address::loopback(), port(0)}).value();
  const endpoint where = listener.local_endpoint().value();
  const tcp_stream first = connected_to(where);
  const tcp_stream second = connected_to(where);
  play(GetParam(), [&]() -> task<result<void>> {
    // What a thread or a loop needs once is made before.
    expect_error(co_await sleep_for(1h).within(1us), errc::timed_out);
    const std::size_t calls = calls_of(system_call::accept);
    int errors = 0;
    {
      const no_descriptors exhausted;
      const time_point end = clock::now() + 200ms;
      while (clock::now() < end) {
        const result<tcp_stream> r = co_await listener.accept().until(end);
        if (!r && r.error() == errc::timed_out) break;
        expect_error(r, errc::too_many_files_open);
        if (r || ++errors > 100) break;
      }
    }
    EXPECT_GE(errors, 1);
    EXPECT_LE(errors, 5);
    EXPECT_LE(calls_of(system_call::accept) - calls, 12U);
    EXPECT_TRUE(co_await listener.accept().within(soon));
    EXPECT_TRUE(co_await listener.accept().within(soon));
    co_return {};
  });
}

TEST_P(Exhausted, AcceptThatFindsDescriptorsAgainInItsPauseSaysNothing) {
  tcp_listener listener = tcp_listener::listen({ipv4_address::loopback(), port(0)}).value();
  const tcp_stream client = connected_to(listener.local_endpoint().value());
  play(GetParam(), [&]() -> task<result<void>> {
    fail_next(system_call::accept, EMFILE);
    EXPECT_TRUE(co_await listener.accept().within(soon));
    co_return {};
  });
}

TEST_P(Exhausted, AcceptNamesTheListenerThatHasNoDescriptors) {
  tcp_listener listener = tcp_listener::listen({ipv4_address::loopback(), port(0)}).value();
  const endpoint where = listener.local_endpoint().value();
  const tcp_stream client = connected_to(where);
  play(GetParam(), [&]() -> task<result<void>> {
    expect_error(co_await sleep_for(1h).within(1us), errc::timed_out);
    const no_descriptors exhausted;
    const result<tcp_stream> r = co_await listener.accept();
    expect_error(r, errc::too_many_files_open);
    EXPECT_NE(r.error().message().find(where.to_string()), std::string::npos) << r.error().message();
    expect_error(listener.accept().now(), errc::too_many_files_open);
    expect_error(co_await tcp_stream::connect(where.ip()), errc::too_many_files_open);
    expect_error(tcp_socket::open(family::ipv4), errc::too_many_files_open);
    expect_error(unix_stream::pair(), errc::too_many_files_open);
    co_return {};
  });
}

TEST_P(Exhausted, AnAcceptInItsPauseCanBeStoppedAndTimedOut) {
  tcp_listener listener = tcp_listener::listen({ipv4_address::loopback(), port(0)}).value();
  const tcp_stream client = connected_to(listener.local_endpoint().value());
  play(GetParam(), [&]() -> task<result<void>> {
    fail_next(system_call::accept, EMFILE, 1'000'000);
    duration shortest = 1h;  // of some, for others may have the processor
    for (int i = 0; i < 10; ++i) {
      const time_point start = clock::now();
      expect_error(co_await listener.accept().within(2ms), errc::timed_out);
      shortest = std::min<duration>(shortest, clock::now() - start);
    }
    EXPECT_LT(shortest, 40ms) << "it waited for the end of the pause";
    fail_next(system_call::accept, 0, 0);
    EXPECT_TRUE(co_await listener.accept().within(soon));
    co_return {};
  });
}

// Connections that are gone before they are taken are no error of the listener.
TEST_P(Exhausted, AcceptPassesOverConnectionsThatWereAborted) {
  tcp_listener listener = tcp_listener::listen({ipv4_address::loopback(), port(0)}).value();
  const tcp_stream client = connected_to(listener.local_endpoint().value());
  play(GetParam(), [&]() -> task<result<void>> {
    fail_next(system_call::accept, ECONNABORTED, 5);
    EXPECT_TRUE(co_await listener.accept().within(soon));
    co_return {};
  });
}

// unix(7): a full backlog answers EAGAIN and announces nothing.
TEST_P(Exhausted, ConnectToAFullUnixBacklogPausesAndTriesAgain) {
  const temp_dir dir;
  const unix_address where = dir.socket("full");
  unix_listener listener = unix_listener::listen(where).value();
  ASSERT_EQ(::listen(listener.native_handle(), 0), 0);
  std::vector<unix_stream> waiting;
  for (;;) {
    result<unix_stream> c = unix_stream::connect(where).now();
    if (!c) {
      expect_error(c, errc::operation_would_block);
      break;
    }
    waiting.push_back(std::move(*c));
  }
  ASSERT_FALSE(waiting.empty());
  const auto late = [&]() -> task<result<void>> {
    expect_error(co_await unix_stream::connect(where).within(5ms), errc::timed_out);
    unix_stream c = co_await or_return(unix_stream::connect(where).within(soon));
    co_await or_return(c.send("hello"));
    co_return {};
  };
  const auto server = [&]() -> task<result<void>> {
    co_await or_return(sleep_for(15ms));
    for (std::size_t i = 0; i < waiting.size(); ++i) co_await or_return(listener.accept());
    unix_stream c = co_await or_return(listener.accept().within(soon));
    std::string buffer(5, '.');
    co_await or_return(c.recv_exactly(buffer));
    EXPECT_EQ(buffer, "hello");
    co_return {};
  };
  together(GetParam(), late, server);
}

// The queue of an unconnected receiver is full: our own socket counts as writable all the time.
TEST_P(Exhausted, SendToAFullUnixReceiverPausesAndLosesNothing) {
  const temp_dir dir;
  const unix_address where = dir.socket("r");
  unix_datagram_socket receiver = unix_datagram_socket::bind(where).value();
  unix_datagram_socket sender = unix_datagram_socket::open().value();
  constexpr int many = 200;
  const auto transmit = [&]() -> task<result<void>> {
    int sent = 0;
    while (sender.send_to(std::to_string(sent), where).now()) ++sent;
    EXPECT_GT(sent, 0);
    expect_error(co_await sender.send_to("lost?", where).within(2ms), errc::timed_out);
    for (; sent < many; ++sent) co_await or_return(sender.send_to(std::to_string(sent), where).within(soon));
    co_return {};
  };
  const auto receive = [&]() -> task<result<void>> {
    std::string buffer(100, '.');
    co_await or_return(sleep_for(10ms));
    for (int i = 0; i < many; ++i) {
      const datagram d = co_await or_return(receiver.recv_from(buffer).within(soon));
      EXPECT_EQ(buffer.substr(0, d.size), std::to_string(i));
    }
    co_return {};
  };
  together(GetParam(), transmit, receive);
}

INSTANTIATE_TEST_SUITE_P(By, Exhausted, ::testing::ValuesIn(sleeping_ways()), name_of_way);

MESSAGE_TEST(MessagesThatSleep, AFullReceiverMakesASenderWaitAndLosesNothing) {
  if (!Kind::reliable) return;
  message_ends<Kind> pair;
  constexpr int many = 500;
  together(
      by,
      [&]() -> task<result<void>> {
        int sent = 0;
        while (pair.a.send(std::to_string(sent)).now()) ++sent;
        expect_error(pair.a.send("x").now(), errc::operation_would_block);
        expect_error(co_await pair.a.send("x").within(2ms), errc::timed_out);
        for (; sent < many; ++sent) co_await or_return(pair.a.send(std::to_string(sent)).within(soon));
        co_return {};
      },
      [&]() -> task<result<void>> {
        std::string buffer(100, '.');
        co_await or_return(sleep_for(10ms));
        for (int i = 0; i < many; ++i) {
          const std::size_t n = co_await or_return(pair.b.recv(buffer).within(soon));
          EXPECT_EQ(buffer.substr(0, n), std::to_string(i));
        }
        co_return {};
      });
}

// A receiver that takes its time: the sender waits, and all of it arrives.
STREAM_TEST(Streams, AFullBufferMakesASenderWaitAndLosesNothing) {
  ends<Kind> pair;
  const int small = 16'000;
  ::setsockopt(pair.a.native_handle(), SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
  const std::string bytes = random_bytes(1'000'000, 14);
  together(
      by,
      [&]() -> task<result<void>> {
        EXPECT_EQ(co_await or_return(send(by, pair.a, bytes)), bytes.size());
        co_return {};
      },
      [&]() -> task<result<void>> {
        std::string got(bytes.size(), '\0');
        for (std::size_t n = 0; n < bytes.size();) {
          n += co_await or_return(recv(by, pair.b, mutable_buffer(got).after(n).first(5'000)));
          if (on_a_loop(by)) co_await turns(1);
        }
        EXPECT_TRUE(got == bytes);
        co_return {};
      });
}

}  // namespace

}  // namespace fairlead::testing
