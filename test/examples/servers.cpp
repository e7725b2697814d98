// SPDX-License-Identifier: MIT
// The examples that are servers and clients: paired with each other, with clients of the test's own, and
// ended as a person would end them.
#include <signal.h>

#include <array>
#include <string>

#include <gtest/gtest.h>

#include <fairlead/fairlead.hpp>

#include "examples/programs.hpp"
#include "support/guard.hpp"

namespace fairlead::testing {
namespace {

struct TcpEchoServer : guarded<> {};
struct TcpEchoClient : guarded<> {};
struct UdpEcho : guarded<> {};

ip_endpoint parsed(const std::string& address) { return ip_endpoint::parse(address).value(); }

TEST_F(TcpEchoServer, AnswersTheExampleClientAndLeavesWhenItIsInterrupted) {
  running_example server("tcp_echo_server");
  const std::string address = server.address();
  expect_success(run_example("tcp_echo_client", {address}), {"hello\n"});
  expect_success(run_example("tcp_echo_client", {address, "two words"}), {"two words\n"});
  EXPECT_EQ(server.end_with(SIGINT), 0);
}

TEST_F(TcpEchoServer, IsFoundByName) {
  running_example server("tcp_echo_server");
  const std::string port = parsed(server.address()).port().to_string();
  expect_success(run_example("tcp_echo_client", {"tcp://localhost:" + port, ""}), {"\n"});
  EXPECT_EQ(server.end_with(SIGINT), 0);
}

TEST_F(TcpEchoServer, ServesManyClientsAtOnceAndLeavesAlthoughTheyStay) {
  running_example server("tcp_echo_server", {"127.0.0.1:0"});
  const ip_endpoint where = parsed(server.address());
  std::vector<tcp_stream> clients;
  for (int i = 0; i < 20; ++i) clients.push_back(tcp_stream::connect(where).within(soon).wait().value());
  for (std::size_t i = clients.size(); i-- > 0;) {
    const std::string word = "client " + std::to_string(100 + i);
    ASSERT_TRUE(clients[i].send(word).within(soon).wait());
    std::array<char, 10> answer{};
    ASSERT_TRUE(clients[i].recv_exactly(answer).within(soon).wait());
    EXPECT_EQ(std::string_view(answer.data(), answer.size()), word);
  }
  EXPECT_EQ(server.end_with(SIGTERM), 0);
  std::array<char, 1> nothing{};
  EXPECT_EQ(clients.front().recv(nothing).within(soon).wait().value_or(1), 0U);
}

TEST_F(TcpEchoServer, OutlivesAClientThatResets) {
  running_example server("tcp_echo_server");
  const ip_endpoint where = parsed(server.address());
  {
    tcp_stream rude = tcp_stream::connect(where).within(soon).wait().value();
    ASSERT_TRUE(rude.send("hello").wait());
    ASSERT_TRUE(rude.readable().within(soon).wait());
  }  // closing with unread bytes resets the connection
  expect_success(run_example("tcp_echo_client", {where.to_string()}), {"hello\n"});
  EXPECT_EQ(server.end_with(SIGINT), 0);
}

TEST_F(TcpEchoServer, RefusesABadAddress) {
  expect_usage_error(run_example("tcp_echo_server", {"127.0.0.1:70000"}),
                     "127.0.0.1:70000: port must be 0 to 65535\n");
}

TEST_F(TcpEchoServer, SaysWhichAddressIsTaken) {
  running_example first("tcp_echo_server");
  const std::string address = first.address();
  const child_outcome second = run_example("tcp_echo_server", {address});
  EXPECT_EQ(second.status, 1);
  EXPECT_EQ(second.output, "");
  EXPECT_EQ(second.errors, "bind tcp://" + address + ": address already in use\n");
}

TEST_F(TcpEchoClient, SaysWhoRefused) {
  running_example server("tcp_echo_server");
  const std::string address = server.address();
  EXPECT_EQ(server.end_with(SIGTERM), 0);
  const child_outcome outcome = run_example("tcp_echo_client", {address});
  EXPECT_EQ(outcome.status, 1);
  EXPECT_EQ(outcome.output, "");
  EXPECT_EQ(outcome.errors, "connect tcp://" + address + ": connection refused\n");
}

TEST_F(TcpEchoClient, RefusesABadAddressAndNone) {
  expect_usage_error(run_example("tcp_echo_client", {"127.0.0.1"}), "127.0.0.1");
  expect_usage_error(run_example("tcp_echo_client"), "usage: tcp_echo_client ADDRESS");
}

TEST_F(UdpEcho, AnswersItself) {
  expect_success(run_example("udp_echo"),
                 {"listening udp://127.0.0.1:", "sent 5 bytes, 5 came back\n", "sent 0 bytes, 0 came back\n",
                  "sent 9000 bytes, 9000 came back\n"});
}

TEST_F(UdpEcho, ServesOthersAtAnAddressUntilItIsInterrupted) {
  running_example server("udp_echo", {"127.0.0.1:0"});
  const ip_endpoint where = parsed(server.address());
  udp_socket client = udp_socket::bind({ipv4_address::loopback(), 0}).value();
  for (const std::string word : {"one", "", "three"}) {
    ASSERT_TRUE(client.send_to(word, where).wait());
    std::array<char, 16> answer{};
    const result<datagram> came = client.recv_from(answer).within(soon).wait();
    ASSERT_TRUE(came) << came.error().message();
    EXPECT_EQ(std::string_view(answer.data(), came->size), word);
    EXPECT_EQ(came->from, endpoint(where));
  }
  EXPECT_EQ(server.end_with(SIGINT), 0);
}

TEST_F(UdpEcho, RefusesABadAddress) { expect_usage_error(run_example("udp_echo", {"[::1]"}), "[::1]"); }

}  // namespace
}  // namespace fairlead::testing
