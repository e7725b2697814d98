// SPDX-License-Identifier: MIT
// The exit status, which scripts rely on, and what ends a conversation otherwise than well.
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include <fairlead/options.hpp>
#include <fairlead/tcp.hpp>
#include <fairlead/unix.hpp>

#include "support/black_hole.hpp"
#include "support/bytes.hpp"
#include "support/temp_dir.hpp"
#include "tool/running.hpp"
#include "tool/tool.hpp"

namespace {

using namespace fairlead;
using namespace fairlead::testing;
using namespace tool_test;

class Status : public guarded<> {};

// A server of our own, for what a well-behaved one never does.
struct server {
  tcp_listener listener = *tcp_listener::listen({ipv4_address::loopback(), port(0)});
  std::string address = "tcp://" + listener.local_endpoint()->to_string();
  tcp_stream accept() { return *listener.accept().within(soon).wait(); }
};

TEST_F(Status, Is1WhenNobodyListens) {
  const refusing_port nobody(ipv4_address::loopback());
  const std::string address = "tcp://" + nobody.where().to_string();
  const child_outcome o = fairlead_tool({"connect", address});
  EXPECT_EQ(o.status, 1);
  EXPECT_EQ(o.errors, "fairlead: connect " + address + ": connection refused\n");
}

// The end of its input is long past, and nothing but the interrupt ends our side.
TEST_F(Status, OfAnInterruptedConnectionThatKeepsItsSideOpenIsThatOfItsPeersEnd) {
  server s;
  running client(fairlead_command({"connect", s.address, "--no-shutdown", "--verbose"}));
  client.close_input();
  tcp_stream peer = s.accept();
  ASSERT_TRUE(client.complains("end of input"));
  client.signal(SIGINT);
  char byte[1];
  EXPECT_EQ(peer.recv(byte).within(soon).wait(), 0U) << "our side was not finished";
  ASSERT_TRUE(peer.send("and the rest").wait());
  ASSERT_TRUE(peer.shutdown().now());
  EXPECT_TRUE(client.says("and the rest"));
  EXPECT_EQ(client.status(), 128 + SIGINT);
}

TEST_F(Status, Is1WhenThePeerResets) {
  server s;
  running client(fairlead_command({"connect", s.address}));
  tcp_stream peer = s.accept();
  EXPECT_TRUE(client.write("x"));
  char byte[1];
  ASSERT_TRUE(peer.recv(byte).within(soon).wait());
  ASSERT_TRUE(peer.set(option::linger::reset()));
  ASSERT_TRUE(peer.close());
  EXPECT_EQ(client.status(), 1);
  EXPECT_EQ(client.errors(), "fairlead: recv " + s.address + ": connection reset by peer\n");
}

TEST_F(Status, Is1WhenWhatWasSentCannotArriveAndWhatCameIsStillPrinted) {
  server s;
  running client(fairlead_command({"connect", s.address}));
  tcp_stream peer = s.accept();
  ASSERT_TRUE(peer.send("last words").wait());
  ASSERT_TRUE(peer.close());
  EXPECT_TRUE(client.says("last words"));
  // The first write meets a closed socket, and one after it the answer to that. Each must be read on its own.
  while (!client.has_ended() && client.write("nobody reads this")) std::this_thread::yield();
  EXPECT_EQ(client.status(), 1);
  EXPECT_EQ(client.errors().substr(0, 15), "fairlead: send ");
  EXPECT_EQ(client.output(), "last words");
}

TEST_F(Status, Is2ForWhatCannotBeAddressed) {
  const child_outcome o = fairlead_tool({"connect", "tcp://localhost:70000"});
  EXPECT_EQ(o.status, 2);
  EXPECT_EQ(o.errors, "fairlead: tcp://localhost:70000: port must be 0 to 65535\n");
  for (const char* const command : {"connect", "listen", "probe", "receive"})
    EXPECT_EQ(fairlead_tool({command, "localhost:no-such-service"}).status, 2) << command;
  EXPECT_EQ(fairlead_tool({"relay", "localhost:0", "localhost:no-such-service"}).status, 2);
}

TEST_F(Status, Is3WhenConnectingTakesTooLong) {
  // A Unix listener whose backlog is full lets others wait.
  const temp_dir dir;
  auto full = unix_listener::listen(dir.socket("s"));
  ASSERT_TRUE(full);
  ASSERT_EQ(::listen(full->native_handle(), 0), 0);
  std::vector<unix_stream> waiting;
  for (;;) {
    auto one = unix_stream::connect(dir.socket("s")).now();
    if (!one) break;
    waiting.push_back(std::move(*one));
  }
  const std::string address = "unix:" + (dir / "s").string();
  const child_outcome o = fairlead_tool({"connect", "--timeout", "200ms", address});
  EXPECT_EQ(o.status, 3);
  EXPECT_EQ(o.errors, "fairlead: connect " + address + ": timed out\n");
}

TEST_F(Status, Is3AfterASilenceThatWasTooLong) {
  server s;
  running client(fairlead_command({"connect", s.address, "--idle", "200ms"}));
  const tcp_stream peer = s.accept();
  EXPECT_EQ(client.status(), 3);
  EXPECT_EQ(client.errors(), "fairlead: " + s.address + ": silent for 0.2 s\n");
}

TEST_F(Status, OfSilenceCountsBothDirections) {
  // Bytes go one way only, but they go all the time: longer than the limit in sum, never at once.
  server s;
  running client(fairlead_command({"connect", s.address, "--idle", "1s"}));
  tcp_stream peer = s.accept();
  for (int i = 0; i < 8; ++i) {
    ASSERT_TRUE(peer.send(".").wait());
    EXPECT_TRUE(client.gives(static_cast<std::size_t>(i) + 1));
    (void)peer.recv(std::span<char>()).within(std::chrono::milliseconds(200)).wait();
  }
  client.close_input();
  ASSERT_TRUE(peer.close());
  EXPECT_EQ(client.status(), 0) << client.errors();
}

TEST_F(Status, Is141WhenNobodyReadsOurOutputAnyMore) {
  // As if SIGPIPE had ended it, and as quietly.
  server s;
  running client(fairlead_command({"connect", s.address}));
  tcp_stream peer = s.accept();
  client.close_output();
  ASSERT_TRUE(peer.send("for nobody").wait());
  EXPECT_EQ(client.status(), 128 + SIGPIPE);
  EXPECT_EQ(client.errors(), "");
}

TEST_F(Status, Is1WhenOutputCannotBeWritten) {
  server s;
  start_options to_full;
  to_full.in_the_child = [] { ::dup2(::open("/dev/full", O_WRONLY), 1); };
  running client(fairlead_command({"connect", s.address}), to_full);
  tcp_stream peer = s.accept();
  ASSERT_TRUE(peer.send("too much").wait());
  EXPECT_EQ(client.status(), 1);
  EXPECT_EQ(client.errors(), "fairlead: write standard output: no space left on device\n");
}

// As pipelines end, even where the signal that ends them is ignored: without a word.
TEST_F(Status, Is141WhenNobodyReadsWhatIsShownWhateverSigpipeDoes) {
  start_options unread;
  unread.in_the_child = [] {
    int ends[2];
    if (::pipe(ends) != 0) return;
    ::dup2(ends[1], 1);
    ::close(ends[0]);
    ::close(ends[1]);
    ::signal(SIGPIPE, SIG_IGN);
  };
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"--version"}, {"resolve", "--quiet", "localhost"}, {"completion", "fish"}}) {
    running shown(fairlead_command(words), unread);
    EXPECT_EQ(shown.status(), 128 + SIGPIPE) << words.front();
    EXPECT_EQ(shown.errors(), "") << words.front();
  }
}

// One signal asks it to finish: the peer sees the end of the stream and can still answer.
TEST_F(Status, Is130AfterAnInterruptWhichEndsTheConversationInOrder) {
  server s;
  running client(fairlead_command({"connect", s.address}));
  tcp_stream peer = s.accept();
  EXPECT_TRUE(client.write("hello"));
  char buffer[16];
  ASSERT_TRUE(peer.recv_exactly(mutable_buffer(buffer, 5)).within(soon).wait());
  client.signal(SIGINT);
  EXPECT_EQ(peer.recv(buffer).within(soon).wait().value(), 0U);
  ASSERT_TRUE(peer.send("farewell").wait());
  ASSERT_TRUE(peer.close());
  EXPECT_EQ(client.status(), 128 + SIGINT);
  EXPECT_EQ(client.output(), "farewell");
}

TEST_F(Status, Is143AfterTwoSignalsEvenIfThePeerNeverFinishes) {
  server s;
  running client(fairlead_command({"connect", "--verbose", s.address}));
  tcp_stream peer = s.accept();
  EXPECT_TRUE(client.write("x"));
  char byte[1];
  ASSERT_TRUE(peer.recv(byte).within(soon).wait());
  client.signal(SIGTERM);
  EXPECT_TRUE(client.complains("SIGTERM: finishing; once more to leave at once"));
  client.signal(SIGTERM);
  EXPECT_EQ(client.status(), 128 + SIGTERM);
}

TEST_F(Status, Is130ForAListenerThatNobodyCalled) {
  listener l("tcp://127.0.0.1:0");
  l.signal(SIGINT);
  EXPECT_EQ(l.status(), 128 + SIGINT);
  EXPECT_EQ(l.errors(), "listening " + l.address() + "\n");
}

TEST_F(Status, Is130AfterTheClientsOfAnInterruptedListenerHaveFinished) {
  listener l("tcp://127.0.0.1:0", {"--echo"});
  running client(fairlead_command({"connect", l.address()}));
  EXPECT_TRUE(client.write("one") && client.says("one"));
  l.signal(SIGINT);
  // Nobody new is let in, but who is here is served to the end.
  for (;;) {
    const child_outcome late = fairlead_tool({"connect", l.address()}, {.input = "x", .environment = {}});
    if (late.status == 1) break;
    ASSERT_EQ(late.status, 0);  // it came before the signal did
  }
  EXPECT_TRUE(client.write("two") && client.says("two"));
  client.close_input();
  EXPECT_EQ(client.status(), 0) << client.errors();
  EXPECT_EQ(l.status(), 128 + SIGINT);
}

TEST_F(Status, Is1WhenTheAddressIsTaken) {
  const server s;
  const child_outcome o = fairlead_tool({"listen", s.address});
  EXPECT_EQ(o.status, 1);
  EXPECT_EQ(o.errors, "fairlead: bind " + s.address +
                          ": address already in use; give another port, or 0 for any that is free\n");
  const child_outcome nowhere = fairlead_tool({"listen", "tcp://192.0.2.1:0"});
  EXPECT_EQ(nowhere.errors,
            "fairlead: bind tcp://192.0.2.1:0: cannot assign requested address; no interface of this machine "
            "has it\n");
}

// Standard input may be anything, or nothing.
TEST_F(Status, Is0WithAFileAsInput) {
  const temp_dir dir;
  const std::string content = random_bytes(200'000, 4);
  const std::string file = dir.write("content", content);
  listener echo("tcp://127.0.0.1:0", {"--echo"});
  start_options from_file;
  from_file.in_the_child = [&file] { ::dup2(::open(file.c_str(), O_RDONLY), 0); };
  running client(fairlead_command({"connect", echo.address()}), from_file);
  EXPECT_EQ(client.status(), 0) << client.errors();
  EXPECT_TRUE(client.output() == content);
}

TEST_F(Status, Is0WithoutAnyInput) {
  listener echo("tcp://127.0.0.1:0", {"--echo"});
  start_options closed;
  closed.in_the_child = [] { ::close(0); };
  running client(fairlead_command({"connect", echo.address()}), closed);
  EXPECT_EQ(client.status(), 0) << client.errors();
  EXPECT_EQ(client.output(), "");
}

TEST_F(Status, Is1WithoutAnyOutput) {
  start_options closed;
  closed.in_the_child = [] { ::close(1); };
  running client(fairlead_command({"connect", "tcp://127.0.0.1:1"}), closed);
  EXPECT_EQ(client.status(), 1);
  EXPECT_EQ(client.errors(), "fairlead: open standard output: it is not open for writing\n");
}

TEST_F(Status, OfALostStandardErrorDoesNotReachThePeer) {
  // Were number 2 free, the connection would take it, and our complaints would go to the peer.
  server s;
  start_options closed;
  closed.in_the_child = [] { ::close(2); };
  running client(fairlead_command({"connect", "--verbose", "--idle", "200ms", s.address}), closed);
  tcp_stream peer = s.accept();
  char buffer[64];
  const auto n = peer.recv(buffer).within(soon).wait();
  EXPECT_TRUE(!n || *n == 0) << std::string(buffer, *n);
  EXPECT_EQ(client.status(), 3);
}

TEST_F(Status, SaysOnceThatDescriptorsHaveRunOutAndServesAgainWhenThereAreSome) {
  start_options few;
  few.in_the_child = [] {
    const rlimit limit{14, 14};
    ::setrlimit(RLIMIT_NOFILE, &limit);
  };
  listener echo("tcp://127.0.0.1:0", {"--echo"}, few);
  ASSERT_NE(echo.address(), "") << echo.errors();
  std::vector<std::unique_ptr<running>> clients;
  for (int i = 0; i < 12; ++i) {
    clients.push_back(std::make_unique<running>(fairlead_command({"connect", "--verbose", echo.address()})));
    EXPECT_TRUE(clients.back()->complains("connected to"));  // so that they come in this order
    EXPECT_TRUE(clients.back()->write("hello"));
  }
  EXPECT_TRUE(echo.complains("too many open files"));
  // The last ones are waiting. When the first ones go, they get their turn.
  for (const auto& c : clients) {
    EXPECT_TRUE(c->says("hello"));
    c->close_input();
    EXPECT_EQ(c->status(), 0) << c->errors();
  }
  echo.signal(SIGINT);
  EXPECT_EQ(echo.status(), 128 + SIGINT);
  const std::string& said = echo.errors();
  EXPECT_EQ(lines_of(said)[1],
            "fairlead: accept " + echo.address() + ": too many open files; clients wait until there is room");
  EXPECT_LE(lines_of(said).size(), 13U) << "not once for every attempt: " << said;
}

TEST_F(Status, Is1ForARecordThatIsTooLarge) {
  // Larger than all that the tool has room for: an error, and nothing of it is printed.
  const temp_dir dir;
  listener here("unix-seqpacket:" + (dir / "s").string());
  ASSERT_NE(here.address(), "") << here.errors();
  auto peer = unix_seqpacket_socket::connect(dir.socket("s")).within(soon).wait();
  ASSERT_TRUE(peer);
  const int wanted = 8 << 20;
  if (::setsockopt(peer->native_handle(), SOL_SOCKET, SO_SNDBUFFORCE, &wanted, sizeof wanted) != 0) {
    GTEST_SKIP() << "a buffer for such a record takes CAP_NET_ADMIN";
  }
  const std::string large(3U << 20U, 'x');
  const auto sent = peer->send(large).within(soon).wait();
  if (!sent) GTEST_SKIP() << "the kernel does not carry such records: " << sent.error().message();
  EXPECT_EQ(here.status(), 1);
  EXPECT_EQ(here.output(), "");
  EXPECT_NE(here.errors().find("message too long"), std::string::npos) << here.errors();
}

}  // namespace
