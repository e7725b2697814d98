// SPDX-License-Identifier: MIT
// What goes wrong with peers and with the system: exhausted descriptors, resets, closed pipes, a second
// operation in one direction, and sockets that change loops.
#include <fairlead/loop.hpp>
#include <fairlead/options.hpp>
#include <fairlead/or_return.hpp>
#include <fairlead/scope.hpp>
#include <fairlead/tcp.hpp>
#include <fairlead/timer.hpp>
#include <fairlead/unix.hpp>
#include <fairlead/url.hpp>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "support/backends.hpp"
#include "support/child.hpp"
#include "support/expect.hpp"

namespace {

using namespace fairlead;
using namespace fairlead::testing;
using namespace std::chrono_literals;

class Trouble : public every_backend {};
FAIRLEAD_ON_EVERY_BACKEND(Trouble);

// ---- exhausted descriptors
// ----------------------------------------------------------------------------------

struct hoard {
  std::vector<int> held;
  hoard() {
    for (int fd = ::dup(0); fd >= 0; fd = ::dup(0)) held.push_back(fd);
  }
  hoard(const hoard&) = delete;
  hoard& operator=(const hoard&) = delete;
  ~hoard() { give_back(held.size()); }
  void give_back(std::size_t n) {
    for (; n > 0 && !held.empty(); --n) {
      ::close(held.back());
      held.pop_back();
    }
  }
};

// In a child, because the limit holds for the whole process. 0: all as it should be.
int accept_without_descriptors(backend b) {
  const rlimit few{64, 64};
  ::setrlimit(RLIMIT_NOFILE, &few);
  const auto body = []() -> task<result<int>> {
    tcp_listener listener = co_await or_return(tcp_listener::listen({ipv4_address::loopback(), port(0)}));
    const ip_endpoint where = (co_await or_return(listener.local_endpoint())).ip();
    tcp_socket client = co_await or_return(tcp_socket::open(family::ipv4));
    (void)co_await client.connect(where).within(0ms);  // in the backlog, whether we know it yet or not
    hoard all;
    // A loop that simply goes on accepting: how often does it go round in 120 ms?
    const time_point over = clock::now() + 120ms;
    int errors = 0;
    while (clock::now() < over) {
      const result<tcp_stream> s = co_await listener.accept();
      if (s) co_return 2;
      if (!(s.error() == errc::too_many_files_open)) co_return 3;
      ++errors;
    }
    if (errors < 1 || errors > 4) co_return 4;  // one every 50 ms, not thousands
    if (!(listener.accept().now().error() == errc::too_many_files_open)) co_return 5;
    all.give_back(4);
    const result<tcp_stream> s = co_await listener.accept().within(soon);
    co_return s ? 0 : 6;  // the connection waited in the backlog
  };
  result<loop> l = loop::create({b});
  if (!l) return 7;
  const result<int> r = l->run(body());
  if (!r) std::fprintf(stderr, "%s\n", r.error().message().c_str());
  return r ? *r : 8;
}

TEST_P(Trouble, AcceptWithoutDescriptorsSaysSoNowAndThenDoesNotSpinAndRecovers) {
  const child_outcome o = run_in_child([b = GetParam()] { return accept_without_descriptors(b); });
  EXPECT_EQ(o.status, 0) << o.errors;
}

// How long a blocking accept that finds no descriptor takes to say so, and whether it recovers. Without a
// descriptor it may have no waker either, and then looks around every 20 ms.
int accept_without_descriptors_here(const std::function<void()>& meanwhile) {
  const rlimit few{64, 64};
  ::setrlimit(RLIMIT_NOFILE, &few);
  result<tcp_listener> listener = tcp_listener::listen({ipv4_address::loopback(), port(0)});
  result<tcp_socket> client = tcp_socket::open(family::ipv4);
  if (!listener || !client) return 1;
  const ip_endpoint where = listener->local_endpoint()->ip();
  (void)client->connect(where).now();
  hoard all;
  const time_point began = clock::now();
  meanwhile();
  if (!(listener->accept().wait().error() == errc::too_many_files_open)) return 2;
  if (clock::now() - began < 45ms) return 3;
  all.give_back(4);
  return listener->accept().within(soon).wait() ? 0 : 4;
}

TEST(TroubleBlocking, AcceptWithoutDescriptorsPausesToo) {
  const child_outcome o = run_in_child([] { return accept_without_descriptors_here([] {}); });
  EXPECT_EQ(o.status, 0);
}

TEST(TroubleBlocking, ASignalDoesNotCutThatPauseShort) {
  const child_outcome o = run_in_child([] {
    return accept_without_descriptors_here([] {
      struct sigaction nothing{};
      nothing.sa_handler = [](int) {};
      ::sigaction(SIGALRM, &nothing, nullptr);
      const itimerval every_millisecond{{0, 1000}, {0, 1000}};
      ::setitimer(ITIMER_REAL, &every_millisecond, nullptr);
    });
  });
  EXPECT_EQ(o.status, 0);
}

TEST_P(Trouble, ConnectWithoutDescriptorsIsAnErrorLikeAnyOther) {
  const child_outcome o = run_in_child([b = GetParam()] {
    const rlimit few{64, 64};
    ::setrlimit(RLIMIT_NOFILE, &few);
    const auto body = []() -> task<result<void>> {
      const hoard all;
      (void)co_await or_return(tcp_stream::connect({ipv4_address::loopback(), port(9)}));
      co_return {};
    };
    const result<void> r = run_on(b, body());
    std::puts(r ? "connected" : r.error().message().c_str());
    std::fflush(stdout);
    return 0;
  });
  EXPECT_EQ(o.output, "connect tcp://127.0.0.1:9: too many open files\n");
}

// ---- peers
// ----------------------------------------------------------------------------------------------------

TEST_P(Trouble, AResetTellsWhoReset) {
  const auto body = []() -> task<result<std::string>> {
    auto pair = co_await or_return(tcp_stream::pair());
    const endpoint peer = co_await or_return(pair.first.peer_endpoint());
    co_await or_return(pair.second.set(option::linger(0s)));
    co_await or_return(pair.second.close());
    std::array<std::byte, 8> buffer;
    const result<std::size_t> n = co_await pair.first.recv(buffer);
    expect_error(n, errc::connection_reset);
    EXPECT_EQ(n.error().message(), "recv " + to_string(transport::tcp, peer) + ": connection reset by peer");
    co_return "";
  };
  expect_ok(run(body()));
}

TEST_P(Trouble, SendingToAPeerThatIsGoneIsAnErrorAndNoSignal) {
  std::signal(SIGPIPE, SIG_DFL);  // a SIGPIPE would end this program
  const auto body = []() -> task<result<void>> {
    auto pair = co_await or_return(unix_stream::pair());
    co_await or_return(pair.second.close());
    const std::array<std::byte, 8> bytes{};
    expect_error(co_await pair.first.send(bytes), errc::broken_pipe);
    expect_error(pair.first.send_some(bytes).now(), errc::broken_pipe);
    const std::array<const_buffer, 2> pieces{const_buffer(bytes), const_buffer(bytes)};
    expect_error(co_await pair.first.send(const_buffers(pieces)), errc::broken_pipe);
    co_return {};
  };
  expect_ok(run(body()));
}

TEST_P(Trouble, AFullPeerBlocksTheSenderAndNothingIsLost) {
  const auto body = []() -> task<result<void>> {
    auto pair = co_await or_return(tcp_stream::pair());
    std::string sent(8 << 20, '\0');
    for (std::size_t i = 0; i < sent.size(); ++i) sent[i] = static_cast<char>(i * 31 >> 3);
    scope s;
    s.spawn([](tcp_stream& to, const std::string& bytes) -> task<result<void>> {
      co_await or_return(to.send(bytes));
      co_return co_await to.shutdown();
    }(pair.first, sent));
    co_await or_return(sleep_for(5ms));  // the sender has filled every buffer by now; it matters to none
    std::string received;
    std::array<char, 60000> piece;
    while (const std::size_t n = co_await or_return(pair.second.recv(piece)))
      received.append(piece.data(), n);
    EXPECT_TRUE(received == sent);
    co_return co_await s.join();
  };
  expect_ok(run(body()));
}

// ---- rule 8: one operation in each direction
// ------------------------------------------------------------------

TEST_P(Trouble, ASecondOperationInOneDirectionIsRefusedAndTheFirstGoesOn) {
  const auto body = []() -> task<result<void>> {
    auto pair = co_await or_return(tcp_stream::pair());
    scope s;
    s.spawn([](tcp_stream& from) -> task<result<void>> {
      std::array<char, 2> two;
      co_await or_return(from.recv_exactly(two));
      EXPECT_EQ(std::string_view(two.data(), 2), "ab");
      co_return {};
    }(pair.first));
    co_await yield();
    std::array<std::byte, 1> other;
    expect_error(co_await pair.first.recv(other), errc::device_or_resource_busy);
    expect_error(pair.first.recv(other).now(), errc::device_or_resource_busy);
    co_await or_return(pair.first.send("the other direction is free"));
    co_await or_return(pair.second.send("ab"));
    co_return co_await s.join();
  };
  expect_ok(run(body()));
}

// ---- rule 9: sockets belong to no loop
// ------------------------------------------------------------------------

TEST_P(Trouble, ASocketMovesFromLoopToLoopAndToBlockingUse) {
  auto pair = tcp_stream::pair();
  ASSERT_TRUE(pair);
  const auto exchange = [&]() -> task<result<void>> {
    std::array<char, 1> byte{'x'};
    co_await or_return(pair->first.send(std::span<const char>(byte)));
    co_await or_return(pair->second.recv(byte));
    expect_error(co_await pair->second.recv(byte).within(0ms), errc::timed_out);
    co_return {};
  };
  for (const backend other : backends_here()) {
    expect_ok(run(exchange()));
    std::thread([&] { expect_ok(run_on(other, exchange())); }).join();
    expect_ok(exchange().wait());
  }
}

// ---- rule 10: birth and adoption
// ------------------------------------------------------------------------------

bool has_flags(int fd) {
  return (::fcntl(fd, F_GETFL) & O_NONBLOCK) != 0 && (::fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0;
}

TEST_P(Trouble, SocketsAreNonBlockingAndCloseOnExecFromBirth) {
  const auto body = []() -> task<result<void>> {
    tcp_listener listener = co_await or_return(tcp_listener::listen({ipv4_address::loopback(), port(0)}));
    EXPECT_TRUE(has_flags(listener.native_handle()));
    tcp_stream mine = co_await or_return(tcp_stream::connect(listener.local_endpoint()->ip()));
    EXPECT_TRUE(has_flags(mine.native_handle()));
    const tcp_stream theirs = co_await or_return(listener.accept());
    EXPECT_TRUE(has_flags(theirs.native_handle()));
    co_return {};
  };
  expect_ok(run(body()));
}

TEST_P(Trouble, AnAdoptedBlockingDescriptorKeepsItsFlagsAndItsDeadlines) {
  auto pair = unix_stream::pair();
  ASSERT_TRUE(pair);
  const int fd = pair->first.release().value();
  ::fcntl(fd, F_SETFL, 0);
  result<unix_stream> adopted = unix_stream::adopt(fd);
  ASSERT_TRUE(adopted);
  const auto body = [&]() -> task<result<void>> {
    std::array<std::byte, 1> byte;
    EXPECT_TRUE(would_block(adopted->recv(byte).now()));
    expect_error(co_await adopted->recv(byte).within(1ms), errc::timed_out);
    co_await or_return(pair->second.send("x"));
    co_await or_return(adopted->recv(byte));
    const std::string much(4 << 20, 'x');
    expect_error(co_await adopted->send(much).within(5ms), errc::timed_out);
    co_return {};
  };
  expect_ok(run(body()));
  std::array<std::byte, 1> byte;
  expect_error(adopted->recv(byte).within(1ms).wait(), errc::timed_out);
  EXPECT_EQ(::fcntl(adopted->native_handle(), F_GETFL) & O_NONBLOCK, 0);
}

}  // namespace
