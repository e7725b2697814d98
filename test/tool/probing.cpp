// SPDX-License-Identifier: MIT
// fairlead probe: is anybody there, and how fast.
#include <gtest/gtest.h>

#include <string>
#include <thread>

#include <fairlead/udp.hpp>
#include <fairlead/unix.hpp>

#include "support/black_hole.hpp"
#include "support/free_port.hpp"
#include "support/temp_dir.hpp"
#include "tool/running.hpp"
#include "tool/tool.hpp"

namespace {

using namespace fairlead;
using namespace fairlead::testing;
using namespace tool_test;

class ProbeCommand : public guarded<> {};

TEST_F(ProbeCommand, TellsThatSomebodyIsThereAndHowFastHeAnswers) {
  const auto l = tcp_listener::listen({ipv4_address::loopback(), port(0)}).value();
  const std::string where = "tcp://" + l.local_endpoint()->to_string();
  const child_outcome o = fairlead_tool({"probe", "--count", "4", "--interval", "1ms", where});
  EXPECT_EQ(o.status, 0) << o.errors;
  EXPECT_TRUE(o.output.starts_with("reachable  " + where + "  4 of 4, fastest ")) << o.output;
  EXPECT_TRUE(o.output.contains("median ") && o.output.contains("slowest ") && o.output.contains("█"));
  EXPECT_EQ(o.errors, "");
}

TEST_F(ProbeCommand, TellsByWhichAddressANameWasReached) {
  const auto l = tcp_listener::listen({ipv4_address::loopback(), port(0)}).value();
  const std::string number = l.local_endpoint()->ip().port().to_string();
  const child_outcome o = fairlead_tool({"probe", "-n", "1", "localhost:" + number});
  EXPECT_EQ(o.status, 0) << o.errors;
  EXPECT_TRUE(o.output.contains("at 127.0.0.1:" + number + "; its name took ")) << o.output;
}

TEST_F(ProbeCommand, SaysWhyNobodyAnswersAndEndsWithStatus1) {
  const refusing_port nobody(ipv4_address::loopback());
  const std::string where = "tcp://" + nobody.where().to_string();
  const child_outcome o = fairlead_tool({"probe", "-n", "2", "--interval", "1ms", where});
  EXPECT_EQ(o.status, 1);
  EXPECT_EQ(o.output, "");
  EXPECT_EQ(o.errors, "fairlead: connect " + where + ": connection refused\n");
}

TEST_F(ProbeCommand, GivesUpOnSilenceWithStatus3) {
  const black_hole dead({ipv4_address::loopback(), port(0)});
  const child_outcome o =
      fairlead_tool({"probe", "-n", "1", "--timeout", "30ms", "tcp://" + dead.where().to_string()});
  EXPECT_EQ(o.status, 3) << o.errors;
}

TEST_F(ProbeCommand, ReachesUnixSockets) {
  const temp_dir dir;
  const auto l = unix_listener::listen(dir.socket("s")).value();
  EXPECT_EQ(fairlead_tool({"probe", "-n", "1", "unix:" + (dir / "s").string()}).status, 0);
  EXPECT_EQ(fairlead_tool({"probe", "-n", "1", "unix:" + (dir / "none").string()}).status, 1);
}

TEST_F(ProbeCommand, TellsAnAnswerOverUdpFromARefusalAndFromSilence) {
  listener echo("udp://127.0.0.1:0", {"--echo"});
  EXPECT_EQ(fairlead_tool({"probe", "-n", "1", echo.address()}).status, 0);
  const deaf_port nobody;
  EXPECT_EQ(fairlead_tool({"probe", "-n", "1", "udp://" + nobody.where().to_string()}).status, 1);
  const auto silent = udp_socket::bind({ipv4_address::loopback(), port(0)}).value();
  const child_outcome o = fairlead_tool(
      {"probe", "-n", "1", "--timeout", "30ms", "udp://" + silent.local_endpoint()->to_string()});
  EXPECT_EQ(o.status, 3) << o.errors;
}

TEST_F(ProbeCommand, ShowsWhoATlsServerIs) {
  listener l("tls://127.0.0.1:0", {"--echo"});
  const child_outcome o = fairlead_tool({"probe", "-n", "1", "--pin", l.pin(), l.address()});
  EXPECT_EQ(o.status, 0) << o.errors;
  EXPECT_TRUE(o.output.contains("TLS 1.3, TLS_")) << o.output;
  EXPECT_TRUE(o.output.contains("the certificate is for localhost")) << o.output;
  EXPECT_TRUE(o.output.contains("pin " + l.pin())) << o.output;
  const child_outcome unknown = fairlead_tool({"probe", "-n", "1", l.address()});
  EXPECT_EQ(unknown.status, 4) << unknown.errors;
}

TEST_F(ProbeCommand, PrintsAnObjectForEachAddressWithJson) {
  const auto l = tcp_listener::listen({ipv4_address::loopback(), port(0)}).value();
  const refusing_port nobody(ipv4_address::loopback());
  const child_outcome o =
      fairlead_tool({"probe", "--json", "-n", "1", "tcp://" + l.local_endpoint()->to_string(),
                     "tcp://" + nobody.where().to_string()});
  EXPECT_EQ(o.status, 1);
  EXPECT_EQ(o.errors, "");
  const auto lines = lines_of(o.output);
  ASSERT_EQ(lines.size(), 2U) << o.output;
  EXPECT_TRUE(lines[0].contains(R"("tries":1,"answered":1,"microseconds":[)")) << lines[0];
  EXPECT_TRUE(lines[1].contains(R"("answered":0,"microseconds":[],"error":"connect tcp://)")) << lines[1];
}

}  // namespace
