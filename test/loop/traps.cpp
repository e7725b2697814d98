// SPDX-License-Identifier: MIT
// What has bitten others: queues that overflow, numbers that are given again, one peer that is louder than a
// thousand.
#include <sys/resource.h>

#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <fairlead/loop.hpp>
#include <fairlead/or_return.hpp>
#include <fairlead/scope.hpp>
#include <fairlead/tcp.hpp>
#include <fairlead/unix.hpp>

#include "support/backends.hpp"
#include "support/expect.hpp"

namespace {

using namespace fairlead;
using namespace fairlead::testing;

class Traps : public every_backend {};
FAIRLEAD_ON_EVERY_BACKEND(Traps);

using ends = std::pair<unix_stream, unix_stream>;

// As many descriptors as the system allows, while it lives.
class plenty_of_descriptors {
 public:
  plenty_of_descriptors() {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    const rlimit all{before_.rlim_max, before_.rlim_max};
    ::setrlimit(RLIMIT_NOFILE, &all);
  }
  ~plenty_of_descriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }
  plenty_of_descriptors(const plenty_of_descriptors&) = delete;
  plenty_of_descriptors& operator=(const plenty_of_descriptors&) = delete;
  [[nodiscard]] bool for_pairs(std::size_t n) const { return before_.rlim_max > 2 * n + 100; }

 private:
  rlimit before_{};
};

result<std::vector<ends>> pairs(std::size_t n) {
  std::vector<ends> all;
  for (std::size_t i = 0; i < n; ++i) {
    auto p = unix_stream::pair();
    if (!p) return std::unexpected(std::move(p.error()));
    all.push_back(std::move(*p));
  }
  return all;
}

task<result<void>> receive_one(unix_stream& s, std::size_t& received) {
  std::array<std::byte, 1> byte;
  const std::size_t n = co_await or_return(s.recv(byte));
  received += n;
  co_return {};
}

// io_uring's completion queue has 4096 entries here; what does not fit waits in the kernel, which says so.
TEST_P(Traps, MoreEndsAtOnceThanTheCompletionQueueHolds) {
  constexpr std::size_t many = 2200;
  const plenty_of_descriptors here;
  if (!here.for_pairs(many)) GTEST_SKIP() << "too few descriptors are allowed here";
  const auto body = [&]() -> task<result<std::size_t>> {
    std::vector<ends> all = co_await or_return(pairs(many));
    std::size_t received = 0;
    scope s;
    for (ends& p : all) {
      s.spawn(receive_one(p.first, received));
      s.spawn(receive_one(p.second, received));
    }
    co_await yield();
    for (ends& p : all) {
      for (unix_stream* const end : {&p.first, &p.second}) {
        const result<std::size_t> sent = end->send_some("x").now();
        if (!sent) co_return std::unexpected(sent.error());
      }
    }
    co_await or_return(co_await s.join());
    co_return received;
  };
  EXPECT_EQ(run(body()).value(), 2 * many);
}

// An event or a completion of the socket that had the number before must not reach the one that has it now.
TEST_P(Traps, ANumberThatIsGivenAgainBringsNothingOfItsFormerOwner) {
  constexpr int rounds = sanitized ? 200 : 1000;
  const auto exchange = [](ends& p, std::string_view text) -> task<result<void>> {
    std::array<char, 64> buffer{};
    co_await or_return(p.second.send(text));
    const std::size_t n = co_await or_return(p.first.recv(buffer));
    EXPECT_EQ(std::string_view(buffer.data(), n), text);
    co_return {};
  };
  // Others keep the loop busy, so that events and completions come together.
  const auto talk = [](ends& p, const bool& over) -> task<result<void>> {
    std::array<std::byte, 64> buffer{};
    while (!over) {
      co_await or_return(p.first.send(buffer));
      co_await or_return(p.second.recv_exactly(buffer));
    }
    co_return {};
  };
  const auto reader = [](unix_stream& s, int& ended) -> task<> {
    std::array<char, 64> buffer{};
    const result<std::size_t> r = co_await s.recv(buffer);
    // What had come before the close is delivered; else the close ended it. Nothing of the next owner's.
    if (r) {
      EXPECT_EQ(std::string_view(buffer.data(), *r), "old");
    } else {
      EXPECT_EQ(r.error(), errc::operation_canceled);
    }
    ++ended;
  };
  const auto body = [&]() -> task<result<int>> {
    std::vector<ends> busy = co_await or_return(pairs(4));
    bool over = false;
    scope load;
    for (ends& p : busy) load.spawn(talk(p, over));
    int same = 0;
    int ended = 0;
    for (int i = 0; i < rounds; ++i) {
      ends former = co_await or_return(unix_stream::pair());
      const int number = former.first.native_handle();
      scope readers;
      readers.spawn(reader(former.first, ended));
      for (int turn = 0; turn <= i % 3; ++turn) co_await yield();
      if (i % 2 == 0) (void)former.second.send_some("old").now();
      expect_ok(former.first.close());
      ends next = co_await or_return(unix_stream::pair());
      if (next.first.native_handle() == number) ++same;
      co_await or_return(exchange(next, "new " + std::to_string(i)));
      co_await or_return(co_await readers.join());
    }
    over = true;
    co_await or_return(co_await load.join());
    EXPECT_EQ(ended, rounds);
    co_return same;
  };
  EXPECT_GT(run(body()).value(), rounds / 2) << "the numbers were not given again: nothing was tested";
}

// What it does is counted, not timed: while a thousand wait for one byte each, it must not take more than its
// share of turns.
TEST_P(Traps, OnePeerThatFloodsDoesNotDelayAThousandQuietOnes) {
  constexpr std::size_t many = sanitized ? 200 : 1000;
  const plenty_of_descriptors here;
  if (!here.for_pairs(many)) GTEST_SKIP() << "too few descriptors are allowed here";
  const auto flood = [](ends& p, std::size_t& taken, const bool& over) -> task<result<void>> {
    std::array<std::byte, 1> byte{};
    co_await or_return(p.second.send("xxxxxxxx"));
    while (!over) {
      co_await or_return(p.first.recv(byte));
      co_await or_return(p.second.send("x"));
      ++taken;
    }
    co_return {};
  };
  const auto body = [&]() -> task<result<std::size_t>> {
    auto loud = co_await or_return(unix_stream::pair());
    std::vector<ends> quiet = co_await or_return(pairs(many));
    std::size_t taken = 0;
    std::size_t received = 0;
    bool over = false;
    scope loudly;
    scope quietly;
    loudly.spawn(flood(loud, taken, over));
    for (ends& p : quiet) quietly.spawn(receive_one(p.first, received));
    for (int turn = 0; turn < 3; ++turn) co_await yield();
    for (ends& p : quiet) {
      const result<std::size_t> sent = p.second.send_some("x").now();
      if (!sent) co_return std::unexpected(sent.error());
    }
    const std::size_t before = taken;
    co_await or_return(co_await quietly.join());
    const std::size_t meanwhile = taken - before;
    over = true;
    co_await or_return(co_await loudly.join());
    EXPECT_EQ(received, many);
    co_return meanwhile;
  };
  // A turn lets it take some dozens, and brings at least a hundred of the others.
  EXPECT_LE(run(body()).value(), many);
}

}  // namespace
