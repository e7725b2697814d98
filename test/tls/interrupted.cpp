// SPDX-License-Identifier: MIT
// Struck at every moment: handshakes that are stopped or destroyed in any turn of the loop, and connections
// that break while something else is under way.
#include <string>

#include "support/bytes.hpp"
#include "tls/secure.hpp"

namespace fairlead::testing {
namespace {

using namespace std::chrono_literals;

class TlsInterrupted : public guarded<::testing::TestWithParam<way>> {};
INSTANTIATE_TEST_SUITE_P(By, TlsInterrupted, ::testing::ValuesIn(loop_ways()), name_of_way);

// One side is struck in the k-th turn, for every k that a handshake takes. The other one learns of it, and
// nothing hangs.
TEST_P(TlsInterrupted, HandshakesEndWhereverAStopStrikesAndThePeerLearnsOfIt) {
  const tls_client client = client_with();
  const tls_server server = server_with();
  for (const bool strikes_client : {true, false}) {
    bool struck = true;
    int k = 0;
    for (; struck && k < 200; ++k) {
      auto ends = must(tcp_stream::pair());
      std::stop_source stop;
      bool over = false;
      const auto victim = [&]() -> task<result<void>> {
        auto& end = strikes_client ? ends.first : ends.second;
        auto shaking =
            strikes_client ? client.connect(std::move(end), "localhost") : server.accept(std::move(end));
        const auto r = co_await std::move(shaking).stop_on(stop.get_token());
        over = true;
        if (!r) expect_error(r, errc::operation_canceled);
        co_return {};
      };
      const auto other = [&]() -> task<result<void>> {
        auto& end = strikes_client ? ends.second : ends.first;
        auto shaking =
            strikes_client ? server.accept(std::move(end)) : client.connect(std::move(end), "localhost");
        auto r = co_await std::move(shaking).within(soon);
        if (!r) {
          EXPECT_TRUE(r.error() == fault::truncated || r.error() == errc::connection_reset ||
                      r.error() == errc::broken_pipe)
              << r.error().message();
        } else {
          std::string got(1, '\0');
          const auto n = co_await r->recv(mutable_buffer(got)).within(soon);
          EXPECT_TRUE(!n && !(n.error() == errc::timed_out)) << (n ? "" : n.error().message());
        }
        co_return {};
      };
      play(GetParam(), [&]() -> task<result<void>> {
        scope s;
        s.spawn(victim());
        s.spawn(other());
        co_await turns(k);
        struck = !over;
        stop.request_stop();
        co_return co_await s.join();
      });
    }
    EXPECT_FALSE(struck);
    EXPECT_GT(k, 2);
  }
}

TEST_P(TlsInterrupted, HandshakesMayBeDestroyedInAnyTurn) {
  const tls_client client = client_with();
  const tls_server server = server_with();
  for (int k = 0; k < 20; ++k) {
    auto ends = must(tcp_stream::pair());
    play(GetParam(), [&]() -> task<result<void>> {
      scope s;
      const auto shakes = [&](bool first) -> task<result<void>> {
        if (first) {
          (void)co_await client.connect(std::move(ends.first), "localhost");
        } else {
          (void)co_await server.accept(std::move(ends.second));
        }
        co_return {};
      };
      s.spawn(shakes(true));
      s.spawn(shakes(false));
      co_await turns(k);
      co_return {};
    });
  }
}

// Nobody reads what we send, so that not even an alert goes out any more; receiving must not wait for that.
TEST_P(TlsInterrupted, ABrokenRecordIsToldAtOnceEvenIfThePeerReadsNothing) {
  bool clogged = false;
  secured<clogging> pair(GetParam(), clogging_pair(clogged));
  play(GetParam(), [&]() -> task<result<void>> {
    co_await or_return(pair.server.inner().send("this is no record of TLS"));
    clogged = true;
    std::string got(10, '\0');
    expect_error(co_await pair.client.recv(mutable_buffer(got)).within(soon), errc::protocol_error);
    expect_error(co_await pair.client.send("x"), errc::protocol_error);
    expect_error(co_await pair.client.shutdown(), errc::protocol_error);
    co_return {};
  });
}

TEST_P(TlsInterrupted, ASendThatIsUnderWayTakesTheAlertAlong) {
  secured<tcp_stream> pair(GetParam(), must(tcp_stream::pair()));
  const std::string much = random_bytes(16'000'000, 3);
  play(GetParam(), [&]() -> task<result<void>> {
    scope s;
    const auto sends = [&]() -> task<result<void>> {
      expect_error(co_await pair.client.send(much), errc::protocol_error);
      co_return {};
    };
    s.spawn(sends());
    co_await turns();
    co_await or_return(pair.server.inner().send("this is no record of TLS"));
    std::string got(16384, '\0');
    expect_error(co_await pair.client.recv(mutable_buffer(got)).within(soon), errc::protocol_error);
    // Now the other side reads, and finds the reason behind what had been encrypted.
    result<std::size_t> n = 1;
    while (n && *n > 0) n = co_await pair.server.recv(mutable_buffer(got)).within(soon);
    expect_error(n, errc::connection_aborted);
    co_return co_await s.join();
  });
}

TEST_P(TlsInterrupted, SendingAndReceivingGoOnAtOnceWhileKeysAndSessionsArrive) {
  // Each side sends while it has not yet seen the other's first records.
  for (int i = 0; i < 20; ++i) {
    secured<unix_stream> pair(GetParam(), must(unix_stream::pair()));
    const auto both = [](auto& s) -> task<result<void>> {
      scope here;
      const auto sends = [&]() -> task<result<void>> {
        for (int n = 0; n < 10; ++n) co_await or_return(s.send("line\n"));
        co_return co_await s.shutdown();
      };
      const auto receives = [&]() -> task<result<void>> {
        const std::string all = co_await or_return(read_to_the_end(s));
        EXPECT_EQ(all.size(), 50U);
        co_return {};
      };
      here.spawn(sends());
      here.spawn(receives());
      co_return co_await here.join();
    };
    together(GetParam(), [&] { return both(pair.client); }, [&] { return both(pair.server); });
  }
}

}  // namespace
}  // namespace fairlead::testing
