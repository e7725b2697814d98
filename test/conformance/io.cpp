// SPDX-License-Identifier: MIT
// What every stream does in every way: bytes go in at one end and come out at the other, all of them, in
// order.
#include <random>
#include <string>

#include "conformance/streams.hpp"
#include "support/bytes.hpp"

namespace fairlead::testing {

namespace {

STREAM_TEST(Streams, DeliverWhatWasSent) {
  ends<Kind> pair;
  together(
      by,
      [&]() -> task<result<void>> {
        EXPECT_EQ(co_await or_return(send(by, pair.a, "line")), 4U);
        std::string answer(7, '\0');
        EXPECT_EQ(co_await or_return(recv_all(by, pair.a, answer)), 7U);
        EXPECT_EQ(answer, "fairway");
        co_return {};
      },
      [&]() -> task<result<void>> {
        std::string question(4, '\0');
        EXPECT_EQ(co_await or_return(recv_all(by, pair.b, question)), 4U);
        EXPECT_EQ(question, "line");
        EXPECT_EQ(co_await or_return(send(by, pair.b, "fairway")), 7U);
        co_return {};
      });
}

// More than all buffers between the ends hold, in both directions at once, in pieces of odd sizes.
STREAM_TEST(Streams, CarryMegabytesInBothDirectionsAtOnce) {
  constexpr std::size_t size = sanitized ? 1'000'000 : 4'000'000;
  ends<Kind> pair;
  const std::string there = random_bytes(size, 1);
  const std::string back = random_bytes(size, 2);
  const auto sender = [&](auto& s, const std::string& bytes) -> task<result<void>> {
    std::mt19937 random(3);
    const_buffer rest(bytes);
    while (rest.size > 0) {
      const const_buffer piece = rest.first(1 + random() % 70'000);
      EXPECT_EQ(co_await or_return(send(by, s, piece)), piece.size);
      rest = rest.after(piece.size);
    }
    if (by == way::now) {
      co_await or_return(s.shutdown().now());
    } else {
      co_await or_return(s.shutdown());
    }
    co_return {};
  };
  const auto receiver = [&](auto& s, const std::string& expected) -> task<result<void>> {
    std::mt19937 random(4);
    std::string got;
    std::string piece(50'000, '\0');
    for (;;) {
      const std::size_t n =
          co_await or_return(recv(by, s, mutable_buffer(piece).first(1 + random() % piece.size())));
      if (n == 0) break;
      got.append(piece, 0, n);
    }
    EXPECT_EQ(got.size(), expected.size());
    EXPECT_TRUE(got == expected) << "the bytes differ";
    co_return {};
  };
  together(
      by, [&] { return sender(pair.a, there); }, [&] { return sender(pair.b, back); },
      [&] { return receiver(pair.a, back); }, [&] { return receiver(pair.b, there); });
}

STREAM_TEST(Streams, StillReceiveAfterTheirSendingSideWasShutDown) {
  ends<Kind> pair;
  together(
      by,
      [&]() -> task<result<void>> {
        co_await or_return(send(by, pair.a, "question"));
        co_await or_return(pair.a.shutdown().now());
        std::string answer(100, '\0');
        answer.resize(co_await or_return(recv_all(by, pair.a, answer)));
        EXPECT_EQ(answer, "question, answer");
        co_return {};
      },
      [&]() -> task<result<void>> {
        std::string question(100, '\0');
        question.resize(co_await or_return(recv_all(by, pair.b, question)));
        co_await or_return(send(by, pair.b, question + ", answer"));
        co_await or_return(pair.b.shutdown().now());
        co_return {};
      });
}

}  // namespace

}  // namespace fairlead::testing
