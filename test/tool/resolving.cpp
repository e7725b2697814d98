// SPDX-License-Identifier: MIT
// fairlead resolve, with a name server of our own.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "support/black_hole.hpp"
#include "support/name_server.hpp"
#include "tool/tool.hpp"

namespace {

using namespace fairlead;
using namespace fairlead::testing;
using namespace tool_test;

class ResolveCommand : public guarded<> {
 protected:
  dnsmasq server_{{"--host-record=a.test,192.0.2.1,2001:db8::1", "--cname=b.test,a.test",
                   "--srv-host=_web._tcp.a.test,a.test,8080,1,5", "--mx-host=a.test,mail.a.test,10",
                   "--txt-record=a.test,say \033[31mred", "--txt-record=c1.test,\177\302\2331m\302\240"}};

  child_outcome resolve(std::vector<std::string> words) const {
    words.insert(words.begin(), {"resolve", "--server", server_.where().to_string()});
    return fairlead_tool(words);
  }
};

TEST_F(ResolveCommand, PrintsOneAddressALineAndSaysWhereTheyCameFrom) {
  const child_outcome o = resolve({"a.test"});
  EXPECT_EQ(o.status, 0) << o.errors;
  auto lines = lines_of(o.output);
  std::ranges::sort(lines);
  EXPECT_EQ(lines, (std::vector<std::string>{"192.0.2.1", "2001:db8::1"}));
  EXPECT_TRUE(o.errors.starts_with("a.test: from " + server_.where().to_string() + " in ")) << o.errors;
  EXPECT_EQ(resolve({"-4", "a.test"}).output, "192.0.2.1\n");
  EXPECT_EQ(resolve({"--ipv6", "a.test"}).output, "2001:db8::1\n");
  EXPECT_EQ(resolve({"--quiet", "a.test"}).errors, "");
  EXPECT_NE(resolve({"b.test"}).errors.find("its true name is a.test"), std::string::npos);
}

TEST_F(ResolveCommand, PrintsOtherRecordsAndTheNamesOfAddresses) {
  EXPECT_EQ(resolve({"--srv", "_web._tcp.a.test"}).output, "1 5 8080 a.test\n");
  EXPECT_EQ(resolve({"--mx", "a.test"}).output, "10 mail.a.test\n");
  EXPECT_EQ(resolve({"192.0.2.1"}).output, "a.test\n");
}

TEST_F(ResolveCommand, ShowsNothingThatATerminalWouldObey) {
  EXPECT_EQ(resolve({"--txt", "a.test"}).output, "say \\x1b[31mred\n");
  const std::string json = resolve({"--json", "--txt", "c1.test"}).output;
  EXPECT_NE(json.find("\"records\":[\"\\u007f\\u009b1m\302\240\"]"), std::string::npos) << json;
}

TEST_F(ResolveCommand, PutsTheNameBeforeEachLineOfSeveral) {
  const child_outcome o = resolve({"-4", "a.test", "nosuch.test", "b.test"});
  EXPECT_EQ(o.output, "a.test\t192.0.2.1\nb.test\t192.0.2.1\n");
  EXPECT_EQ(o.status, 1) << "one of them is not known";
  EXPECT_NE(o.errors.find("fairlead: resolve nosuch.test: "), std::string::npos) << o.errors;
}

TEST_F(ResolveCommand, PrintsAnObjectForEachNameWithJson) {
  const child_outcome o = resolve({"--json", "-4", "b.test", "nosuch.test"});
  EXPECT_EQ(o.status, 1);
  EXPECT_EQ(o.errors, "");
  const auto lines = lines_of(o.output);
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_TRUE(
      lines[0].starts_with(R"({"name":"b.test","kind":"addresses","records":["192.0.2.1"],"source":"server",)"
                           R"("server":")" +
                           server_.where().to_string() + '"'))
      << lines[0];
  EXPECT_NE(lines[0].find(R"("canonical_name":"a.test")"), std::string::npos) << lines[0];
  EXPECT_TRUE(lines[1].starts_with(R"({"name":"nosuch.test","error":")")) << lines[1];
}

TEST_F(ResolveCommand, KnowsThisMachineWithoutAskingAnybody) {
  const child_outcome o = fairlead_tool({"resolve", "app.localhost"});
  EXPECT_EQ(o.output, "::1\n127.0.0.1\n");
  EXPECT_TRUE(o.errors.starts_with("app.localhost: from this machine, as always in ")) << o.errors;
}

TEST_F(ResolveCommand, EndsWithStatus3WhenItsTimeIsUp) {
  const scripted_name_server silent([](const dns::question&, const scripted_name_server::answerer&) {});
  const child_outcome o =
      fairlead_tool({"resolve", "--timeout", "50ms", "--server", silent.name(), "a.test"});
  EXPECT_EQ(o.status, 3) << o.errors;
}

TEST_F(ResolveCommand, RefusesWhatMakesNoSense) {
  const auto wrong = [](std::vector<std::string> words, const std::string& sentence) {
    words.insert(words.begin(), "resolve");
    const child_outcome o = fairlead_tool(words);
    EXPECT_EQ(o.status, 2) << sentence;
    EXPECT_EQ(o.errors, "fairlead: " + sentence + '\n');
  };
  wrong({"-4", "-6", "a.test"}, "--ipv4 and --ipv6: without both, addresses of either are told");
  wrong({"--srv", "--mx", "a.test"}, "--srv, --mx and --txt: choose one of them");
  wrong({"--srv", "-4", "a.test"}, "--ipv4 and --ipv6 are for addresses");
  wrong({"localhost", ""}, "a name is empty; write it as in localhost");
  wrong({}, "resolve: NAME is missing (--help says more)");
}

}  // namespace
