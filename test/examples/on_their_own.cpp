// SPDX-License-Identifier: MIT
// The examples that run by themselves: what a reader is told they print is what they print.
#include <gtest/gtest.h>

#include "examples/programs.hpp"
#include "support/guard.hpp"
#include "support/name_server.hpp"

namespace fairlead::testing {
namespace {

struct AddressTour : guarded<> {};
struct AddressFamilies : guarded<> {};
struct DescriptorPassing : guarded<> {};
struct HostNames : guarded<> {};
struct LoopbackConversation : guarded<> {};
struct PerCore : guarded<> {};
struct SecureEcho : guarded<> {};
struct StreamVersusDatagram : guarded<> {};
struct ThreeWays : guarded<> {};
struct TimeoutsAndCancellation : guarded<> {};
struct UdpEcho : guarded<> {};
struct UnixSockets : guarded<> {};

TEST_F(AddressTour, PrintsAddressesCanonicallyAndPointsAtWhatIsWrong) {
  expect_success(run_example("address_tour"),
                 {"127.0.0.1               127.0.0.1           ipv4, loopback\n",
                  "2001:DB8:0:0:0:0:0:1    2001:db8::1         ipv6\n",
                  "::ffff:192.0.2.1        ::ffff:192.0.2.1    ipv6, stands for 192.0.2.1\n",
                  "endpoint 0.0.0.0:0\nendpoint 192.0.2.7:8080\nendpoint [::1]:8080\n",
                  "127.0.0.1:70000: port must be 0 to 65535\n"
                  "127.0.0.1:70000\n"
                  "          ^^^^^\n"});
}

TEST_F(AddressTour, TellsAboutTheAddressesThatItIsGiven) {
  expect_success(run_example("address_tour", {"10.0.0.1", "fe80::1"}),
                 {"ipv4, private\n", "ipv6, link-local\n"});
}

TEST_F(AddressTour, RefusesABadAddress) {
  expect_usage_error(run_example("address_tour", {"1.2.3"}), "1.2.3: only three numbers");
}

TEST_F(AddressFamilies, ShowsWhoReachesWhom) {
  const child_outcome outcome = run_example("address_families");
  expect_success(outcome, {"listening on 127.0.0.1\n  a client through 127.0.0.1 is 127.0.0.1\n",
                           "a client through ::1 is not served: connection refused\n", "listening on ::1\n",
                           "listening on ::, dual stack\n", "listening on ::, IPv6 only\n"});
  // A machine without IPv6 says so instead.
  if (outcome.output.find("listening on ::1\n  listen ") == std::string::npos &&
      outcome.output.find("listening on ::1\n  bind ") == std::string::npos &&
      outcome.output.find("listening on ::1\n  open ") == std::string::npos) {
    expect_success(outcome,
                   {"::ffff:127.0.0.1, which stands for 127.0.0.1\n", "listening on ::, IPv6 only\n",
                    "through 127.0.0.1 is not served: connection refused\n", "through ::1 is ::1\n"});
  }
}

TEST_F(DescriptorPassing, LetsTheWorkerServeTheDispatchersClient) {
  expect_success(run_example("descriptor_passing"),
                 {"worker: a client with 1 descriptor\n", "client: greetings from the worker\n"});
}

TEST_F(HostNames, FindsThisMachineAndTriesEachOfItsAddresses) {
  expect_success(run_example("host_names"),
                 {"localhost is ::1 127.0.0.1\n", "printer.localhost is 127.0.0.1\n",
                  "2001:db8:0::1 is 2001:db8::1\n", "localhost answers at 127.0.0.1\n",
                  "connect tcp://localhost:", "127.0.0.1:", ": connection refused after "});
}

TEST_F(HostNames, LooksUpTheNamesThatItIsGiven) {
  expect_success(run_example("host_names", {"192.0.2.7", "localhost"}),
                 {"192.0.2.7 is 192.0.2.7\n", "localhost is ::1 127.0.0.1\n"});
}

TEST_F(HostNames, AsksTheNameServerThatItIsGiven) {
  const dnsmasq server({"--host-record=www.test,192.0.2.1"});
  const std::string where = server.where().to_string();
  expect_success(run_example("host_names", {"@" + where, "www.test", "192.0.2.7"}),
                 {"www.test is 192.0.2.1, says " + where + "\n", "192.0.2.7 is 192.0.2.7\n"});
  const child_outcome outcome = run_example("host_names", {"@" + where, "nosuch.test."});
  EXPECT_EQ(outcome.errors, "resolve nosuch.test.: no such name (asked " + where + ")\n");
}

TEST_F(HostNames, SaysWhichNameHasNoAddress) {
  const child_outcome outcome = run_example("host_names", {"no such name"});
  EXPECT_EQ(outcome.status, 1);
  EXPECT_EQ(outcome.output, "");
  EXPECT_TRUE(outcome.errors.starts_with("resolve no such name: ")) << outcome.errors;
}

TEST_F(LoopbackConversation, IsAnsweredWordByWordAndEndsWithGoodbye) {
  expect_success(
      run_example("loopback_conversation"),
      {"client: hello\nserver: I heard \"hello\", that makes 1\n", "that makes 3\n", "server: goodbye\n"});
}

TEST_F(PerCore, ServesEveryClientOnSomeCore) {
  const child_outcome outcome = run_example("per_core");
  expect_success(outcome, {"core ", " served "});
  EXPECT_EQ(outcome.output.find("nobody"), std::string::npos) << outcome.output;
}

TEST_F(SecureEcho, IsTrustedByWhoPinsItAndSentNothingByOthers) {
  expect_success(run_example("secure_echo"),
                 {"nobody else can read this\n", "connect tls://localhost", "signed"});
}

TEST_F(StreamVersusDatagram, KeepsTheBoundariesOfDatagramsOnly) {
  expect_success(run_example("stream_versus_datagram"),
                 {"tcp, four bytes at a time:  [onet] [woth] [ree]\n",
                  "udp, four bytes at a time:  [one] [two] [message too long]\n",
                  "unix datagrams, four bytes at a time:  [one] [two] [message too long]\n",
                  "unix records, four bytes at a time:  [one] [two] [message too long]\n"});
}

TEST_F(ThreeWays, GetsTheSameAnswerEachTime) {
  expect_success(run_example("three_ways"), {"blocking:     hello\n", "non-blocking: hello\n",
                                             "coroutine:    hello\n", "both:         hello\n"});
}

TEST_F(TimeoutsAndCancellation, EndsEveryWaitEarlyAndLosesNothing) {
  expect_success(
      run_example("timeouts_and_cancellation"),
      {"nobody speaks: recv unix:(unnamed): timed out\n", "two words: recv unix:(unnamed): timed out\n",
       "until somebody asks to stop: recv unix:(unnamed): canceled\n",
       "a task: recv unix:(unnamed): canceled\n", "nothing was lost: 5 bytes\n"});
}

TEST_F(UnixSockets, ShowsAllThreeKinds) {
  expect_success(run_example("unix_sockets"), {"stream: process ", " has connected\n", "datagram: pong\n",
                                               "record: the first\nrecord: another one\n"});
}

}  // namespace
}  // namespace fairlead::testing
