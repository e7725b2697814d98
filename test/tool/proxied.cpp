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
  EXPECT_FALSE(wrong.errors().contains("mistaken")) << wrong.errors();
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
  EXPECT_TRUE(o.errors.contains("socks5://127.0.0.1:" + silent.port())) << o.errors;
  EXPECT_FALSE(o.errors.contains("secret")) << o.errors;
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

// What a listener behind our relay takes its client for. The client comes from 127.0.0.3.
class ProxiedRelay : public Proxied {
 protected:
  static std::vector<std::string> proxied_listener() {
    return {"--proxy-protocol", "--proxy-from", "127.0.0.1", "--exec",
            R"(echo "$FAIRLEAD_PEER at $FAIRLEAD_LOCAL")"};
  }
  // A line for each port.
  static std::string heard_at(const std::vector<std::string>& ports) {
    const std::string script = R"(
import socket, sys
for port in sys.argv[1:]:
    s = socket.socket(); s.settimeout(20); s.bind(('127.0.0.3', 0)); s.connect(('127.0.0.1', int(port)))
    got = s.makefile().read()
    print(got.replace(':%d ' % s.getsockname()[1], ':OURS ').replace(port, 'ITS').strip())
)";
    std::vector<std::string> words{"/usr/bin/env", "python3", "-c", script};
    words.insert(words.end(), ports.begin(), ports.end());
    return run_program(words).output;
  }
};

TEST_F(ProxiedRelay, TellsItsTargetWhoItsClientIs) {
  FAIRLEAD_NEEDS("python3");
  listener target("tcp://127.0.0.1:0", proxied_listener());
  relaying one("tcp://127.0.0.1:0", target.address(), {"--proxy-to", "v1"});
  relaying two("tcp://127.0.0.1:0", target.address(), {"--proxy-to", "v2"});
  // A dual-stack socket shows its client in another form, which means the same.
  relaying dual("tcp://[::]:0", target.address(), {"--proxy-to", "v2"});
  std::vector<std::string> ports{one.port(), two.port()};
  if (!dual.address().empty()) ports.push_back(dual.port());
  std::string expected;
  for (std::size_t i = 0; i < ports.size(); ++i) expected += "tcp://127.0.0.3:OURS at tcp://127.0.0.1:ITS\n";
  EXPECT_EQ(heard_at(ports), expected) << target.errors() << dual.errors();
}

TEST_F(ProxiedRelay, TellsItBeforeTls) {
  FAIRLEAD_NEEDS("python3");
  listener tls("tls://127.0.0.1:0", proxied_listener());
  relaying r("tcp://127.0.0.1:0", tls.address(), {"--proxy-to", "v2", "--pin", tls.pin()});
  EXPECT_EQ(heard_at({r.port()}), "tls://127.0.0.3:OURS at tls://127.0.0.1:ITS\n")
      << tls.errors() << r.errors();
}

TEST_F(ProxiedRelay, PassesOnWhomItsOwnProxyNamed) {
  FAIRLEAD_NEEDS("python3");
  listener last("tcp://127.0.0.1:0", proxied_listener());
  relaying second("tcp://127.0.0.1:0", last.address(),
                  {"--proxy-protocol", "--proxy-from", "127.0.0.1", "--proxy-to", "v1"});
  relaying first("tcp://127.0.0.1:0", second.address(), {"--proxy-to", "v2"});
  EXPECT_EQ(heard_at({first.port()}), "tcp://127.0.0.3:OURS at tcp://127.0.0.1:ITS\n") << last.errors();
}

TEST_F(ProxiedRelay, TellsAUnixSocketToo) {
  FAIRLEAD_NEEDS("python3");
  const temp_dir dir;
  listener l("unix:" + (dir / "to").string(),
             {"--proxy-protocol", "--exec", R"(echo "$FAIRLEAD_PEER at $FAIRLEAD_LOCAL")"});
  relaying r("tcp://127.0.0.1:0", l.address(), {"--proxy-to", "v2"});
  EXPECT_EQ(heard_at({r.port()}), "tcp://127.0.0.3:OURS at tcp://127.0.0.1:ITS\n") << l.errors();
}

TEST_F(ProxiedRelay, TellsWhoHasNoAddressAsNobody) {
  const temp_dir dir;
  for (const std::string version : {"v1", "v2"}) {
    listener l("tcp://127.0.0.1:0", {"--proxy-protocol", "--exec", R"(echo "$FAIRLEAD_PEER")"});
    // Nobody: so it is we who are told.
    relaying r("unix:" + (dir / version).string(), l.address(), {"--proxy-to", version});
    const child_outcome o = fairlead_tool({"connect", r.address()});
    EXPECT_TRUE(o.output.starts_with("tcp://127.0.0.1:")) << o.output << o.errors << l.errors();
    const child_outcome ours = fairlead_tool({"relay", "-", l.address(), "--proxy-to", version});
    EXPECT_TRUE(ours.output.starts_with("tcp://127.0.0.1:")) << ours.output << ours.errors << l.errors();
  }
}

TEST_F(ProxiedRelay, IsUnderstoodByHaproxy) {
  FAIRLEAD_NEEDS("python3");
  if (!is_installed("haproxy")) GTEST_SKIP() << "no haproxy";
  listener l("tcp://127.0.0.1:0", proxied_listener());
  for (const std::string version : {"v1", "v2"}) {
    const running_proxy between =
        running_proxy::haproxy(fairlead::port::parse(l.port()).value(), "accept-proxy", "send-proxy-v2");
    relaying r("tcp://127.0.0.1:0", "tcp://127.0.0.1:" + between.port().to_string(), {"--proxy-to", version});
    EXPECT_EQ(heard_at({r.port()}), "tcp://127.0.0.3:OURS at tcp://127.0.0.1:ITS\n") << version << l.errors();
  }
}

TEST_F(Proxied, FilesComeFromBehindAProxyToo) {
  FAIRLEAD_NEEDS("python3");
  const temp_dir dir;
  running r(fairlead_command({"receive", "tcp://127.0.0.1:0", dir.path().string(), "--proxy-protocol",
                              "--proxy-from", "127.0.0.1", "--deny", "192.0.2.7"}));
  ASSERT_TRUE(r.complains_lines(1)) << r.errors();
  const std::string address = r.errors().substr(10, r.errors().find('\n') - 10);
  const child_outcome denied = run_program({"/usr/bin/env", "python3", "-c", R"(
import socket, sys
s = socket.create_connection(('127.0.0.1', int(sys.argv[1]))); s.settimeout(20)
s.sendall(b'PROXY TCP4 192.0.2.7 192.0.2.1 1000 443\r\n')
try: print(s.recv(10) or 'end')
except ConnectionError: print('reset')
)",
                                            address.substr(address.rfind(':') + 1)});
  EXPECT_EQ(denied.output, "reset\n") << denied.errors;
  relaying proxy("tcp://127.0.0.1:0", address, {"--proxy-to", "v2"});
  const temp_dir from;
  EXPECT_EQ(fairlead_tool({"send", from.write("file", "content"), proxy.address()}).status, 0)
      << proxy.errors();
  EXPECT_EQ(r.status(), 0) << r.errors();
}

TEST_F(Proxied, TheHeaderComesBeforeTls) {
  listener l("tls://127.0.0.1:0", {"--proxy-protocol", "--exec", R"(echo "$FAIRLEAD_PEER")"});
  const child_outcome o = fairlead_tool({"connect", l.address(), "--proxy-protocol", "--pin", l.pin()});
  EXPECT_EQ(o.status, 0) << o.errors;
  EXPECT_TRUE(o.output.starts_with("tls://127.0.0.1:")) << o.output;
}

}  // namespace
