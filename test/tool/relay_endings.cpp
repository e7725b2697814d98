// SPDX-License-Identifier: MIT
// How conversations of a relay end that nobody lets end, and what their ends mean to others.
#include <signal.h>
#include <sys/resource.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <fairlead/options.hpp>
#include <fairlead/tcp.hpp>
#include <fairlead/udp.hpp>
#include <fairlead/unix.hpp>

#include "support/backends.hpp"
#include "support/black_hole.hpp"
#include "support/temp_dir.hpp"
#include "tool/running.hpp"
#include "tool/tool.hpp"

namespace {

using namespace fairlead;
using namespace fairlead::testing;
using namespace tool_test;
using namespace std::chrono_literals;

ip_endpoint place_of(const std::string& address) {
  return {ipv4_address::loopback(), port::parse(address.substr(address.rfind(':') + 1)).value()};
}

tcp_stream connected_to(const std::string& address) {
  return tcp_stream::connect(place_of(address)).within(soon).wait().value();
}

// "" at an end
std::string received(auto& from) {
  std::array<char, 100> bytes{};
  const auto n = from.recv(bytes).within(soon).wait();
  return n ? std::string(bytes.data(), *n) : n.error().reason();
}

class RelayEndings : public guarded<> {
 protected:
  [[nodiscard]] std::string socket(const std::string& name) const { return (files_ / name).string(); }
  temp_dir files_;
};

TEST_F(RelayEndings, WhatIsCutOffByAHangupOrASecondSignalDoesNotLookWhole) {
  for (const bool hangup : {true, false}) {
    tcp_listener target = tcp_listener::listen({ipv4_address::loopback(), port(0)}).value();
    relaying r("tcp://127.0.0.1:0", "tcp://" + target.local_endpoint()->to_string(), {"--verbose"});
    tcp_stream client = connected_to(r.address());
    tcp_stream server = target.accept().within(soon).wait().value();
    ASSERT_TRUE(client.send("question").wait() && server.send("part of the answer").wait());
    EXPECT_EQ(received(server), "question");
    EXPECT_EQ(received(client), "part of the answer");
    r.signal(hangup ? SIGHUP : SIGTERM);
    if (!hangup) {
      EXPECT_TRUE(r.complains("SIGTERM: finishing"));
      r.signal(SIGTERM);
    }
    EXPECT_EQ(received(client), "connection reset by peer");
    EXPECT_EQ(received(server), "connection reset by peer");
    EXPECT_EQ(r.status(), 128 + (hangup ? SIGHUP : SIGTERM));
  }
}

TEST_F(RelayEndings, AnEchoThatIsCutOffDoesNotLookWhole) {
  for (const std::vector<std::string>& how :
       {std::vector<std::string>{"--echo"}, {"--echo", "--idle", "1h"}}) {
    listener l("tcp://127.0.0.1:0", how);
    tcp_stream client = connected_to(l.address());
    ASSERT_TRUE(client.send("hello").wait());
    EXPECT_EQ(received(client), "hello");
    l.signal(SIGHUP);
    EXPECT_EQ(received(client), "connection reset by peer");
    EXPECT_EQ(l.status(), 128 + SIGHUP);
  }
}

TEST_F(RelayEndings, ACommandIsOverThoughWhatItHasStartedKeepsItsOutput) {
  listener l("tcp://127.0.0.1:0", {"--exec", "sleep 1000 2>/dev/null & echo $!", "--verbose", "--once"});
  tcp_stream client = connected_to(l.address());
  std::string said;
  while (!said.ends_with('\n')) said += received(client);
  EXPECT_EQ(received(client), "") << "an end";
  client.close().value();
  EXPECT_EQ(l.status(), 0) << l.errors();
  EXPECT_TRUE(l.errors().contains("has ended, and what it has started says no more")) << l.errors();
  ::kill(static_cast<pid_t>(std::stol(said)), SIGKILL);
}

TEST_F(RelayEndings, ASlowClientGetsAllThatACommandHasSaidBeforeItEnded) {
  // More than the buffers in between hold: it waits in the pipe while the command is long gone.
  listener l("unix:" + socket("s"),
             {"--exec", "sleep 1000 2>/dev/null & echo $!; exec head -c 1000000 /dev/zero", "--once"});
  unix_stream client = unix_stream::connect(unix_address::path(socket("s")).value()).wait().value();
  std::string said;
  while (!said.contains('\n')) said += received(client);
  std::size_t zeros = said.size() - said.find('\n') - 1;
  std::array<char, 65536> bytes{};
  for (;;) {
    const auto n = client.recv(bytes).within(soon).wait();
    ASSERT_TRUE(n) << n.error().message();
    if (*n == 0) break;
    zeros += *n;
  }
  EXPECT_EQ(zeros, 1'000'000U);
  client.close().value();
  EXPECT_EQ(l.status(), 0) << l.errors();
  ::kill(static_cast<pid_t>(std::stol(said)), SIGKILL);
}

TEST_F(RelayEndings, AClientWhoseCommandCannotBeStartedIsCutOff) {
  start_options few;
  few.in_the_child = [] {
    const rlimit most{40, 40};
    ::setrlimit(RLIMIT_NOFILE, &most);
  };
  listener l("tcp://127.0.0.1:0", {"--exec", "cat"}, few);
  ASSERT_NE(l.address(), "") << l.errors();
  std::vector<tcp_stream> clients;
  std::string said = "x";
  while (said == "x" && clients.size() < 40) {
    result<tcp_stream> client = tcp_stream::connect(place_of(l.address())).within(soon).wait();
    if (!client) {  // the reset was faster
      said = client.error().reason();
      break;
    }
    clients.push_back(std::move(*client));
    (void)clients.back().send("x").wait();
    said = received(clients.back());
  }
  EXPECT_EQ(said, "connection reset by peer") << l.errors();
}

TEST_F(RelayEndings, WhoLeavesWhileHeIsBeingConnectedKeepsNoPlace) {
  const black_hole nowhere({ipv4_address::loopback(), port(0)});
  relaying r("tcp://127.0.0.1:0", "tcp://" + nowhere.where().to_string(), {"--verbose"});
  tcp_stream client = connected_to(r.address());
  ASSERT_TRUE(client.send("hello").wait());
  ASSERT_TRUE(r.complains("accepted"));
  ASSERT_TRUE(client.set(option::linger::reset()));
  client.close().value();
  EXPECT_TRUE(r.complains(": done")) << r.errors();
  r.signal(SIGTERM);
  EXPECT_EQ(r.status(), 128 + SIGTERM);
}

TEST_F(RelayEndings, AServerLeavesTheSocketFileOfItsSuccessor) {
  for (const std::string scheme : {"unix:", "unix-seqpacket:", "unix-dgram:"}) {
    const std::string address = scheme + socket(scheme.substr(0, scheme.size() - 1));
    listener first(address, {"--echo"});
    std::filesystem::remove(address.substr(scheme.size()));
    listener second(address, {"--echo"});
    first.signal(SIGINT);
    EXPECT_EQ(first.status(), 128 + SIGINT);
    running client(fairlead_command({"connect", address}));
    EXPECT_TRUE(client.write("hello") && client.says("hello")) << scheme << client.errors();
    second.signal(SIGHUP);
    EXPECT_EQ(second.status(), 128 + SIGHUP);
    EXPECT_FALSE(std::filesystem::exists(address.substr(scheme.size()))) << "its own it takes away";
  }
}

TEST_F(RelayEndings, APairThatFailsLeavesTheOthersAlone) {
  const refusing_port nobody(ipv4_address::loopback());
  listener echo("tcp://127.0.0.1:0", {"--echo"});
  const std::string lasting = "unix:" + socket("lasting");
  running r(fairlead_command({"relay", "--once", "unix:" + socket("failing"),
                              "tcp://" + nobody.where().to_string(), lasting, echo.address()}));
  ASSERT_TRUE(r.complains("listening " + lasting + "\n"));
  running client(fairlead_command({"connect", lasting}));
  EXPECT_TRUE(client.write("before") && client.says("before"));
  (void)fairlead_tool({"connect", "unix:" + socket("failing")});
  EXPECT_TRUE(r.complains(nobody.where().to_string() + ": connection refused")) << r.errors();
  EXPECT_TRUE(client.write(", and after") && client.says(", and after"));
  client.close_input();
  EXPECT_EQ(client.status(), 0) << client.errors();
  EXPECT_EQ(r.status(), 1);
}

TEST_F(RelayEndings, WhoCannotBeAnsweredIsHeardOn) {
  udp_socket target = udp_socket::bind({ipv4_address::loopback(), port(0)}).value();
  const std::string front = socket("front");
  relaying r("unix-dgram:" + front, "udp://" + target.local_endpoint()->to_string());
  unix_datagram_socket nameless = unix_datagram_socket::open().value();
  ASSERT_TRUE(nameless.connect(unix_address::path(front).value()));
  std::array<char, 100> bytes{};
  ASSERT_TRUE(nameless.send("first").wait());
  const datagram first = target.recv_from(bytes).within(soon).wait().value();
  ASSERT_TRUE(target.send_to("an answer", first.from).wait());
  ASSERT_TRUE(r.complains("the peer has no name that could be answered; it is dropped")) << r.errors();
  for (const char* const next : {"second", "third"}) {
    ASSERT_TRUE(nameless.send(std::string_view(next)).wait());
    const datagram d = target.recv_from(bytes).within(soon).wait().value();
    EXPECT_EQ(std::string_view(bytes.data(), d.size), next);
    EXPECT_EQ(d.from, first.from) << "it is the same conversation";
  }
}

TEST_F(RelayEndings, ADatagramThatIsTooLargeTakesNoOthersWithIt) {
  udp_socket target = udp_socket::bind({ipv4_address::loopback(), port(0)}).value();
  const std::string front = socket("front");
  relaying r("unix-dgram:" + front, "udp://" + target.local_endpoint()->to_string());
  unix_datagram_socket client = unix_datagram_socket::open().value();
  ASSERT_TRUE(client.connect(unix_address::path(front).value()));
  for (const std::string& one : {std::string("first"), std::string(70'000, 'x'), std::string("last")}) {
    ASSERT_TRUE(client.send(one).wait());
  }
  std::array<char, 100> bytes{};
  const datagram first = target.recv_from(bytes).within(soon).wait().value();
  const datagram last = target.recv_from(bytes).within(soon).wait().value();
  EXPECT_EQ(std::string_view(bytes.data(), last.size), "last");
  EXPECT_EQ(last.from, first.from) << "it is the same conversation";
  EXPECT_TRUE(r.complains("message too long; it is dropped")) << r.errors();
}

TEST_F(RelayEndings, PeersOfDatagramsCannotWaitUntilAFileIsTheirs) {
  const child_outcome o = fairlead_tool({"relay", "udp://127.0.0.1:0", "file:" + socket("f")});
  EXPECT_EQ(o.status, 2);
  EXPECT_EQ(o.errors, "fairlead: file:" + socket("f") +
                          ": is written anew by each peer, and those of datagrams "
                          "cannot wait for each other; add ?append=1, or --once for the first peer only\n");
}

TEST_F(RelayEndings, OneInterruptEndsAPeerWhoseEndIsLostOnTheWay) {
  udp_socket target = udp_socket::bind({ipv4_address::loopback(), port(0)}).value();
  relaying r("udp://127.0.0.1:0", "udp://" + target.local_endpoint()->to_string(),
             {"--fault", "half-open-after=1ms", "--verbose"});
  udp_socket client = udp_socket::open(family::ipv4).value();
  ASSERT_TRUE(client.connect(place_of(r.address())));
  ASSERT_TRUE(client.send("x").wait());
  ASSERT_TRUE(r.complains("joined"));
  r.signal(SIGINT);
  EXPECT_EQ(r.status(), 128 + SIGINT);
}

TEST_F(RelayEndings, ClientsOfLargeMessagesWhoSayNothingTakeLittleMemory) {
  if (sanitized) GTEST_SKIP() << "its memory is its own";
  unix_seqpacket_listener target =
      unix_seqpacket_listener::listen(unix_address::path(socket("target")).value()).value();
  relaying r("unix-seqpacket:" + socket("front"), "unix-seqpacket:" + socket("target"));
  const auto resident = [&r] {
    std::size_t pages = 0;
    std::ifstream statm("/proc/" + std::to_string(r.id()) + "/statm");
    statm >> pages >> pages;
    return pages * 4096;
  };
  std::vector<unix_seqpacket_socket> ends;
  const std::size_t before = resident();
  for (int i = 0; i < 50; ++i) {
    ends.push_back(
        unix_seqpacket_socket::connect(unix_address::path(socket("front")).value()).wait().value());
    ends.push_back(target.accept().within(soon).wait().value());
    ASSERT_TRUE(ends.back().send("hello").wait());
    EXPECT_EQ(received(ends[ends.size() - 2]), "hello");
  }
  EXPECT_LT(resident() - before, 10U << 20U) << "their messages could have a mebibyte each";
}

}  // namespace
