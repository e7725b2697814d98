// SPDX-License-Identifier: MIT
// Rule 13: a socket that always has data does not starve the others.
#include <sys/socket.h>

#include <array>
#include <vector>

#include "conformance/messages.hpp"
#include "conformance/streams.hpp"
#include "support/bytes.hpp"

namespace fairlead::testing {

namespace {

using namespace std::chrono_literals;

/// How many messages quiet sockets pass on while a loud task does `total` steps: each message needs two
/// turns.
struct crowd {
  static constexpr int quiet_ones = 10;
  std::array<int, quiet_ones> passed{};

  template <class Socket>
  static task<result<void>> ask(Socket& s, int& count) {
    std::array<std::byte, 1> byte{};
    for (;;) {
      co_await or_return(s.send(byte));
      co_await or_return(s.recv(byte));
      ++count;
    }
  }
  template <class Socket>
  static task<result<void>> answer(Socket& s) {
    std::array<std::byte, 1> byte{};
    for (;;) {
      co_await or_return(s.recv(byte));
      co_await or_return(s.send(byte));
    }
  }
  void expect_none_starved(int least) const {
    for (const int n : passed) EXPECT_GE(n, least);
  }
};

/// Ten pairs that talk, beside `loud`, which never has to wait. Ends with it.
template <class Ends, class Loud>
task<result<void>> talk_beside(std::vector<Ends>& quiet, crowd& c, Loud loud) {
  scope s;
  for (std::size_t i = 0; i < quiet.size(); ++i) {
    s.spawn(crowd::ask(quiet[i].a, c.passed[i]));
    s.spawn(crowd::answer(quiet[i].b));
  }
  co_await turns();
  c.passed = {};
  const result<void> r = co_await loud();
  s.request_stop();
  (void)co_await s.join();
  co_return r;
}

// Bytes that a thread pours in faster than anybody takes them.
STREAM_TEST(StreamsOnLoops, Rule13_AStreamThatAlwaysHasBytesStarvesNobody) {
  ends<Kind> flood;
  std::vector<ends<Kind>> quiet(crowd::quiet_ones);
  crowd c;
  const endless_zeros plenty(std::size_t{1} << 36U);
  std::jthread source([&] { (void)flood.a.send(plenty.bytes()).wait(); });
  const auto loud = [&]() -> task<result<void>> {
    std::array<std::byte, 512> buffer;
    for (int i = 0; i < 20'000; ++i) co_await or_return(flood.b.recv(buffer));
    co_return {};
  };
  play(by, [&] { return talk_beside(quiet, c, loud); });
  flood.a.close().value();
  c.expect_none_starved(50);
}

STREAM_TEST(StreamsOnLoops, Rule13_AnOperationThatFillsItselfStarvesNobody) {
  ends<Kind> flood;
  std::vector<ends<Kind>> quiet(crowd::quiet_ones);
  crowd c;
  const endless_zeros plenty(std::size_t{1} << 36U);
  std::jthread source([&] { (void)flood.a.send(plenty.bytes()).wait(); });
  const auto loud = [&]() -> task<result<void>> {
    std::vector<std::byte> buffer(100'000'000);
    co_await or_return(flood.b.recv_exactly(buffer));
    co_return {};
  };
  play(by, [&] { return talk_beside(quiet, c, loud); });
  flood.a.close().value();
  c.expect_none_starved(3);
}

STREAM_TEST(StreamsOnLoops, Rule13_AStreamThatIsSplicedStarvesNobody) {
  ends<Kind> flood;
  ends<Kind> beyond;
  std::vector<ends<Kind>> quiet(crowd::quiet_ones);
  crowd c;
  const endless_zeros plenty(std::size_t{1} << 36U);
  std::jthread source([&] { (void)flood.a.send(plenty.bytes()).wait(); });
  std::jthread sink([&] {
    std::vector<std::byte> buffer(1'000'000);
    for (;;) {
      const result<std::size_t> n = beyond.b.recv(buffer).wait();
      if (!n || *n == 0) break;
    }
  });
  const auto loud = [&]() -> task<result<void>> {
    conveyor through(flood.b, beyond.a);
    for (std::size_t moved = 0; moved < 200'000'000;) moved += co_await or_return(through.move());
    EXPECT_TRUE(through.splices());
    co_return {};
  };
  play(by, [&] { return talk_beside(quiet, c, loud); });
  flood.a.close().value();
  beyond.a.close().value();
  // Eight operations in a row at most, four of which take a pipe full of bytes at most.
  c.expect_none_starved(10);
}

STREAM_TEST(StreamsOnLoops, Rule13_ATaskThatNeverHasToWaitStarvesNobody) {
  ends<Kind> idle;
  std::vector<ends<Kind>> quiet(crowd::quiet_ones);
  crowd c;
  const auto loud = [&]() -> task<result<void>> {
    for (int i = 0; i < 20'000; ++i) co_await or_return(idle.a.writable());
    co_return {};
  };
  play(by, [&] { return talk_beside(quiet, c, loud); });
  c.expect_none_starved(50);
}

STREAM_TEST(StreamsOnLoops, Rule13_ATaskThatYieldsStarvesNobody) {
  std::vector<ends<Kind>> quiet(crowd::quiet_ones);
  crowd c;
  const auto loud = []() -> task<result<void>> {
    co_await turns(2'000);
    co_return {};
  };
  play(by, [&] { return talk_beside(quiet, c, loud); });
  c.expect_none_starved(300);
}

// Timers too get their turn beside a task that never waits.
STREAM_TEST(StreamsOnLoops, Rule13_TimersAreNotStarved) {
  ends<Kind> idle;
  play(by, [&]() -> task<result<void>> {
    bool over = false;
    const auto loud = [&]() -> task<result<void>> {
      while (!over) co_await or_return(idle.a.writable());
      co_return {};
    };
    scope s;
    s.spawn(loud());
    for (int i = 0; i < 5; ++i) co_await or_return(sleep_for(1ms));
    over = true;
    co_return co_await s.join();
  });
}

MESSAGE_TEST(MessagesOnLoops, Rule13_AFloodOfDatagramsStarvesNobody) {
  message_ends<Kind> flood;
  std::vector<message_ends<Kind>> quiet(crowd::quiet_ones);
  crowd c;
  std::jthread source([&](const std::stop_token& stop) {
    std::array<std::byte, 64> bytes{};
    while (flood.a.send(bytes).stop_on(stop).wait()) continue;
  });
  const auto loud = [&]() -> task<result<void>> {
    std::array<std::byte, 512> buffer;
    for (int i = 0; i < 10'000; ++i) co_await or_return(flood.b.recv(buffer));
    co_return {};
  };
  play(by, [&] { return talk_beside(quiet, c, loud); });
  source.request_stop();
  c.expect_none_starved(25);
}

// New connections are taken although an old one is busy, and the other way round.
class Accepting : public every_backend {};

TEST_P(Accepting, Rule13_AFloodOfConnectionsStarvesNobody) {
  std::vector<ends<tcp_ipv4>> quiet(crowd::quiet_ones);
  crowd c;
  tcp_listener listener = tcp_listener::listen({ipv4_address::loopback(), port(0)}).value();
  const endpoint where = listener.local_endpoint().value();
  std::jthread source([&](const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      const result<tcp_stream> client = tcp_stream::connect(where.ip()).within(soon).wait();
      if (!client) break;
      // Reset instead of an orderly end: no port is left waiting.
      const linger at_once{1, 0};
      ::setsockopt(client->native_handle(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    }
  });
  const auto loud = [&]() -> task<result<void>> {
    for (int i = 0; i < 1'000; ++i) co_await or_return(listener.accept());
    co_return {};
  };
  expect_ok(run(talk_beside(quiet, c, loud)));
  source.request_stop();
  source.join();
  c.expect_none_starved(10);
}

}  // namespace

FAIRLEAD_ON_EVERY_BACKEND(Accepting);

}  // namespace fairlead::testing
