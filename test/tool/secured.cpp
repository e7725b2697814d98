// SPDX-License-Identifier: MIT
// tls:// from the command line: who is trusted, what is said of who is not, and other people's tools.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "support/bytes.hpp"
#include "support/temp_dir.hpp"
#include "tool/running.hpp"
#include "tool/tool.hpp"

namespace {

using namespace fairlead::testing;
using namespace tool_test;

class Secured : public guarded<> {
 protected:
  // A root, and what it has signed: a server and a client, by openssl's own hand.
  void make_certificates() {
    const std::string script =
        "set -e; cd '" + dir_.path().string() +
        "'; exec 2>log\n"
        "key() { openssl ecparam -name prime256v1 -genkey -noout -out $1.key; }\n"
        "key root; openssl req -x509 -new -key root.key -subj '/CN=Root of this test' -days 2 -out root.pem\n"
        "sign() { key $1; openssl req -new -key $1.key -subj \"/CN=$1\" -out $1.csr; printf \"$2\" >$1.ext;\n"
        "  openssl x509 -req -in $1.csr -CA root.pem -CAkey root.key -CAcreateserial -days 2 -extfile $1.ext "
        "-out $1.pem; }\n"
        "sign server 'subjectAltName=DNS:localhost,IP:127.0.0.1'\n"
        "sign client 'extendedKeyUsage=clientAuth'\n"
        "sign other 'subjectAltName=DNS:other.example'\n";
    const child_outcome made = run_program({"/bin/sh", "-c", script});
    ASSERT_EQ(made.status, 0) << made.errors;
  }
  [[nodiscard]] std::string file(const std::string& name) const { return (dir_ / name).string(); }
  [[nodiscard]] std::vector<std::string> certified(const std::string& who,
                                                   std::vector<std::string> more) const {
    more.insert(more.end(), {"--cert", file(who + ".pem"), "--key", file(who + ".key")});
    return more;
  }

  temp_dir dir_;
};

TEST_F(Secured, ExactlyThePinThatTheServerPrintsIsTrusted) {
  listener l("tls://127.0.0.1:0", {"--echo"});
  const std::string data = random_bytes(300'000, 11);
  const child_outcome o =
      fairlead_tool({"connect", l.address(), "--pin", l.pin()}, {.input = data, .environment = {}});
  EXPECT_EQ(o.status, 0) << o.errors;
  EXPECT_TRUE(o.output == data);
  const std::string other = "sha256:" + std::string(64, '0');
  const child_outcome wrong = fairlead_tool({"connect", l.address(), "--pin", other});
  EXPECT_EQ(wrong.status, 4) << wrong.errors;
  EXPECT_TRUE(wrong.errors.contains("pin")) << wrong.errors;
}

TEST_F(Secured, NothingIsSentToAServerThatIsNotTrusted) {
  listener l("tls://127.0.0.1:0", {"--exec", "cat >" + file("heard")});
  const child_outcome o = fairlead_tool({"connect", l.address()}, {.input = "secret", .environment = {}});
  EXPECT_EQ(o.status, 4) << o.errors;
  EXPECT_EQ(o.output, "");
  EXPECT_TRUE(o.errors.starts_with("fairlead: connect ")) << o.errors;
  EXPECT_TRUE(l.complains("accept ")) << "the server says that the handshake failed";
  EXPECT_FALSE(std::filesystem::exists(file("heard"))) << "and serves nobody";
}

TEST_F(Secured, InsecureSaysWhatItGivesUp) {
  listener l("tls://127.0.0.1:0", {"--echo"});
  const child_outcome o =
      fairlead_tool({"connect", "--insecure", l.address()}, {.input = "hello", .environment = {}});
  EXPECT_EQ(o.status, 0) << o.errors;
  EXPECT_EQ(o.output, "hello");
  EXPECT_TRUE(o.errors.contains("is not verified")) << o.errors;
}

TEST_F(Secured, APrivateRootIsTrustedForTheNamesItHasSigned) {
  FAIRLEAD_NEEDS("openssl");
  make_certificates();
  listener l("tls://127.0.0.1:0", certified("server", {"--echo"}));
  const auto connect = [&](const std::string& where, std::vector<std::string> more = {}) {
    more.insert(more.begin(), {"connect", where, "--ca", file("root.pem")});
    return fairlead_tool(more, {.input = "hello", .environment = {}});
  };
  EXPECT_EQ(connect(l.address()).output, "hello");
  EXPECT_EQ(connect("tls://localhost:" + l.port()).output, "hello");
  const child_outcome wrong = connect(l.address(), {"--server-name", "example.org"});
  EXPECT_EQ(wrong.status, 4);
  EXPECT_TRUE(wrong.errors.contains("example.org") && wrong.errors.contains("localhost")) << wrong.errors;
  const child_outcome unknown = fairlead_tool({"connect", l.address()});
  EXPECT_EQ(unknown.status, 4);
  EXPECT_TRUE(unknown.errors.contains("Root of this test")) << unknown.errors;
}

TEST_F(Secured, ClientsMustShowACertificateWhereRootsAreGivenToTheListener) {
  FAIRLEAD_NEEDS("openssl");
  make_certificates();
  listener l("tls://127.0.0.1:0", certified("server", {"--echo", "--ca", file("root.pem")}));
  const child_outcome with =
      fairlead_tool(certified("client", {"connect", l.address(), "--ca", file("root.pem")}),
                    {.input = "hello", .environment = {}});
  EXPECT_EQ(with.status, 0) << with.errors;
  EXPECT_EQ(with.output, "hello");
  const child_outcome without = fairlead_tool({"connect", l.address(), "--ca", file("root.pem")},
                                              {.input = "hello", .environment = {}});
  EXPECT_NE(without.status, 0);
  EXPECT_EQ(without.output, "");
  EXPECT_TRUE(without.errors.contains("certificate")) << without.errors;
}

TEST_F(Secured, CurlFetchesFromOurListener) {
  FAIRLEAD_NEEDS("openssl");
  FAIRLEAD_NEEDS("curl");
  make_certificates();
  listener l("tls://127.0.0.1:0", certified("server", {"--exec", R"(printf 'HTTP/1.0 200 OK\r\n\r\nfrom us')",
                                                       "--alpn", "http/1.1"}));
  const child_outcome o = run_program({"/usr/bin/env", "curl", "-sS", "--noproxy", "*", "--cacert",
                                       file("root.pem"), "https://localhost:" + l.port() + "/"});
  EXPECT_EQ(o.output, "from us") << o.errors;
}

TEST_F(Secured, OpensslTalksWithUsBothWays) {
  FAIRLEAD_NEEDS("openssl");
  make_certificates();
  listener l("tls://127.0.0.1:0", certified("server", {}));
  running client({"openssl", "s_client", "-quiet", "-verify_return_error", "-CAfile", file("root.pem"),
                  "-connect", "127.0.0.1:" + l.port()});
  EXPECT_TRUE(client.write("from openssl\n") && l.says("from openssl\n")) << client.errors();
  EXPECT_TRUE(l.write("from us\n") && client.says("from us\n"));

  const std::string port = free_port();
  running server({"openssl", "s_server", "-accept", "127.0.0.1:" + port, "-cert", file("server.pem"), "-key",
                  file("server.key")});
  ASSERT_TRUE(server.says("ACCEPT"));
  running ours(fairlead_command({"connect", "tls://127.0.0.1:" + port, "--ca", file("root.pem")}));
  EXPECT_TRUE(ours.write("hello, server\n") && server.says("hello, server\n")) << ours.errors();
  EXPECT_TRUE(server.write("hello, client\n") && ours.says("hello, client\n"));
}

TEST_F(Secured, SocatTalksWithUsBothWays) {
  FAIRLEAD_NEEDS("openssl");
  FAIRLEAD_NEEDS("socat");
  make_certificates();
  const std::string data = random_bytes(300'000, 12);
  listener l("tls://127.0.0.1:0", certified("server", {"--exec", "wc -c", "--once"}));
  const child_outcome o = run_program({"/usr/bin/env", "socat", "-t", "60", "-",
                                       "OPENSSL:127.0.0.1:" + l.port() + ",cafile=" + file("root.pem")},
                                      {.input = data, .environment = {}});
  EXPECT_EQ(o.output, "300000\n") << o.errors;
  EXPECT_EQ(l.status(), 0) << l.errors();

  const std::string port = free_port();
  running server({"socat", "-t", "10",
                  "OPENSSL-LISTEN:" + port + ",bind=127.0.0.1,verify=0,cert=" + file("server.pem") +
                      ",key=" + file("server.key"),
                  "SYSTEM:wc -c"});
  const child_outcome ours =
      connect_when_it_listens("tls://127.0.0.1:" + port, {"--ca", file("root.pem")}, data);
  EXPECT_EQ(ours.output, "300000\n");
  EXPECT_EQ(ours.status, 0) << ours.errors;
}

// It ends without a farewell: that we must say, and it must not be told that something failed.
TEST_F(Secured, NcatGetsItsEchoWholeAlthoughItLeavesWithoutAFarewell) {
  FAIRLEAD_NEEDS("ncat");
  listener l("tls://127.0.0.1:0", {"--echo", "--once"});
  const child_outcome o = run_program({"/usr/bin/env", "ncat", "--ssl", "127.0.0.1", l.port()},
                                      {.input = "hello\n", .environment = {}});
  EXPECT_EQ(o.output, "hello\n");
  EXPECT_EQ(o.errors, "");
  EXPECT_EQ(o.status, 0);
  EXPECT_EQ(l.status(), 1);
  EXPECT_TRUE(l.errors().contains("without a farewell (close_notify)")) << l.errors();
}

// It takes an end of ours for one of both directions.
TEST_F(Secured, NcatListensAndBothDirectionsArrive) {
  FAIRLEAD_NEEDS("openssl");
  FAIRLEAD_NEEDS("ncat");
  make_certificates();
  const std::string port = free_port();
  running server({"ncat", "--ssl", "--ssl-cert", file("server.pem"), "--ssl-key", file("server.key"), "-l",
                  "127.0.0.1", port, "--sh-exec", "head -c 4; echo from ncat"});
  const child_outcome o =
      connect_when_it_listens("tls://127.0.0.1:" + port, {"--ca", file("root.pem"), "--no-shutdown"}, "ours");
  EXPECT_EQ(o.output, "oursfrom ncat\n") << o.errors;
}

// s_server that is killed says no farewell.
// Whoever ends first, and for whatever good reason.
TEST_F(Secured, AnOrderlyEndIsAlwaysSaid) {
  listener echo("udp://127.0.0.1:0", {"--echo"});
  relaying r("tls://127.0.0.1:0", echo.address(), {"--once"});
  running client(fairlead_command({"connect", r.address(), "--pin", r.pin()}));
  EXPECT_TRUE(client.write("hello") && client.says("hello"));
  client.close_input();
  EXPECT_EQ(client.status(), 0) << client.errors()
                                << " when no more answers came from a peer that has no end";
  EXPECT_EQ(client.output(), "hello");
  EXPECT_EQ(r.status(), 0) << r.errors();

  listener one("tls://127.0.0.1:0", {"--exec", "echo hi", "--once"});
  const child_outcome open = fairlead_tool({"connect", "--no-shutdown", one.address(), "--pin", one.pin()});
  EXPECT_EQ(open.status, 0) << open.errors;
  EXPECT_EQ(open.output, "hi\n");
  EXPECT_EQ(one.status(), 0) << one.errors() << " from a client that kept its side open";
}

TEST_F(Secured, AStreamThatIsCutOffIsAFailure) {
  FAIRLEAD_NEEDS("openssl");
  make_certificates();
  const std::string port = free_port();
  running server({"openssl", "s_server", "-accept", "127.0.0.1:" + port, "-cert", file("server.pem"), "-key",
                  file("server.key")});
  ASSERT_TRUE(server.says("ACCEPT"));
  running ours(fairlead_command({"connect", "tls://127.0.0.1:" + port, "--ca", file("root.pem")}));
  ASSERT_TRUE(ours.write("hello\n") && server.says("hello\n"));
  ASSERT_TRUE(server.write("half an answ") || true);
  server.signal(9);
  EXPECT_EQ(ours.status(), 1) << ours.errors();
  EXPECT_TRUE(ours.errors().contains("cut off") || ours.errors().contains("reset")) << ours.errors();
}

TEST_F(Secured, AClientThatSaysNothingHoldsUpNobodyElse) {
  listener l("tls://127.0.0.1:0", {"--echo"});
  running silent(fairlead_command({"connect", "127.0.0.1:" + l.port()}));
  const child_outcome o =
      fairlead_tool({"connect", l.address(), "--pin", l.pin()}, {.input = "hello", .environment = {}});
  EXPECT_EQ(o.output, "hello") << o.errors;
}

TEST_F(Secured, WhoDoesNotComeInIsNotTheClientThatIsWaitedFor) {
  listener l("tls://127.0.0.1:0");
  EXPECT_EQ(fairlead_tool({"connect", l.address()}).status, 4) << "it does not trust the listener";
  ASSERT_TRUE(l.complains("accept ")) << l.errors();
  running client(fairlead_command({"connect", l.address(), "--pin", l.pin()}));
  EXPECT_TRUE(client.write("hello\n") && l.says("hello\n")) << l.errors();
}

TEST_F(Secured, BenchMeasuresOverTls) {
  running server(fairlead_command({"bench", "--serve", "tls://127.0.0.1:0"}));
  ASSERT_TRUE(server.complains("listening tls://"));
  const std::string& said = server.errors();
  const std::size_t at = said.find("tls://");
  const std::string address = said.substr(at, said.find('\n', at) - at);
  for (const std::vector<std::string>& what : {std::vector<std::string>{},
                                               {"--both"},
                                               {"--connections", "3"},
                                               {"--rate", "500"},
                                               {"--connect"},
                                               {"--connect", "--resume"}}) {
    std::vector<std::string> words{"bench", "--insecure", "--quiet", "--json", "--time", "100ms", address};
    words.insert(words.end(), what.begin(), what.end());
    const child_outcome o = fairlead_tool(words);
    EXPECT_EQ(o.status, 0) << o.errors << o.output;
  }
}

TEST_F(Secured, WhatMakesNoSenseIsRefusedBeforeAnythingIsSent) {
  const auto wrong = [](std::vector<std::string> words, const std::string& sentence) {
    const child_outcome o = fairlead_tool(words);
    EXPECT_EQ(o.status, 2) << sentence;
    EXPECT_EQ(o.errors, "fairlead: " + sentence + '\n');
  };
  wrong({"connect", "tcp://127.0.0.1:1", "--insecure"},
        "tcp://127.0.0.1:1: --insecure is for tls:// addresses");
  wrong({"connect", "tls://127.0.0.1:1", "--insecure", "--ca", "x"},
        "tls://127.0.0.1:1: --insecure and --ca: choose one of them");
  wrong({"connect", "tls://127.0.0.1:1", "--key", "x"},
        "tls://127.0.0.1:1: --key: its certificate is missing (--cert)");
  wrong({"connect", "udp://127.0.0.1:1", "--via", "socks5://127.0.0.1:1080"},
        "udp://127.0.0.1:1: --via is for tcp:// and tls:// addresses");
  wrong({"connect", "tcp://127.0.0.1:1", "--proxy-v1"},
        "tcp://127.0.0.1:1: --proxy-v1: --proxy-protocol is missing");
  const child_outcome bad_pin = fairlead_tool({"connect", "tls://127.0.0.1:1", "--pin", "sha256:12"});
  EXPECT_EQ(bad_pin.status, 2) << bad_pin.errors;
  const child_outcome no_file = fairlead_tool({"listen", "tls://127.0.0.1:0", "--cert", file("none.pem")});
  EXPECT_EQ(no_file.status, 2) << no_file.errors;
  EXPECT_TRUE(no_file.errors.contains("none.pem")) << no_file.errors;
}

}  // namespace
