// SPDX-License-Identifier: MIT
// What a Tab offers, asked of the shells themselves.
#include <algorithm>
#include <filesystem>

#include <gtest/gtest.h>

#include "manual/manual.hpp"
#include "manual/value.hpp"
#include "support/temp_dir.hpp"
#include "tool/shells.hpp"
#include "tool/tool.hpp"

namespace {

using namespace fairlead::testing;
using namespace tool_test;

using offers = std::vector<std::string>;

offers sorted(offers all) {
  std::ranges::sort(all);
  return all;
}

// The words of a line as readline divides them, and what the function puts into COMPREPLY.
offers in_bash(const std::string& line) {
  static const std::string script = tool::bash_completion() + R"sh(
COMP_LINE=$1 COMP_POINT=${#1} COMP_TYPE=9 COMP_KEY=9
COMP_WORDS=()
rest=$1
while [[ -n $rest ]]; do
  if [[ $rest =~ ^[[:space:]]+ ]]; then
    rest=${rest:${#BASH_REMATCH[0]}}
    [[ -n $rest ]] || COMP_WORDS+=('')
  elif [[ $rest =~ ^[:=@]+ || $rest =~ ^[^:=@[:space:]]+ ]]; then
    COMP_WORDS+=("${BASH_REMATCH[0]}")
    rest=${rest:${#BASH_REMATCH[0]}}
  fi
done
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
_fairlead
((${#COMPREPLY[@]} == 0)) || printf '%s\n' "${COMPREPLY[@]}"
)sh";
  const child_outcome o = run_program({"/usr/bin/env", "bash", "-uc", script, "bash", line});
  EXPECT_EQ(o.errors, "") << line;
  return lines_of(o.output);
}

// A real session on a terminal of its own: the words that _main_complete adds.
offers in_zsh(const std::string& line) {
  const temp_dir dir;
  dir.write("_fairlead", tool::zsh_completion());
  dir.write("offers", "");
  dir.write("session", R"sh(
fpath=($DIR $fpath)
autoload -Uz compinit
compinit -u -D
compadd() {
  # With one of these it adds nothing, but answers.
  if [[ ${@[1,(i)(-|--)]} == *-(O|A|D)\ * ]]; then
    builtin compadd "$@"
    return
  fi
  local -a hits
  builtin compadd -A hits "$@"
  print -rl -- $hits >>$DIR/offers
  builtin compadd "$@"
}
complete-word() {
  unset 'compstate[vared]'
  _main_complete "$@"
  exit
}
zle -C complete-word complete-word complete-word
bindkey '^I' complete-word
print RE""ADY
)sh");
  const child_outcome o =
      run_program({"/usr/bin/env", "zsh", "-fc", R"sh(
zmodload zsh/zpty
zpty z zsh -f -i
zpty -w z 'source $DIR/session'
zpty -r z heard '*READY*'
zpty -w -n z "$LINE_TYPED"$'\t'
while zpty -r z heard; do :; done
)sh"},
                  {.input = "", .environment = {{"DIR", dir.path().string()}, {"LINE_TYPED", line}}});
  EXPECT_EQ(o.errors, "") << line;
  offers found = lines_of(run_program({"/bin/cat", (dir / "offers").string()}).output);
  std::erase(found, "");
  return found;
}

// fish completes without a terminal.
offers in_fish(const std::string& line) {
  const temp_dir dir;
  const std::string script = dir.write("fairlead.fish", tool::fish_completion());
  const child_outcome o = run_program(
      {"/usr/bin/env", "fish", "--no-config", "-c", "source $argv[1]; complete -C $argv[2]", script, line},
      {.input = "", .environment = {{"HOME", dir.path().string()}}});
  EXPECT_EQ(o.errors, "") << line;
  offers found = lines_of(o.output);
  for (std::string& offer : found) offer.resize(std::min(offer.find('\t'), offer.size()));
  return found;
}

struct shell {
  const char* name;
  offers (*complete)(const std::string& line);
};

void PrintTo(const shell& s, std::ostream* to) { *to << s.name; }

class Completion : public testing::TestWithParam<shell> {
 protected:
  void SetUp() override {
    if (!has_program(GetParam().name)) GTEST_SKIP() << GetParam().name << " is not installed";
  }
  static offers complete(const std::string& line) { return sorted(GetParam().complete(line)); }
};

TEST_P(Completion, HasNoSyntaxError) {
  const child_outcome made = fairlead_tool({"completion", GetParam().name});
  EXPECT_EQ(made.status, 0);
  const temp_dir dir;
  const child_outcome o =
      run_program({"/usr/bin/env", GetParam().name, "-n", dir.write("script", made.output)});
  EXPECT_EQ(o.errors, "");
  EXPECT_EQ(o.status, 0);
}

TEST_P(Completion, OffersTheCommands) {
  offers names;
  for (const tool::command& c : tool::commands()) names.emplace_back(c.name);
  EXPECT_EQ(complete("fairlead "), sorted(names));
  EXPECT_EQ(complete("fairlead lis"), offers{"listen"});
}

TEST_P(Completion, OffersTheFlagsOfTheCommandAndNoOthers) {
  for (const tool::command& c : tool::commands()) {
    offers names;
    for (const tool::flag* f : tool::flags_of(c.id)) names.push_back("--" + std::string(f->name));
    offers found = complete("fairlead " + std::string(c.name) + " --");
    for (std::string& offer : found) offer.resize(std::min(offer.find('='), offer.size()));
    found = sorted(found);
    found.erase(std::ranges::unique(found).begin(), found.end());
    EXPECT_EQ(found, sorted(names)) << c.name;
  }
}

TEST_P(Completion, OffersWhatAFlagMayBe) {
  EXPECT_EQ(complete("fairlead bench --polling "), (offers{"adaptive", "always", "off"}));
  EXPECT_EQ(complete("fairlead bench -p o"), offers{"off"});
  EXPECT_EQ(complete("fairlead connect --pin "), offers{"sha256:"});
  EXPECT_EQ(complete("fairlead connect --timeout "), offers{});
}

TEST_P(Completion, OffersFilesWhereAFileBelongs) {
  const temp_dir dir;
  dir.write("roots.pem", "");
  const std::string path = (dir / "roots.pem").string();
  const offers found = complete("fairlead connect --ca " + path.substr(0, path.size() - 4));
  ASSERT_EQ(found.size(), 1U);
  EXPECT_TRUE(found[0] == path || found[0] == "roots.pem") << found[0];  // zsh has the directory apart
}

TEST_P(Completion, OffersTheBeginningsOfAddresses) {
  offers all;
  for (const std::string_view beginning : tool::beginnings_of(tool::value_kind::address))
    all.emplace_back(beginning);
  EXPECT_EQ(complete("fairlead connect "), sorted(all));
  EXPECT_EQ(complete("fairlead connect --timeout 3s -v ud"), offers{"udp://"});
  EXPECT_EQ(complete("fairlead probe tcp://localhost:1 ud"), offers{"udp://"});
  EXPECT_EQ(complete("fairlead connect pty"), offers{});
  EXPECT_EQ(complete("fairlead relay udp://:1 pty"), offers{"pty:"});
}

TEST_P(Completion, OffersWhatACommandIsGiven) {
  EXPECT_EQ(complete("fairlead completion "), (offers{"bash", "fish", "zsh"}));
  offers nothing = complete("fairlead demo ");
  std::erase_if(nothing,
                [](const std::string& offer) { return offer.starts_with('-'); });  // zsh: what remains
  EXPECT_EQ(nothing, offers{});
}

// FILE [ADDR], ADDR [DIR]: what comes first is not what comes second.
TEST_P(Completion, OffersAtEachPlaceWhatStandsThere) {
  const temp_dir dir;
  dir.write("recording", "");
  const std::string file = (dir / "recording").string();
  offers files = complete("fairlead replay " + file.substr(0, file.size() - 4));
  for (std::string& offer : files) offer = offer.substr(offer.rfind('/') + 1);
  EXPECT_EQ(files, offers{"recording"});
  EXPECT_EQ(complete("fairlead replay ud"), offers{});
  EXPECT_EQ(complete("fairlead replay --speed 2 -v " + file + " ud"), offers{"udp://"});
  EXPECT_EQ(complete("fairlead replay " + file + ' ' + file.substr(0, file.size() - 4)), offers{});
  EXPECT_EQ(complete("fairlead receive --idle 3s tcp://:1 ud"), offers{});
  offers later = complete("fairlead send " + file + " ud");
  later.erase(std::ranges::unique(later).begin(), later.end());  // zsh: as the second word, and as the last
  EXPECT_EQ(later, offers{"udp://"});
}

INSTANTIATE_TEST_SUITE_P(Of, Completion,
                         testing::Values(shell{"bash", in_bash}, shell{"zsh", in_zsh},
                                         shell{"fish", in_fish}),
                         [](const auto& tested) { return std::string(tested.param.name); });

// Readline replaces what follows its last break, which a colon is: the reply must not repeat what is before.
TEST(CompletionInBash, RepliesWithWhatFollowsTheLastBreak) {
  if (!has_program("bash")) GTEST_SKIP() << "bash is not installed";
  EXPECT_EQ(in_bash("fairlead connect tcp:"), offers{"//"});
  EXPECT_EQ(in_bash("fairlead relay listen:udp:"), offers{"//"});
  EXPECT_EQ(in_bash("fairlead relay dial:tl"), offers{"tls://"});
  EXPECT_EQ(in_bash("fairlead bench --polling=ad"), offers{"adaptive"});
  EXPECT_EQ(in_bash("fairlead bench --pin=sha"), offers{"sha256:"});
  const temp_dir dir;
  dir.write("socket", "");
  EXPECT_EQ(in_bash("fairlead connect unix:" + (dir / "so").string()), offers{(dir / "socket").string()});
}

TEST(CompletionInBash, KnowsTheEndOfFlags) {
  if (!has_program("bash")) GTEST_SKIP() << "bash is not installed";
  EXPECT_EQ(in_bash("fairlead connect -- --h"), offers{});
  EXPECT_EQ(in_bash("fairlead connect -- udp"), offers{"udp://"});
}

TEST(CompletionForShells, AreNamedWhenAnotherIsAskedFor) {
  const child_outcome o = fairlead_tool({"completion", "tcsh"});
  EXPECT_EQ(o.status, 2);
  EXPECT_EQ(o.errors, "fairlead: tcsh: completions are made for bash, zsh and fish\n");
}

TEST(CompletionForShells, AreSuggestedByTheNearestName) {
  const child_outcome o = fairlead_tool({"completion", "bahs"});
  EXPECT_EQ(o.status, 2);
  EXPECT_EQ(o.errors, "fairlead: bahs: no such shell; did you mean bash?\n");
}

// What a word may be follows from the help's name for it.
TEST(Values, OfArgumentsFollowFromTheirNames) {
  const tool::command c{"c", tool::on_none, "FILE… ADDR", 2, 9, "", "", nullptr};
  const auto words = tool::arguments_of(c);
  ASSERT_EQ(words.size(), 2U);
  EXPECT_TRUE(words[0].repeated);
  EXPECT_EQ(words[0].is.kind, tool::value_kind::file);
  EXPECT_EQ(words[1].is.kind, tool::value_kind::address);
  EXPECT_EQ(tool::possible_at(c, 0).size(), 2U);  // the first may be the last already
  EXPECT_EQ(tool::possible_at(c, 7).size(), 2U);

  const tool::command pairs{"c", tool::on_none, "FROM TO [FROM TO]…", 2, 9, "", "", nullptr};
  EXPECT_EQ(tool::possible_at(pairs, 0).size(), 1U);
  EXPECT_EQ(tool::possible_at(pairs, 5).front().kind, tool::value_kind::place);

  const tool::command optional{"c", tool::on_none, "ADDR [DIR]", 1, 2, "", "", nullptr};
  EXPECT_EQ(tool::possible_at(optional, 1).front().kind, tool::value_kind::directory);
  EXPECT_TRUE(tool::possible_at(optional, 2).empty());
}

}  // namespace
