// SPDX-License-Identifier: MIT
// relay --fault with the real binary: the same seed and the same traffic give the same bytes, what is counted
// is what was done, and broken connections look broken from outside.
#include <algorithm>
#include <array>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include <fairlead/options.hpp>
#include <fairlead/tcp.hpp>
#include <fairlead/udp.hpp>

#include "fault/decisions.hpp"
#include "support/expect.hpp"
#include "tool/running.hpp"
#include "tool/tool.hpp"

namespace {

using namespace fairlead;
using namespace fairlead::testing;
using namespace tool_test;
using namespace std::chrono_literals;

class FaultRelay : public guarded<> {};

const ip_endpoint any_port{ipv4_address::loopback(), port(0)};

// `fairlead relay`, ready, from a free port of the scheme to where the test listens.
class relay_to : public running {
 public:
  relay_to(const std::string& scheme, const basic_socket& target, std::vector<std::string> words)
      : running([&] {
          const std::string to = scheme + target.local_endpoint()->ip().to_string();
          words.insert(words.begin(), {"relay", scheme + "127.0.0.1:0", to});
          return fairlead_command(std::move(words));
        }()) {
    constexpr std::string_view ready = "listening ";
    if (!complains(ready)) return;
    const std::size_t at = errors().find(ready);
    EXPECT_TRUE(complains_lines(
        1 + static_cast<std::size_t>(
                std::count(errors().begin(), errors().begin() + static_cast<std::ptrdiff_t>(at), '\n'))));
    const std::size_t begin = errors().rfind(':', errors().find('\n', at)) + 1;
    port_ = errors().substr(begin, errors().find('\n', at) - begin);
  }
  [[nodiscard]] ip_endpoint where() const {
    return {ipv4_address::loopback(), port(static_cast<std::uint16_t>(std::stoi(port_)))};
  }
  /// The number before `what` in what was said of a direction: "42" before " dropped".
  [[nodiscard]] std::uint64_t counted(const std::string& way, const std::string& what) const {
    for (const std::string& line : lines_of(errors())) {
      const std::size_t end = line.find(' ' + what);
      if (line.find(": " + way + ": ") == std::string::npos || end == std::string::npos) continue;
      return std::stoull(line.substr(line.rfind(' ', end - 1) + 1));
    }
    return 0;
  }

 private:
  std::string port_;
};

std::string some_bytes(std::size_t size) {
  std::string text(size, '\0');
  for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>(tool::faults::dice::nth(5, i));
  return text;
}

std::string read_all(tcp_stream& s) {
  std::string got;
  std::string buffer(65536, '\0');
  for (;;) {
    const auto n = s.recv(buffer).within(soon).wait();
    if (!n || *n == 0) {
      expect_ok(n);
      return got;
    }
    got.append(buffer, 0, *n);
  }
}

// ── Usage ──

TEST_F(FaultRelay, RefusesWhatCannotBeWithThePlaceAndTheRemedy) {
  const auto refused = [](const std::string& faults) {
    const child_outcome o =
        fairlead_tool({"relay", "tcp://127.0.0.1:0", "tcp://127.0.0.1:1", "--fault", faults});
    EXPECT_EQ(o.status, 2) << faults;
    return o.errors;
  };
  EXPECT_EQ(refused("drop=101%"), "fairlead: --fault drop=101%: must be 0% to 100%\n");
  EXPECT_EQ(refused("latency=5ms,corupt=1%"),
            "fairlead: --fault corupt: no such fault; did you mean corrupt=0.1%?\n");
}

// ── Datagrams ──

// What the relay will send on, as the machine decides it, of these messages of its client `number`.
std::vector<std::string> foreseen(const std::string& faults, std::size_t messages, std::uint64_t number) {
  using namespace tool::faults;
  const plan p = parse(std::array{faults}).value();
  const dice d(p.seed.value(), number, tool::direction::there);
  decisions machine(p.there, d, carriage::messages, time_point());
  for (std::size_t i = 0; i < messages; ++i) machine.take("message " + std::to_string(i), time_point());
  std::vector<std::string> list;
  std::string buffer(1000, '\0');
  while (const auto a = machine.give(buffer, time_point() + 1h)) list.push_back(buffer.substr(0, a->size));
  return list;
}

// One client after the other sends them; each list is what the target got from one.
void expect_foreseen(const std::string& faults, std::size_t messages, std::uint64_t clients) {
  udp_socket target = udp_socket::bind(any_port).value();
  const relay_to relay("udp://", target, {"--fault", faults});
  for (std::uint64_t number = 0; number < clients; ++number) {
    udp_socket client = udp_socket::open(family::ipv4).value();
    expect_ok(client.connect(relay.where()));
    for (std::size_t i = 0; i < messages; ++i) expect_ok(client.send("message " + std::to_string(i)).wait());
    const auto expected = foreseen(faults, messages, number);
    std::vector<std::string> list;
    std::string buffer(1000, '\0');
    while (list.size() < expected.size()) {
      const auto n = target.recv(buffer).within(soon).wait();
      expect_ok(n);
      if (!n) break;
      list.push_back(buffer.substr(0, *n));
    }
    EXPECT_EQ(list, expected) << "client " << number;
  }
}

TEST_F(FaultRelay, DoesToDatagramsWhatTheSeedSays) {
  const std::string faults = "latency=20ms±10ms,drop=10%,reorder=10%,duplicate=10%,corrupt=10%,seed=";
  EXPECT_NE(foreseen(faults + "42", 150, 0), foreseen(faults + "43", 150, 0));
  EXPECT_NE(foreseen(faults + "42", 150, 0), foreseen(faults + "42", 150, 1));
  expect_foreseen(faults + "42", 150, 2);
  expect_foreseen(faults + "43", 150, 1);
}

TEST_F(FaultRelay, LetsNoDatagramThroughAtAHundredPercent) {
  udp_socket target = udp_socket::bind(any_port).value();
  relay_to relay("udp://", target, {"--fault", "there:drop=100%", "--once", "--idle", "1s", "--verbose"});
  udp_socket client = udp_socket::open(family::ipv4).value();
  expect_ok(client.connect(relay.where()));
  for (int i = 0; i < 5; ++i) expect_ok(client.send("lost").wait());
  (void)relay.status();
  EXPECT_NE(relay.errors().find(": there: 5 messages, 5 dropped, 0 with 0 bytes passed\n"), std::string::npos)
      << relay.errors();
  std::string buffer(100, '\0');
  EXPECT_TRUE(would_block(target.recv(buffer).now()));
}

// ── Streams ──

struct passage {
  std::string bytes;
  std::string errors;
  std::uint64_t corrupted = 0;
};

passage pass_stream(const std::string& content, std::size_t piece, std::vector<std::string> flags) {
  tcp_listener target = tcp_listener::listen(any_port).value();
  flags.insert(flags.end(), {"--once", "--verbose"});
  relay_to relay("tcp://", target, std::move(flags));
  tcp_stream client = tcp_stream::connect(relay.where()).wait().value();
  expect_ok(client.set(option::no_delay(true)));
  tcp_stream server = target.accept().within(soon).wait().value();
  expect_ok(server.shutdown().wait());
  std::thread sender([&] {
    for (std::size_t at = 0; at < content.size(); at += piece)
      expect_ok(client.send(const_buffer(content).after(at).first(piece)).within(soon).wait());
    expect_ok(client.shutdown().wait());
  });
  passage p;
  p.bytes = read_all(server);
  sender.join();
  EXPECT_EQ(relay.status(), 0) << relay.errors();
  p.corrupted = relay.counted("there", "bytes corrupted");
  p.errors = relay.errors();
  return p;
}

TEST_F(FaultRelay, DoesTheSameToTheSameStreamHoweverItIsCut) {
  const std::string content = some_bytes(200'000);
  const std::vector<std::string> flags = {"--fault", "corrupt=40%,drop=1%,duplicate=5%,reorder=5%,seed=42"};
  const passage whole = pass_stream(content, content.size(), flags);
  const passage cut = pass_stream(content, 700, flags);
  EXPECT_TRUE(whole.bytes == cut.bytes);
  ASSERT_EQ(whole.bytes.size(), content.size());
  std::uint64_t differences = 0;
  for (std::size_t i = 0; i < content.size(); ++i) differences += whole.bytes[i] != content[i] ? 1 : 0;
  EXPECT_GT(differences, 20U);
  EXPECT_EQ(whole.corrupted, differences);
  EXPECT_EQ(cut.corrupted, differences);
  EXPECT_NE(whole.errors.find("fault: a stream is repaired by its transport"), std::string::npos);
  const passage other = pass_stream(content, content.size(), {"--fault", "corrupt=40%,seed=43"});
  EXPECT_FALSE(other.bytes == whole.bytes);
}

TEST_F(FaultRelay, TellsASeedThatNobodyChoseAndItRepeatsTheRun) {
  const std::string content = some_bytes(50'000);
  const passage first = pass_stream(content, content.size(), {"--fault", "there:corrupt=50%"});
  const std::size_t at = first.errors.find("fault: seed=");
  ASSERT_NE(at, std::string::npos) << first.errors;
  const std::size_t begin = at + 7;
  const std::string seed = first.errors.substr(begin, first.errors.find('\n', at) - begin);
  const passage again = pass_stream(content, content.size(), {"--fault", "there:corrupt=50%," + seed});
  EXPECT_TRUE(first.bytes == again.bytes);
  EXPECT_EQ(again.errors.find("fault: seed="), std::string::npos);
}

TEST_F(FaultRelay, KeepsToTheRateAndToTheLatency) {
  const std::string content = some_bytes(25'000);
  const auto began = fairlead::clock::now();
  EXPECT_TRUE(pass_stream(content, 5000, {"--fault", "there:rate=2Mbit,latency=50ms"}).bytes == content);
  EXPECT_GE(fairlead::clock::now() - began, 150ms);
}

TEST_F(FaultRelay, ResetsBothPeers) {
  tcp_listener target = tcp_listener::listen(any_port).value();
  relay_to relay("tcp://", target, {"--fault", "reset-after=1s", "--once"});
  tcp_stream client = tcp_stream::connect(relay.where()).wait().value();
  tcp_stream server = target.accept().within(soon).wait().value();
  expect_ok(client.send("hello").wait());
  std::string buffer(100, '\0');
  EXPECT_EQ(server.recv(buffer).within(soon).wait().value_or(0), 5U);
  expect_error(client.recv(buffer).within(soon).wait(), errc::connection_reset);
  expect_error(server.recv(buffer).within(soon).wait(), errc::connection_reset);
  EXPECT_EQ(relay.status(), 1);
  EXPECT_NE(relay.errors().find(": cut off by --fault reset-after=1s"), std::string::npos) << relay.errors();
}

TEST_F(FaultRelay, LeavesAConnectionHalfOpenUntilItIsIdle) {
  tcp_listener target = tcp_listener::listen(any_port).value();
  relay_to relay("tcp://", target,
                 {"--fault", "there:half-open-after=0", "--once", "--idle", "1s", "--verbose"});
  tcp_stream client = tcp_stream::connect(relay.where()).wait().value();
  tcp_stream server = target.accept().within(soon).wait().value();
  expect_ok(client.send("unheard").wait());
  expect_ok(client.shutdown().wait());
  expect_ok(server.send("back").wait());
  std::string buffer(100, '\0');
  EXPECT_EQ(client.recv(buffer).within(soon).wait().value_or(0), 4U);
  EXPECT_EQ(relay.status(), 3) << relay.errors();
  EXPECT_EQ(relay.counted("there", "bytes swallowed"), 7U) << relay.errors();
}

}  // namespace
