// SPDX-License-Identifier: MIT
// Every task of docs/cookbook.md is run as it stands there, each in a network of its own, where every port is
// free.
#include <cstdlib>
#include <fstream>
#include <ostream>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "support/child.hpp"
#include "support/temp_dir.hpp"
#include "tool/running.hpp"

namespace {

using namespace fairlead::testing;
using namespace tool_test;

// A task is a heading, the commands that it shows, and a comment that readers do not see: a script in which
// {1} is the first block of commands.
struct recipe {
  std::string title;
  std::vector<std::string> shown;
  std::string script;
};

void PrintTo(const recipe& r, std::ostream* out) { *out << r.title; }

std::string upto(std::string_view& text, std::string_view end) {
  const std::size_t at = std::min(text.find(end), text.size());
  std::string piece(text.substr(0, at));
  text.remove_prefix(std::min(at + end.size(), text.size()));
  return piece;
}

std::vector<recipe> recipes() {
  std::ifstream in(FAIRLEAD_SOURCE_DIR "/docs/cookbook.md");
  std::ostringstream all;
  all << in.rdbuf();
  const std::string content = all.str();
  std::string_view text = content;
  std::vector<recipe> found;
  while (!text.empty()) {
    std::string line = upto(text, "\n");
    if (line.starts_with("### ")) found.push_back({line.substr(4), {}, {}});
    if (found.empty()) continue;
    if (line == "```sh") found.back().shown.push_back(upto(text, "\n```"));
    if (line == "<!-- test") found.back().script = upto(text, "-->");
  }
  return found;
}

std::string with_commands(const recipe& r) {
  std::string made;
  std::string_view rest = r.script;
  while (!rest.empty()) {
    made += upto(rest, "{");
    const bool placeholder = rest.size() >= 2 && rest[0] >= '1' && rest[0] <= '9' && rest[1] == '}';
    if (placeholder && static_cast<std::size_t>(rest[0] - '1') < r.shown.size()) {
      made += r.shown[static_cast<std::size_t>(rest[0] - '1')];
      rest.remove_prefix(2);
    } else if (!rest.empty()) {
      made += '{';
    }
  }
  return made;
}

// `serve` runs what is on its standard input in the background, until it listens, in the place of the shell
// that is ended with the script; `is` compares.
constexpr std::string_view prelude = R"(
set -euo pipefail
ip link set lo up
trap 'kill -KILL $(jobs -p) 2>/dev/null || true' EXIT
servers=0
serve() {
  servers=$((servers + 1))
  local said=said.$servers command
  command=$(cat)
  eval "exec $command" </dev/null 2>$said >out.$servers &
  for _ in $(seq 500); do
    grep -q '^listening' $said && return
    kill -0 $! 2>/dev/null || break
    sleep 0.02
  done
  echo "it does not listen: $command"; cat $said; exit 1
}
is() { [[ $1 == "$2" ]] || { echo "expected '$2', got '$1'"; exit 1; }; }
has() { [[ $1 == *"$2"* ]] || { echo "expected something with '$2', got '$1'"; exit 1; }; }
)";

class Cookbook : public guarded<::testing::TestWithParam<recipe>> {
 protected:
  temp_dir here_;
};
INSTANTIATE_TEST_SUITE_P(Task, Cookbook, ::testing::ValuesIn(recipes()), [](const auto& param_info) {
  std::string name;
  bool up = true;
  for (const char c : param_info.param.title) {
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) {
      up = true;
      continue;
    }
    name += up ? static_cast<char>(std::toupper(static_cast<unsigned char>(c))) : c;
    up = false;
  }
  return name;
});

TEST_P(Cookbook, DoesWhatItSays) {
  const recipe& r = GetParam();
  ASSERT_FALSE(r.shown.empty()) << "it shows no command";
  ASSERT_FALSE(r.script.empty()) << "it has no test";
  for (std::size_t i = 0; i < r.shown.size(); ++i) {
    EXPECT_NE(r.script.find('{' + std::to_string(i + 1) + '}'), std::string::npos)
        << "its command is not run: " << r.shown[i];
  }
  if (run_program({"/usr/bin/unshare", "--net", "true"}).status != 0)
    GTEST_SKIP() << "no right to make networks here";
  const std::string file = here_.write("script", std::string(prelude) + with_commands(r));
  program_options with;
  const std::string tool(FAIRLEAD_TOOL);
  const char* const path = std::getenv("PATH");
  with.environment.emplace_back(
      "PATH", tool.substr(0, tool.rfind('/')) + ':' + (path != nullptr ? path : "/usr/bin"));
  const child_outcome o = run_program(
      {"/usr/bin/unshare", "--net", "bash", "-c", "cd " + here_.path().string() + " && . " + file}, with);
  EXPECT_EQ(o.status, 0) << o.output << o.errors;
  EXPECT_FALSE(o.hung);
}

TEST(TheCookbook, HasWhatPeopleDoEveryDay) { EXPECT_GE(recipes().size(), 25U); }

}  // namespace
