// SPDX-License-Identifier: MIT
// TLS as a stream: bytes go in at one end and come out at the other, over every stream that there is.
#include <random>
#include <string>

#include "support/bytes.hpp"
#include "tls/secure.hpp"

namespace fairlead::testing {
namespace {

static_assert(stream<tls_stream<tcp_stream>> && gathering_stream<tls_stream<tcp_stream>>);
static_assert(stream<tls_stream<any_stream>> && stream<tls_stream<tls_stream<unix_stream>>>);
static_assert(!std::is_copy_constructible_v<tls_stream<tcp_stream>> &&
              std::is_nothrow_move_constructible_v<tls_stream<tcp_stream>>);
static_assert(detail::lends_memory<tcp_stream> && !detail::lends_memory<any_stream>);

class TlsExchange : public secure_ways {};
FAIRLEAD_IN_SECURE_WAYS(TlsExchange);

template <class S>
void carry_megabytes(way by, tls_stream<S>& a, tls_stream<S>& b) {
  constexpr std::size_t size = sanitized ? 400'000 : 3'000'000;
  const std::string there = random_bytes(size, 1);
  const std::string back = random_bytes(size, 2);
  const auto sender = [&](auto& s, const std::string& bytes) -> task<result<void>> {
    std::mt19937 random(3);
    const_buffer rest(bytes);
    while (rest.size > 0) {
      const const_buffer piece = rest.first(1 + random() % 150'000);
      EXPECT_EQ(co_await or_return(s.send(piece)), piece.size);
      rest = rest.after(piece.size);
    }
    co_return co_await s.shutdown();
  };
  const auto receiver = [&](auto& s, const std::string& expected) -> task<result<void>> {
    std::mt19937 random(4);
    std::string got;
    std::string piece(50'000, '\0');
    for (;;) {
      const std::size_t n =
          co_await or_return(s.recv(mutable_buffer(piece).first(1 + random() % piece.size())));
      if (n == 0) break;
      got.append(piece, 0, n);
    }
    EXPECT_EQ(got.size(), expected.size());
    EXPECT_TRUE(got == expected) << "the bytes differ";
    co_return {};
  };
  together(
      by, [&] { return sender(a, there); }, [&] { return sender(b, back); },
      [&] { return receiver(a, back); }, [&] { return receiver(b, there); });
}

TEST_P(TlsExchange, CarriesMegabytesInBothDirectionsAtOnceOverTcp) {
  secured<tcp_stream> pair(GetParam(), must(tcp_stream::pair()));
  carry_megabytes(GetParam(), pair.client, pair.server);
}

TEST_P(TlsExchange, CarriesMegabytesOverUnixSockets) {
  secured<unix_stream> pair(GetParam(), must(unix_stream::pair()));
  carry_megabytes(GetParam(), pair.client, pair.server);
}

TEST_P(TlsExchange, CarriesMegabytesOverAnyStream) {
  auto ends = must(tcp_stream::pair());
  secured<any_stream> pair(GetParam(),
                           std::pair(any_stream(std::move(ends.first)), any_stream(std::move(ends.second))));
  carry_megabytes(GetParam(), pair.client, pair.server);
}

TEST_P(TlsExchange, CarriesMegabytesWithinAnotherTls) {
  secured<tcp_stream> outer(GetParam(), must(tcp_stream::pair()));
  secured<tls_stream<tcp_stream>> inner(GetParam(),
                                        std::pair(std::move(outer.client), std::move(outer.server)));
  carry_megabytes(GetParam(), inner.client, inner.server);
}

TEST_P(TlsExchange, IsAnyStreamItself) {
  secured<tcp_stream> pair(GetParam(), must(tcp_stream::pair()));
  any_stream a(std::move(pair.client));
  any_stream b(std::move(pair.server));
  converse(GetParam(), a, b);
  EXPECT_NE(a.get_if<tls_stream<tcp_stream>>(), nullptr);
}

TEST_P(TlsExchange, StillReceivesAfterItsSendingSideWasShutDown) {
  secured<tcp_stream> pair(GetParam(), must(tcp_stream::pair()));
  together(
      GetParam(),
      [&]() -> task<result<void>> {
        co_await or_return(pair.client.send("question"));
        co_await or_return(pair.client.shutdown());
        EXPECT_EQ(co_await or_return(read_to_the_end(pair.client)), "question, answer");
        expect_error(co_await pair.client.send("more"), errc::broken_pipe);
        co_return {};
      },
      [&]() -> task<result<void>> {
        const std::string question = co_await or_return(read_to_the_end(pair.server));
        co_await or_return(pair.server.send(question + ", answer"));
        co_return co_await pair.server.shutdown();
      });
}

TEST_P(TlsExchange, SendsManyPiecesAsOne) {
  secured<tcp_stream> pair(GetParam(), must(tcp_stream::pair()));
  const std::string bytes = random_bytes(500'000, 6);
  std::vector<const_buffer> pieces{const_buffer()};
  for (const_buffer rest(bytes); rest.size > 0; rest = rest.after(pieces.back().size)) {
    pieces.push_back(rest.first(pieces.size() % 7 == 0 ? 70'000 : 1 + pieces.size() * 37 % 900));
  }
  together(
      GetParam(),
      [&]() -> task<result<void>> {
        EXPECT_EQ(co_await or_return(pair.client.send(const_buffers(pieces))), bytes.size());
        EXPECT_EQ(co_await or_return(pair.client.send(const_buffers())), 0U);
        EXPECT_EQ(co_await or_return(pair.client.send("")), 0U);
        co_return co_await pair.client.shutdown();
      },
      [&]() -> task<result<void>> {
        EXPECT_TRUE(co_await or_return(read_to_the_end(pair.server)) == bytes);
        co_return {};
      });
}

TEST_P(TlsExchange, LendsMemoryWithWhatCame) {
  secured<tcp_stream> pair(GetParam(), must(tcp_stream::pair()));
  const std::string bytes = random_bytes(300'000, 7);
  together(
      GetParam(),
      [&]() -> task<result<void>> {
        co_await or_return(pair.client.send(bytes));
        co_return co_await pair.client.shutdown();
      },
      [&]() -> task<result<void>> {
        std::string got;
        for (;;) {
          const loan heard = co_await or_return(pair.server.recv());
          if (heard.empty()) break;
          EXPECT_LE(heard.size(), 16384U);
          got.append(reinterpret_cast<const char*>(heard.data()), heard.size());
        }
        EXPECT_TRUE(got == bytes) << got.size();
        EXPECT_TRUE((co_await or_return(pair.server.recv())).empty()) << "the end stays the end";
        co_return {};
      });
}

TEST_P(TlsExchange, ALentReceiveThatIsStoppedLosesNothing) {
  secured<tcp_stream> pair(GetParam(), must(tcp_stream::pair()));
  expect_error(drive(GetParam(), pair.server.recv().within(std::chrono::milliseconds(1))), errc::timed_out);
  together(
      GetParam(),
      [&]() -> task<result<void>> {
        co_await or_return(pair.client.send("ahoy"));
        co_return {};
      },
      [&]() -> task<result<void>> {
        const loan heard = co_await or_return(pair.server.recv());
        EXPECT_EQ(std::string_view(reinterpret_cast<const char*>(heard.data()), heard.size()), "ahoy");
        co_return {};
      });
}

TEST_P(TlsExchange, SendsTheFirstRequestWithoutWaitingForAnAcknowledgement) {
  auto ends = must(tcp_stream::pair());
  ASSERT_FALSE(ends.first.get<option::no_delay>()->on());
  secured<tcp_stream> pair(GetParam(), std::move(ends));
  EXPECT_TRUE(pair.client.inner().get<option::no_delay>()->on());
  EXPECT_TRUE(pair.server.inner().get<option::no_delay>()->on());
}

}  // namespace
}  // namespace fairlead::testing
