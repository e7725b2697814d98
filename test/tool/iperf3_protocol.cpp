// SPDX-License-Identifier: MIT
// The protocol of iperf3 as we speak it, byte by byte, and peers that speak it badly or not to the end.
#include <array>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include <fairlead/tcp.hpp>

#include "bench/iperf3/message.hpp"
#include "tool/bench_running.hpp"

namespace {

using namespace fairlead;
using namespace fairlead::testing;
using namespace tool_test;
using namespace tool::bench_parts::iperf3;
using namespace std::chrono_literals;

class Iperf3Protocol : public guarded<> {};

// ── The machine ──

TEST_F(Iperf3Protocol, UnderstandsTheParametersThatIperf3Sends) {
  const auto tcp = parse_parameters(
      R"({"tcp":true,"omit":1,"time":10,"num":0,"blockcount":0,"parallel":2,"reverse":true,"window":102400,)"
      R"("nodelay":true,"len":131072,"bandwidth":1000000,"pacing_timer":1000,"client_version":"3.12"})");
  ASSERT_TRUE(tcp) << tcp.error().why;
  parameters p;
  p.streams = 2;
  p.reverse = true;
  p.size = 131072;
  p.bits_per_second = 1000000;
  p.seconds = 10;
  p.omit = 1;
  p.window = 102400;
  p.no_delay = true;
  EXPECT_EQ(*tcp, p);
  const auto udp = parse_parameters(
      R"({"udp":true,"omit":0,"time":0,"num":0,"blockcount":5,"parallel":1,"bidirectional":true,"len":32768,)"
      R"("udp_counters_64bit":1,"client_version":"3.12"})");
  ASSERT_TRUE(udp) << udp.error().why;
  EXPECT_TRUE(udp->datagrams && udp->both && udp->wide_counters);
  EXPECT_EQ(udp->bytes, 5U * 32768);
  EXPECT_EQ(udp->all_streams(), 2U);
}

TEST_F(Iperf3Protocol, SaysWhatItUnderstands) {
  parameters p;
  p.datagrams = p.both = p.wide_counters = p.no_delay = true;
  p.streams = 128;
  p.size = 1400;
  p.bits_per_second = 12'345'678'901;
  p.seconds = 86'400;
  p.omit = 7;
  p.bytes = 99;
  p.window = 4096;
  EXPECT_EQ(parse_parameters(to_text(p)).value(), p);
  results r;
  r.cpu = 12.5;
  r.sends = r.retransmits = true;
  r.streams.push_back({1, 1U << 31U, 3, 0.25, 4, 5, 1.5});
  r.streams.push_back({3, 0, -1, 0, 0, 0, 0});
  EXPECT_EQ(parse_results(to_text(r)).value(), r);
}

TEST_F(Iperf3Protocol, RefusesWithTheNumberThatIperf3HasWordsFor) {
  const auto code = [](std::string_view text) {
    const auto p = parse_parameters(text);
    return p ? 0 : p.error().code;
  };
  EXPECT_EQ(code(R"({"sctp":true,"len":1000})"), 13);
  EXPECT_EQ(code(R"({"tcp":true,"len":1000,"authtoken":"x"})"), 142);
  EXPECT_EQ(code(R"({"tcp":true,"len":1000,"reverse":true,"zerocopy":1})"), 13);
  EXPECT_EQ(code(R"({"tcp":true,"len":1000,"zerocopy":1})"), 0) << "how the client sends is its own affair";
  EXPECT_EQ(code(R"({"tcp":true,"len":1000,"parallel":129})"), 6);
  EXPECT_EQ(code(R"({"tcp":true,"len":1000,"parallel":0})"), 6);
  EXPECT_EQ(code(R"({"tcp":true,"len":0})"), 7);
  EXPECT_EQ(code(R"({"tcp":true,"len":1048577})"), 7);
  EXPECT_EQ(code(R"({"udp":true,"len":65508})"), 7);
  for (const char* const junk :
       {"", "{", "[]", "7", "\"x\"", "nothing", R"({"tcp":true,"len":1000,"time":-1})",
        R"({"tcp":true,"len":1000,"time":86401})", R"({"tcp":true,"len":1000,"bandwidth":1e400})",
        R"({"tcp":true,"len":1000,"omit":"x"})", R"({"tcp":true,"len":1000,"num":{}})"}) {
    EXPECT_EQ(code(junk), 114) << junk;
  }
  EXPECT_EQ(code(std::string(longest_parameters, '[')), 114);
  EXPECT_EQ(code(std::string(longest_results, '[') + std::string(longest_results, ']')), 114);
}

TEST_F(Iperf3Protocol, BelievesNoResultsThatAreNone) {
  for (const char* const junk :
       {"", "[]", "{}", R"({"streams":7})", R"({"streams":[7]})", R"({"streams":[{}]})",
        R"({"streams":[{"id":1,"bytes":-1,"jitter":0,"errors":0,"packets":0}]})",
        R"({"streams":[{"id":1,"bytes":"x","jitter":0,"errors":0,"packets":0}]})"}) {
    EXPECT_FALSE(parse_results(junk)) << junk;
  }
  // As the real one writes -1, and what is beyond all bounds.
  const auto r = parse_results(
      R"({"cpu_util_total":1e999,"sender_has_retransmits":18446744073709551615,"streams":[{"id":1,"bytes":5,)"
      R"("retransmits":18446744073709551615,"jitter":0,"errors":1e30,"packets":0}]})");
  if (r) {
    EXPECT_EQ(r->streams[0].retransmits, -1);
    EXPECT_FALSE(r->sends);
  }
  std::string many = R"({"streams":[)";
  for (int i = 0; i < 257; ++i) many += R"({"id":1,"bytes":5,"jitter":0,"errors":0,"packets":0},)";
  many.back() = ']';
  EXPECT_FALSE(parse_results(many + '}'));
}

TEST_F(Iperf3Protocol, GreetsDatagramsInEitherByteOrder) {
  const auto bytes = [](const char(&text)[5]) { return std::as_bytes(std::span(text)).first<4>(); };
  EXPECT_TRUE(std::ranges::equal(datagram_greeting(), bytes("9876")));
  EXPECT_TRUE(std::ranges::equal(datagram_answer(), bytes("6789")));
  EXPECT_TRUE(is_greeting(bytes("9876")));
  EXPECT_TRUE(is_greeting(bytes("6789"))) << "from a machine of the other byte order";
  EXPECT_TRUE(is_greeting(bytes("\x15\xcd\x5b\x07")));
  EXPECT_TRUE(is_answer(bytes("6789")));
  EXPECT_FALSE(is_greeting(bytes("1234")));
  EXPECT_FALSE(is_greeting(std::as_bytes(std::span("98765"))));
}

TEST_F(Iperf3Protocol, MarksDatagramsWithTimeAndNumber) {
  std::array<std::byte, largest_mark> bytes{};
  const mark m{3'000'007, 0x0102030405060708};
  put_mark(bytes, m, true);
  EXPECT_EQ(std::string(reinterpret_cast<const char*>(bytes.data()), 16),
            std::string("\0\0\0\3\0\0\0\7\1\2\3\4\5\6\7\x8", 16));
  EXPECT_EQ(parse_mark(bytes, true, 0), m);
  EXPECT_FALSE(parse_mark(std::span(bytes).first(15), true, 0));
  // A counter of 32 bits goes on where it began anew.
  for (const std::uint64_t number :
       {std::uint64_t{1}, std::uint64_t{UINT32_MAX}, (std::uint64_t{3} << 32U) + 5}) {
    put_mark(bytes, {0, number}, false);
    EXPECT_EQ(parse_mark(std::span(bytes).first(12), false, number - 1)->number, number);
    EXPECT_EQ(parse_mark(std::span(bytes).first(12), false, number + 100)->number, number);
  }
  put_mark(bytes, {0, 0}, true);
  EXPECT_FALSE(parse_mark(bytes, true, 0)) << "they count from 1";
}

TEST_F(Iperf3Protocol, MakesEachTestItsOwnCookie) {
  const cookie a = make_cookie();
  EXPECT_NE(a, make_cookie());
  EXPECT_EQ(a.back(), '\0');
  EXPECT_EQ(std::string(a.data()).size(), cookie_size - 1);
}

// ── Peers that leave, or talk nonsense ──

class peer {
 public:
  explicit peer(tcp_stream s) : socket_(std::move(s)) {}
  [[nodiscard]] std::string name() const { return "tcp://" + socket_.local_endpoint()->to_string(); }
  void say(state s) { say(std::string(1, static_cast<char>(s))); }
  void say(const std::string& bytes) { (void)socket_.send(bytes).within(soon).wait(); }
  void text(const std::string& t) {
    say(std::string{'\0', '\0', static_cast<char>(t.size() >> 8U), static_cast<char>(t.size())} + t);
  }
  std::string hear(std::size_t size) {
    std::string bytes(size, '\0');
    const auto n = socket_.recv_exactly(bytes).within(soon).wait();
    return n ? bytes : std::string();
  }
  std::string hear_text() {
    const std::string length = hear(4);
    if (length.empty()) return {};
    return hear(static_cast<unsigned char>(length[2]) * 256U + static_cast<unsigned char>(length[3]));
  }

 private:
  tcp_stream socket_;
};

using deed = std::function<void(peer& control)>;
const deed leave = [](peer&) {};

const std::string some_results = R"({"cpu_util_total":1,"sender_has_retransmits":-1,"streams":)"
                                 R"([{"id":1,"bytes":5,"jitter":0,"errors":0,"packets":0}]})";

// A server of which nobody wants to receive anything: does its first `steps` steps rightly, then something
// else.
void serve(tcp_listener& at, int steps, const deed& then) {
  peer control(*at.accept().within(soon).wait());
  std::optional<peer> data;
  const std::array<std::function<void()>, 9> all = {
      [&] { control.hear(cookie_size); },
      [&] { control.say(state::param_exchange); },
      [&] { control.hear_text(); },
      [&] { control.say(state::create_streams); },
      [&] {
        data.emplace(*at.accept().within(soon).wait());
        data->hear(cookie_size);
      },
      [&] { control.say(state::test_start); },
      [&] {
        control.say(state::test_running);
        data->say(std::string(1000, 'x'));
      },
      [&] {
        control.hear(1);
        control.say(state::exchange_results);
        control.hear_text();
      },
      [&] { control.text(some_results); },
  };
  for (int i = 0; i < steps; ++i) all.at(static_cast<std::size_t>(i))();
  then(control);
}
constexpr int running_from = 7;  // steps, after which the test runs
constexpr int results_from = 8;
constexpr int all_server_steps = 9;

// What our client says of such a server.
struct heard {
  child_outcome client;
  std::string reason;  ///< without the address
};
heard client_of(int steps, const deed& then) {
  tcp_listener at = *tcp_listener::listen({ipv4_address::loopback(), port(0)});
  const std::string address = "tcp://" + at.local_endpoint()->to_string();
  heard h;
  std::thread client([&] { h.client = bench_client({address, "--iperf3", "--reverse", "--timeout", "5s"}); });
  serve(at, steps, then);
  client.join();
  EXPECT_EQ(lines_of(h.client.errors).size(), 1U) << h.client.errors;
  const std::size_t begin = h.client.errors.find(address);
  if (begin != std::string::npos) h.reason = h.client.errors.substr(begin + address.size() + 2);
  return h;
}

TEST_F(Iperf3Protocol, TheClientEndsWhereverTheServerLeaves) {
  for (int steps = 0; steps <= all_server_steps; ++steps) {
    const heard h = client_of(steps, leave);
    EXPECT_EQ(h.client.status, 1) << "after " << steps << " steps";
    if (steps >= results_from) {
      EXPECT_EQ(number_in(result_of(h.client.output), "bytes_received"), 1000) << h.client.output;
    }
  }
}

TEST_F(Iperf3Protocol, TheClientSaysWhyTheServerRefused) {
  const auto says = [](const std::string& bytes) { return deed([bytes](peer& p) { p.say(bytes); }); };
  const std::string error("\xfe\0\0\0\x8e\0\0\0\0", 9);
  EXPECT_EQ(client_of(1, says("\xff")).reason, "it is busy with another test; try again later\n");
  EXPECT_EQ(client_of(3, says(error)).reason,
            "it serves only who has a password, which fairlead cannot give\n");
  EXPECT_EQ(client_of(running_from, says(std::string("\xfe\0\0\0\x1b\0\0\0\0", 9))).reason,
            "so much would exceed its limit\n");
  EXPECT_EQ(client_of(running_from, says("\x0b")).reason, "it was ended in the middle of the test\n");
  EXPECT_EQ(client_of(running_from, says("\x0d")).reason, "ends the test before its time\n");
}

TEST_F(Iperf3Protocol, TheClientBelievesNoNonsense) {
  const auto says = [](const std::string& bytes) { return deed([bytes](peer& p) { p.say(bytes); }); };
  EXPECT_EQ(client_of(1, says("G")).reason, "says 71 where iperf3 says PARAM_EXCHANGE\n");
  EXPECT_EQ(client_of(3, says("\x02")).reason, "says TEST_RUNNING where iperf3 says CREATE_STREAMS\n");
  EXPECT_EQ(client_of(running_from, says("\x01")).reason,
            "says TEST_START where iperf3 says EXCHANGE_RESULTS\n");
  EXPECT_EQ(client_of(results_from, says("\xff\xff\xff\xff")).reason,
            "announces 4294967295 bytes where 1048576 are the most\n");
  for (const char* const junk : {"", "{", "[]", R"({"streams":7})"}) {
    const heard h = client_of(results_from, [junk](peer& p) { p.text(junk); });
    EXPECT_EQ(h.reason, "its results are not those of iperf3\n") << junk;
    EXPECT_EQ(h.client.status, 1);
    EXPECT_EQ(number_in(result_of(h.client.output), "bytes_received"), 1000) << h.client.output;
  }
  const heard h = client_of(results_from, [](peer& p) {
    p.text(R"({"streams":[{"id":2,"bytes":5,"jitter":0,"errors":0,"packets":0}]})");
    p.say(state::display_results);
    p.hear(1);
  });
  EXPECT_EQ(h.reason, "its results lack stream 1\n");
}

TEST_F(Iperf3Protocol, TheClientDoesNotWaitForEver) {
  for (const int steps : {1, 3, 5, running_from, results_from, all_server_steps}) {
    tcp_listener at = *tcp_listener::listen({ipv4_address::loopback(), port(0)});
    running client(fairlead_command({"bench", "tcp://" + at.local_endpoint()->to_string(), "--iperf3",
                                     "--reverse", "--time", "50ms", "--timeout", "200ms"}));
    serve(at, steps, [&](peer&) { EXPECT_EQ(client.status(), 3) << "after " << steps << " steps"; });
  }
}

// A client of our server, likewise.
constexpr int all_client_steps = 6;
void test_at(const ip_endpoint& server, int steps, const deed& then) {
  peer control(*tcp_stream::connect(server).within(soon).wait());
  std::optional<peer> data;
  const std::string name(make_cookie().data(), cookie_size);
  const std::array<std::function<void()>, all_client_steps> all = {
      [&] { control.say(name); },
      [&] { EXPECT_EQ(control.hear(1), "\x09"); },
      [&] {
        control.text(R"({"tcp":true,"time":10,"parallel":1,"reverse":true,"len":1000,"bandwidth":8000})");
      },
      [&] {
        EXPECT_EQ(control.hear(1), "\x0a");
        data.emplace(*tcp_stream::connect(server).within(soon).wait());
        data->say(name);
        EXPECT_EQ(control.hear(2), "\x01\x02");
        EXPECT_EQ(data->hear(1000).size(), 1000U);
      },
      [&] {
        control.say(state::test_end);
        EXPECT_EQ(control.hear(1), "\x0d");
      },
      [&] {
        control.text(some_results);
        const auto theirs = parse_results(control.hear_text());
        ASSERT_TRUE(theirs && theirs->streams.size() == 1);
        EXPECT_EQ(theirs->streams[0].bytes, 1000U);
        EXPECT_EQ(control.hear(1), "\x0e");
      },
  };
  for (int i = 0; i < steps; ++i) all.at(static_cast<std::size_t>(i))();
  then(control);
}

TEST_F(Iperf3Protocol, TheServerOutlivesClientsThatLeaveWhereverTheyAre) {
  bench_server s({"tcp://127.0.0.1:0"}, {"--iperf3", "--verbose"});
  const ip_endpoint at = *ip_endpoint::parse(s.address().substr(6));
  for (int steps = 0; steps <= all_client_steps; ++steps) {
    std::string name;
    test_at(at, steps, [&](peer& p) { name = p.name(); });
    EXPECT_TRUE(s.complains(name + (steps == 0 ? ": does not speak" : ": done"))) << s.errors();
  }
  test_at(at, all_client_steps, [](peer& p) { p.say(state::done); });
}

TEST_F(Iperf3Protocol, TheServerBelievesNoNonsense) {
  bench_server s({"tcp://127.0.0.1:0"}, {"--iperf3", "--verbose"});
  const ip_endpoint at = *ip_endpoint::parse(s.address().substr(6));
  const std::vector<std::pair<int, std::pair<std::string, std::string>>> nonsense = {
      {2, {"\x7f\xff\xff\xff", "announces 2147483647 bytes where 16384 are the most"}},
      {2, {std::string("\0\0\0\x04junk", 8), "what it asks for is no JSON object"}},
      {4, {"\x05", "says 5 where iperf3 says TEST_END"}},
      {4, {"\x0c", "it left in the middle of the test"}},
      {5, {std::string("\0\x10\0\x01", 4), "announces 1048577 bytes where 1048576 are the most"}},
      {5, {std::string("\0\0\0\x02{}", 6), "its results are not those of iperf3"}},
      {6, {"\x01", "says TEST_START where iperf3 says IPERF_DONE"}},
  };
  for (const auto& [steps, what] : nonsense) {
    std::string name;
    test_at(at, steps, [&](peer& p) {
      name = p.name();
      p.say(what.first);
      EXPECT_TRUE(s.complains(name + ": " + what.second)) << s.errors();
    });
    EXPECT_TRUE(s.complains(name + ": done")) << s.errors();
  }
}

TEST_F(Iperf3Protocol, TheServerTellsWhatItRefuses) {
  const bench_server s({"tcp://127.0.0.1:0"}, {"--iperf3"});
  const ip_endpoint at = *ip_endpoint::parse(s.address().substr(6));
  test_at(at, 2, [](peer& p) {
    p.text(R"({"sctp":true,"len":1000})");
    EXPECT_EQ(p.hear(9), std::string("\xfe\0\0\0\x0d\0\0\0\0", 9));
  });
}

TEST_F(Iperf3Protocol, TheServerTakesStreamsOfItsOwnTestOnly) {
  const bench_server s({"tcp://127.0.0.1:0"}, {"--iperf3"});
  const ip_endpoint at = *ip_endpoint::parse(s.address().substr(6));
  test_at(at, 3, [&](peer& p) {
    EXPECT_EQ(p.hear(1), "\x0a");
    peer other(*tcp_stream::connect(at).within(soon).wait());
    other.say(std::string(cookie_size, 'x'));
    EXPECT_EQ(other.hear(1), "\xff");
  });
}

}  // namespace
