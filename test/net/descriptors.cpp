// SPDX-License-Identifier: MIT
// Passing descriptors over Unix sockets: they arrive, and none is ever leaked.
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <vector>

#include <gtest/gtest.h>

#include <fairlead/or_return.hpp>
#include <fairlead/scope.hpp>
#include <fairlead/unix.hpp>

#include "net/sockets.hpp"
#include "net/ways.hpp"
#include "support/child.hpp"
#include "support/descriptors.hpp"
#include "support/temp_dir.hpp"

namespace fairlead::testing {
namespace {

using namespace std::chrono_literals;

class DescriptorPassing : public every_way {
 protected:
  DescriptorPassing() {
    auto made = unix_stream::pair().value();
    a = std::move(made.first);
    b = std::move(made.second);
  }
  // The loop of this way, and what a first operation needs, exist before descriptors are counted.
  std::size_t count_descriptors() {
    EXPECT_TRUE(finish([&] { return a.writable(); }));
    return open_descriptors();
  }
  unix_stream a;
  unix_stream b;
  std::array<char, 64> in{};
};
FAIRLEAD_IN_EVERY_WAY(DescriptorPassing);

std::string content_of(int fd) {
  std::array<char, 64> bytes{};
  const auto n = ::pread(fd, bytes.data(), bytes.size(), 0);
  return n < 0 ? "(unreadable)" : std::string(bytes.data(), static_cast<std::size_t>(n));
}

TEST_P(DescriptorPassing, BringsAFileThatStaysOpenHere) {
  const temp_dir dir;
  const int file = ::open(dir.write("f", "what is in it").c_str(), O_RDONLY | O_CLOEXEC);
  const std::size_t before = count_descriptors();
  {
    ASSERT_EQ(finish([&] { return a.send_message("take this", std::span(&file, 1)); }).value(), 9U);
    const message m = finish([&] { return b.recv_message(in); }).value();
    EXPECT_EQ(text(in, m.size), "take this");
    ASSERT_EQ(m.descriptors.size(), 1U);
    EXPECT_NE(m.descriptors[0].get(), file);
    EXPECT_EQ(content_of(m.descriptors[0].get()), "what is in it");
    EXPECT_NE(::fcntl(m.descriptors[0].get(), F_GETFD) & FD_CLOEXEC, 0);
    EXPECT_EQ(content_of(file), "what is in it");
    EXPECT_EQ(open_descriptors(), before + 1);
  }
  EXPECT_EQ(open_descriptors(), before);
  ::close(file);
}

TEST_P(DescriptorPassing, BringsASocketThatCanBeAdopted) {
  auto [mine, sent] = tcp_stream::pair().value();
  const int fd = sent.native_handle();
  ASSERT_TRUE(finish([&] { return a.send_message("s", std::span(&fd, 1)); }));
  ASSERT_TRUE(sent.close());
  message m = finish([&] { return b.recv_message(in); }).value();
  ASSERT_EQ(m.descriptors.size(), 1U);
  tcp_stream arrived = tcp_stream::adopt(m.descriptors[0].release()).value();
  EXPECT_EQ(m.descriptors[0].get(), -1);
  ASSERT_TRUE(finish([&] { return arrived.send("still connected"); }));
  EXPECT_EQ(text(in, finish([&, &s = mine] { return s.recv(in); }).value()), "still connected");
}

TEST_P(DescriptorPassing, WorksOverSeqpacketToo) {
  auto [c, d] = unix_seqpacket_socket::pair().value();
  const int fds[] = {a.native_handle(), b.native_handle()};
  ASSERT_EQ(finish([&, &s = c] { return s.send_message("two", fds); }).value(), 3U);
  ASSERT_EQ(finish([&, &s = c] { return s.send_message("", fds); }).value(), 0U);
  EXPECT_EQ(finish([&, &s = d] { return s.recv_message(in); })->descriptors.size(), 2U);
  const message empty = finish([&, &s = d] { return s.recv_message(in); }).value();
  EXPECT_EQ(empty.size, 0U);
  EXPECT_EQ(empty.descriptors.size(), 2U);
}

TEST_P(DescriptorPassing, IsNotNeededForAMessage) {
  ASSERT_EQ(finish([&] { return a.send_message("only words", {}); }).value(), 10U);
  message m = finish([&] { return b.recv_message(in); }).value();
  EXPECT_EQ(text(in, m.size), "only words");
  EXPECT_TRUE(m.descriptors.empty());
  ASSERT_TRUE(finish([&] { return a.send("plain"); }));
  EXPECT_EQ(finish([&] { return b.recv_message(in); })->size, 5U);
  ASSERT_TRUE(finish([&] { return a.shutdown(); }));
  EXPECT_EQ(finish([&] { return b.recv_message(in); })->size, 0U);
}

TEST_P(DescriptorPassing, TakesSixteenAndNoMore) {
  const std::size_t before = count_descriptors();
  {
    const std::vector<int> sixteen(16, a.native_handle());
    ASSERT_TRUE(finish([&] { return a.send_message("x", sixteen); }));
    const message m = finish([&] { return b.recv_message(in); }).value();
    EXPECT_EQ(m.descriptors.size(), 16U);
    EXPECT_EQ(open_descriptors(), before + 16);
  }
  EXPECT_EQ(open_descriptors(), before);
  for (const std::size_t too_many : {std::size_t{17}, std::size_t{253}}) {
    const std::vector<int> fds(too_many, a.native_handle());
    ASSERT_TRUE(finish([&] { return a.send_message("x", fds); }));
    EXPECT_EQ(said(finish([&] { return b.recv_message(in); })), "recv unix:(unnamed): message too long");
    EXPECT_EQ(open_descriptors(), before);
  }
  ASSERT_TRUE(finish([&] { return a.send("as before"); }));
  EXPECT_EQ(text(in, finish([&] { return b.recv(in); }).value()), "as before");
}

TEST_P(DescriptorPassing, RefusesWhatCannotTravel) {
  const std::size_t before = count_descriptors();
  const std::vector<int> too_many(254, a.native_handle());
  EXPECT_EQ(said(finish([&] { return a.send_message("x", too_many); })),
            "send unix:(unnamed): invalid argument");
  const int one = a.native_handle();
  EXPECT_EQ(code(finish([&] { return a.send_message("", std::span(&one, 1)); })), errc::invalid_argument);
  const int closed = 1 << 20;
  EXPECT_EQ(said(finish([&] { return a.send_message("x", std::span(&closed, 1)); })),
            "send unix:(unnamed): bad file descriptor");
  EXPECT_EQ(open_descriptors(), before);
}

TEST_P(DescriptorPassing, LeaksNothingIntoAReceiverThatDoesNotAsk) {
  const std::size_t before = count_descriptors();
  const std::vector<int> fds(5, a.native_handle());
  ASSERT_TRUE(finish([&] { return a.send_message("word", fds); }));
  EXPECT_EQ(finish([&] { return b.recv(in); }).value(), 4U);
  EXPECT_EQ(open_descriptors(), before);
  // Nor with a record that does not fit.
  auto [c, d] = unix_seqpacket_socket::pair().value();
  ASSERT_TRUE(finish([&, &s = c] { return s.send_message("too long", fds); }));
  EXPECT_EQ(code(finish([&, &s = d] { return s.recv_message(std::span(in).first(3)); })), errc::message_size);
  EXPECT_EQ(open_descriptors(), before + 2);
}

TEST_P(DescriptorPassing, SurvivesAReceiverThatGaveUp) {
  if (GetParam() == way::now) return;
  const std::size_t before = count_descriptors();
  EXPECT_EQ(code(finish([&] { return b.recv_message(in).within(2ms); })), errc::timed_out);
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(code(finish([&] { return b.recv_message(in).stop_on(stop.get_token()); })),
            errc::operation_canceled);
  const int fd = a.native_handle();
  ASSERT_TRUE(finish([&] { return a.send_message("later", std::span(&fd, 1)); }));
  EXPECT_EQ(finish([&] { return b.recv_message(in); })->descriptors.size(), 1U);
  EXPECT_EQ(open_descriptors(), before);
}

TEST_P(DescriptorPassing, LeaksNothingWhenNobodyAwaitsTheOperation) {
  const std::size_t before = count_descriptors();
  const int fd = a.native_handle();
  ASSERT_TRUE(finish([&] { return a.send_message("x", std::span(&fd, 1)); }));
  {
    [[maybe_unused]] const auto never_begun = b.recv_message(in);
  }
  {
    [[maybe_unused]] const auto never_bounded = b.recv_message(in).within(1s);
  }
  EXPECT_EQ(open_descriptors(), before);
  EXPECT_EQ(finish([&] { return b.recv_message(in); })->descriptors.size(), 1U);
}

class DescriptorsInCoroutines : public every_backend {};
FAIRLEAD_ON_EVERY_BACKEND(DescriptorsInCoroutines);

// A task that did so much at once lets others run before it has its result: then it is destroyed with it.
task<result<void>> receive_after(unix_stream& s, int operations, int& received) {
  for (int i = 0; i < operations; ++i) co_await or_return(s.writable());
  std::array<char, 8> in{};
  const message m = co_await or_return(s.recv_message(in));
  received += static_cast<int>(m.descriptors.size());
  co_return {};
}

task<result<void>> destroy_receivers(unix_stream& a, unix_stream& b, int& received) {
  const std::vector<int> fds(3, a.native_handle());
  for (int operations = 0; operations < 100; ++operations) {
    co_await or_return(a.send_message("x", fds));
    scope doomed;
    doomed.spawn(receive_after(b, operations, received));
    co_await yield();
  }
  co_return {};
}

TEST_P(DescriptorsInCoroutines, OfADestroyedReceiverAreClosed) {
  auto [a, b] = unix_stream::pair().value();
  int received = 0;
  loop l = loop::create({GetParam()}).value();
  const auto settle = [](unix_stream& s) -> task<result<void>> { co_return co_await s.writable(); };
  ASSERT_TRUE(l.run(settle(b)));
  const std::size_t before = open_descriptors();
  ASSERT_TRUE(l.run(destroy_receivers(a, b, received)));
  // Some receivers got theirs, some were destroyed before they came to it, and some in between.
  std::array<char, 64> in{};
  while (b.recv(in).now()) {
  }
  EXPECT_EQ(open_descriptors(), before);
  EXPECT_GT(received, 0);
  EXPECT_LT(received, 300);
}

TEST(DescriptorPassingWithoutRoom, ClosesWhatCameAndSaysWhy) {
  const child_outcome child = run_in_child([] {
    auto [a, b] = unix_stream::pair().value();
    const std::vector<int> fds(4, a.native_handle());
    if (!a.send_message("x", fds).wait() || !a.send("after").wait()) return 1;
    const std::size_t before = open_descriptors();
    // The next two numbers are free, and none behind them.
    const int next = ::dup(0);
    ::close(next);
    const rlimit few{static_cast<rlim_t>(next) + 2, static_cast<rlim_t>(next) + 2};
    ::setrlimit(RLIMIT_NOFILE, &few);
    std::array<char, 64> in{};
    const auto r = b.recv_message(in).now();
    if (said(r) != "recv unix:(unnamed): too many open files") return 2;
    if (open_descriptors() != before) return 3;
    return text(in, b.recv(in).now().value()) == "after" ? 0 : 4;
  });
  EXPECT_EQ(child.status, 0) << child.errors;
}

}  // namespace
}  // namespace fairlead::testing
