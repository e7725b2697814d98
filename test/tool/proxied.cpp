// SPDX-License-Identifier: MIT
// --via and --proxy-protocol, with other people's proxies.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "support/peers.hpp"
#include "tool/running.hpp"
#include "tool/tool.hpp"

namespace {

using namespace fairlead::testing;
using namespace tool_test;

bool contains(const std::string& text, const std::string& what) {
  return text.find(what) != std::string::npos;
}

class Proxied : public guarded<> {
 protected:
  // A client of an echo server, by way of these. Not every proxy passes the end of our input on alone: many
  // end everything with it.
  static std::vector<std::string> through(const listener& l, const std::vector<std::string>& via) {
    std::vector<std::string> words{"connect", "--no-shutdown", "localhost:" + l.port()};
    for (const std::string& p : via) words.insert(words.end(), {"--via", p});
    return fairlead_command(words);
  }
};

TEST_F(Proxied, OtherPeoplesProxiesLeadToOurListener) {
  if (!is_installed("microsocks") || !is_installed("tinyproxy"))
    GTEST_SKIP() << "no microsocks, or no tinyproxy";
  listener l("tcp://127.0.0.1:0", {"--echo"});
  const running_proxy socks = running_proxy::microsocks("me", "secret");
  const running_proxy http = running_proxy::tinyproxy();
  const std::string first = "http://127.0.0.1:" + http.port().to_string();
  const std::string second = "socks5://me:secret@127.0.0.1:" + socks.port().to_string();
  for (const std::vector<std::string>& chain :
       {std::vector<std::string>{first}, {second}, {first, second}, {second, first}}) {
    running client(through(l, chain));
    EXPECT_TRUE(client.write("through it\n") && client.says("through it\n")) << client.errors();
  }
  running wrong(through(l, {"socks5://me:mistaken@127.0.0.1:" + socks.port().to_string()}));
  EXPECT_EQ(wrong.status(), 1);
  EXPECT_FALSE(contains(wrong.errors(), "mistaken")) << wrong.errors();
}

TEST_F(Proxied, HaproxyTellsOurListenerWhoTheClientIs) {
  if (!is_installed("haproxy")) GTEST_SKIP() << "no haproxy";
  listener l("tcp://127.0.0.1:0", {"--proxy-protocol", "--exec", R"(echo "$FAIRLEAD_PEER")"});
  for (const std::string version : {"send-proxy", "send-proxy-v2"}) {
    const running_proxy between =
        running_proxy::haproxy(fairlead::port::parse(l.port()).value(), "", version);
    const child_outcome o =
        fairlead_tool({"connect", "--no-shutdown", "127.0.0.1:" + between.port().to_string()});
    EXPECT_EQ(o.status, 0) << o.errors;
    EXPECT_TRUE(o.output.starts_with("tcp://127.0.0.1:")) << o.output;
  }
}

TEST_F(Proxied, AProxyThatDoesNotAnswerIsNamed) {
  listener silent("tcp://127.0.0.1:0");
  const child_outcome o = fairlead_tool({"connect", "--timeout", "50ms", "--via",
                                         "socks5://me:secret@127.0.0.1:" + silent.port(), "example.org:80"});
  EXPECT_EQ(o.status, 3);
  EXPECT_TRUE(contains(o.errors, "socks5://127.0.0.1:" + silent.port())) << o.errors;
  EXPECT_FALSE(contains(o.errors, "secret")) << o.errors;
}

TEST_F(Proxied, AnUnknownKindOfProxyIsAnErrorOfUsage) {
  const child_outcome o = fairlead_tool({"connect", "--via", "gopher://127.0.0.1:1", "example.org:80"});
  EXPECT_EQ(o.status, 2) << o.errors;
}

TEST_F(Proxied, AListenerBehindAProxyLearnsWhoTheClientIs) {
  listener l("tcp://127.0.0.1:0",
             {"--proxy-protocol", "--exec", R"(echo "$FAIRLEAD_PEER to $FAIRLEAD_LOCAL")"});
  for (const std::vector<std::string>& version : {std::vector<std::string>{}, {"--proxy-v1"}}) {
    std::vector<std::string> words{"connect", l.address(), "--proxy-protocol"};
    words.insert(words.end(), version.begin(), version.end());
    const child_outcome o = fairlead_tool(words);
    EXPECT_EQ(o.status, 0) << o.errors;
    EXPECT_TRUE(o.output.starts_with("tcp://127.0.0.1:")) << o.output;
    EXPECT_TRUE(o.output.ends_with("to " + l.address() + '\n')) << o.output;
  }
}

TEST_F(Proxied, TheHeaderIsSentToUnixSocketsToo) {
  const temp_dir dir;
  listener l("unix:" + (dir / "socket").string(), {"--proxy-protocol", "--echo"});
  const child_outcome o =
      fairlead_tool({"connect", l.address(), "--proxy-protocol"}, {.input = "ahoy", .environment = {}});
  EXPECT_EQ(o.status, 0) << o.errors << l.errors();
  EXPECT_EQ(o.output, "ahoy");
}

TEST_F(Proxied, AListenerBehindAProxyServesNobodyWhoDoesNotSayWhoHeIs) {
  listener l("tcp://127.0.0.1:0", {"--proxy-protocol", "--echo"});
  const child_outcome o =
      fairlead_tool({"connect", l.address()}, {.input = "GET / HTTP/1.0\r\n\r\n", .environment = {}});
  EXPECT_EQ(o.output, "");
  EXPECT_TRUE(l.complains("PROXY")) << l.errors();
}

TEST_F(Proxied, TheHeaderComesBeforeTls) {
  listener l("tls://127.0.0.1:0", {"--proxy-protocol", "--exec", R"(echo "$FAIRLEAD_PEER")"});
  const child_outcome o = fairlead_tool({"connect", l.address(), "--proxy-protocol", "--pin", l.pin()});
  EXPECT_EQ(o.status, 0) << o.errors;
  EXPECT_TRUE(o.output.starts_with("tls://127.0.0.1:")) << o.output;
}

}  // namespace
