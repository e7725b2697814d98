// SPDX-License-Identifier: MIT
// Two hundred clients at once through one relay, with half-closes, resets and stalls by chance: every byte is
// accounted for, and the relay is afterwards what it was before. FAIRLEAD_SOAK_SECONDS=60 makes a minute of
// it.
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <thread>

#include <gtest/gtest.h>

#include <fairlead/loop.hpp>
#include <fairlead/options.hpp>
#include <fairlead/or_return.hpp>
#include <fairlead/scope.hpp>
#include <fairlead/tcp.hpp>
#include <fairlead/timer.hpp>

#include "support/bytes.hpp"
#include "support/expect.hpp"
#include "tool/running.hpp"

namespace {

using namespace fairlead;
using namespace fairlead::testing;
using namespace tool_test;
using namespace std::chrono_literals;

constexpr std::size_t clients_at_once = 200;

// What both ends of a conversation know of it: the client tells the server its seed.
struct plan {
  explicit plan(std::uint64_t s) : seed(s), random(s) {
    there = pick(400'000);
    back = pick(400'000);
    const std::size_t fate = pick(10);
    client_resets = fate == 0;
    server_resets = fate == 1;
    server_waits = pick(2) == 0;
  }
  std::size_t pick(std::size_t below) { return random() % below; }

  std::uint64_t seed;
  std::mt19937_64 random;
  std::size_t there = 0;  // bytes after the seed
  std::size_t back = 0;
  bool client_resets = false;  // after half of what it has to say
  bool server_resets = false;
  bool server_waits = false;  // for the client's end before it says anything
};

std::string text_of(const plan& p, bool there) {
  return random_bytes(there ? p.there : p.back, static_cast<unsigned>(p.seed * 2 + (there ? 1 : 0)));
}

struct tally {
  std::uint64_t whole = 0;
  std::uint64_t cut = 0;    // as was planned
  std::uint64_t wrong = 0;  // bytes that are not what was sent, or an end where there was none
  std::uint64_t bytes = 0;
  std::string why;
  void blame(std::string reason) {
    if (wrong++ == 0) why = std::move(reason);
  }
};

// Says `text` in pieces, with pauses, as much of it as `size`.
task<result<void>> say(tcp_stream& s, const std::string& text, std::size_t size, std::mt19937_64 random) {
  for (std::size_t at = 0; at < size;) {
    const std::size_t piece = std::min<std::size_t>(1 + random() % 100'000, size - at);
    co_await or_return(s.send(const_buffer(text.data() + at, piece)));
    at += piece;
    if (random() % 8 == 0) co_await or_return(sleep_for(std::chrono::milliseconds(random() % 20)));
  }
  co_return {};
}

struct heard {
  bool end = false;  // else a failure
  std::size_t bytes = 0;
  bool right = true;
};

task<heard> hear(tcp_stream& s, const std::string& text, std::mt19937_64 random) {
  heard h;
  std::string buffer(65536, '\0');
  for (;;) {
    const result<std::size_t> n = co_await s.recv(buffer);
    if (!n || *n == 0) {
      h.end = n.has_value();
      co_return h;
    }
    const bool fits = h.bytes + *n <= text.size();
    if (!fits || text.compare(h.bytes, *n, buffer, 0, *n) != 0) h.right = false;
    h.bytes += *n;
    if (random() % 16 == 0) (void)co_await sleep_for(std::chrono::milliseconds(random() % 30));
  }
}

void reset(tcp_stream& s) {
  (void)s.set(option::linger::reset());
  (void)s.close();
}

// `cut`: sending has found that the connection was reset. Whoever reads then is told an end.
task<> speak(tcp_stream& s, const plan& p, bool there, bool resets, bool& cut) {
  const std::string text = text_of(p, there);
  const std::size_t size = resets ? text.size() / 2 : text.size();
  const result<void> said = co_await say(s, text, size, std::mt19937_64(p.seed + 17));
  cut = !said && said.error() == errc::connection_reset;
  if (resets) co_return reset(s);
  if (said) (void)co_await s.shutdown();
}

// One end: speaks and hears, and judges what it heard.
task<> converse(tcp_stream& s, plan p, bool is_client, tally& t) {
  const bool resets = is_client ? p.client_resets : p.server_resets;
  const bool expects_cut = p.client_resets || p.server_resets;
  const std::string expected = text_of(p, !is_client);
  heard h;
  bool cut = false;
  if (!is_client && p.server_waits && !expects_cut) {
    h = co_await hear(s, expected, std::mt19937_64(p.seed + 3));
    co_await speak(s, p, false, false, cut);
  } else {
    scope both;
    both.spawn(speak(s, p, is_client, resets, cut));
    h = co_await hear(s, expected, std::mt19937_64(p.seed + 3));
    (void)co_await both.join();
  }
  t.bytes += h.bytes;
  h.end = h.end && !cut;
  if (!h.right) co_return t.blame("bytes changed on the way");
  if (h.end && h.bytes != expected.size()) co_return t.blame("a part looks whole");
  if (!h.end && !expects_cut) co_return t.blame("cut off without a reason");
  ++(expects_cut ? t.cut : t.whole);
}

task<> serve(tcp_stream s, tally& t) {
  std::uint64_t seed = 0;
  std::size_t got = 0;
  while (got < sizeof seed) {
    const auto n =
        co_await s.recv(mutable_buffer(reinterpret_cast<std::byte*>(&seed) + got, sizeof seed - got));
    if (!n || *n == 0) co_return;  // a client that was cut off at once
    got += *n;
  }
  co_await converse(s, plan(seed), false, t);
}

task<> accept_all(tcp_listener& l, scope& all, tally& t) {
  for (;;) {
    auto s = co_await l.accept();
    if (!s) co_return;
    all.spawn(serve(std::move(*s), t));
  }
}

task<> be_clients(ip_endpoint at, std::uint64_t number, time_point until, tally& t) {
  for (std::uint64_t round = 0; clock::now() < until; ++round) {
    auto s = co_await tcp_stream::connect(at);
    if (!s) co_return t.blame(s.error().message());
    const std::uint64_t seed = round * 1000 + number;
    const result<std::size_t> told =
        co_await s->send(const_buffer(reinterpret_cast<const std::byte*>(&seed), sizeof seed));
    if (!told) co_return t.blame(told.error().message());
    co_await converse(*s, plan(seed), true, t);
  }
}

task<> all_clients(ip_endpoint at, time_point until, tally& t) {
  scope clients;
  for (std::size_t i = 0; i < clients_at_once; ++i) clients.spawn(be_clients(at, i, until, t));
  (void)co_await clients.join();
}

std::size_t resident(pid_t id) {
  std::ifstream all("/proc/" + std::to_string(id) + "/statm");
  std::size_t pages = 0;
  all >> pages >> pages;
  return pages * 4096;
}

std::size_t descriptors(pid_t id) {
  std::size_t count = 0;
  for ([[maybe_unused]] const auto& d :
       std::filesystem::directory_iterator("/proc/" + std::to_string(id) + "/fd"))
    ++count;
  return count;
}

std::chrono::milliseconds length_of_it() {
  const char* const seconds = std::getenv("FAIRLEAD_SOAK_SECONDS");
  return seconds != nullptr ? std::chrono::seconds(std::atoi(seconds)) : 2000ms;
}

struct soak {
  tcp_listener& at;
  running& relay;
  ip_endpoint entry;
  tally client{};
  tally server{};
  std::size_t warm = 0;
};

task<> run(soak& s) {
  scope servers;
  scope accepting;
  accepting.spawn(accept_all(s.at, servers, s.server));
  co_await all_clients(s.entry, clock::now() + length_of_it() / 4, s.client);  // the memory that it needs
  s.warm = resident(s.relay.id());
  co_await all_clients(s.entry, clock::now() + length_of_it(), s.client);
  accepting.request_stop();
  (void)co_await accepting.join();
  (void)co_await servers.join();
}

class RelaySoak : public ::testing::Test {
  hang_guard guard_{std::chrono::ceil<std::chrono::seconds>(length_of_it() * 2 + 60s),
                    std::chrono::ceil<std::chrono::seconds>(length_of_it() * 2) + soon};
};

TEST_F(RelaySoak, EveryByteOfTwoHundredClientsIsAccountedForAndNothingIsLeft) {
  auto target = tcp_listener::listen(ip_endpoint(ipv4_address::loopback(), port()));
  ASSERT_TRUE(target) << target.error().message();
  const std::string to = "tcp://" + target->local_endpoint()->to_string();
  relaying relay("tcp://127.0.0.1:0", to, {"--quiet"});
  ASSERT_NE(relay.address(), "") << relay.errors();
  const std::size_t open_before = descriptors(relay.id());
  const auto entry = ip_endpoint(ipv4_address::loopback(), port::parse(relay.port()).value());

  soak s{*target, relay, entry};
  auto l = loop::create();
  ASSERT_TRUE(l) << l.error().message();
  l->run(run(s));

  EXPECT_EQ(s.client.wrong, 0U) << s.client.why;
  EXPECT_EQ(s.server.wrong, 0U) << s.server.why;
  EXPECT_GT(s.client.whole, clients_at_once);
  EXPECT_GT(s.client.cut, 0U);
  RecordProperty("conversations", static_cast<int>(s.client.whole + s.client.cut));
  RecordProperty("megabytes", static_cast<int>((s.client.bytes + s.server.bytes) >> 20U));
  RecordProperty("kilobytes_resident", static_cast<int>(resident(relay.id()) >> 10U));
  // It sees the last ends a moment after we do.
  for (int i = 0; i < 5000 && descriptors(relay.id()) > open_before; ++i) std::this_thread::sleep_for(1ms);
  EXPECT_EQ(descriptors(relay.id()), open_before);
  if (sanitized) return;  // a sanitizer keeps what was freed
  EXPECT_LT(resident(relay.id()), s.warm + s.warm / 4 + (4U << 20U)) << "it has grown";
}

}  // namespace
