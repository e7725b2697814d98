// SPDX-License-Identifier: MIT
// Files over what is no socket: a command's standard input and output, or our own.
#include <signal.h>
#include <sys/stat.h>

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <fairlead/sha256.hpp>

#include "support/bytes.hpp"
#include "support/temp_dir.hpp"
#include "tool/tool.hpp"
#include "tool/transferring.hpp"

namespace {

namespace fs = std::filesystem;
using namespace fairlead::testing;
using namespace tool_test;

class LocalTransfer : public guarded<::testing::Test> {
 protected:
  void SetUp() override {
    fs::create_directories(here_ / "tree");
    fs::create_directory(there_);
    dir_.write("here/tree/large", random_bytes(1'000'000, 1));
    dir_.write("here/tree/small", "hello\n");
  }
  [[nodiscard]] std::string tree() const { return here_ / "tree"; }
  // `fairlead words…` for the shell.
  static std::string command(const std::vector<std::string>& words) {
    std::string line;
    for (const std::string& w : fairlead_command(words)) line += '\'' + w + "' ";
    return line;
  }
  [[nodiscard]] std::string receiver() const { return command({"receive", "-", there_.string()}); }
  [[nodiscard]] std::string list() const {
    std::string all;
    for (const char* const name : {"tree/large", "tree/small"})
      all += fairlead::sha256::hex(fairlead::sha256::of(content_of(here_ / name))) + "  " + name + '\n';
    return all;
  }
  void expect_whole() const { EXPECT_EQ(picture_of(there_), picture_of(here_)); }

  temp_dir dir_;
  const fs::path here_ = dir_ / "here";
  const fs::path there_ = dir_ / "there";
};

TEST_F(LocalTransfer, ACommandReceives) {
  const auto o = fairlead_tool({"send", tree(), "exec:" + receiver()});
  EXPECT_EQ(o.status, 0) << o.errors;
  EXPECT_EQ(o.output, list());
  EXPECT_TRUE(o.errors.contains("received 2 files, 1.00 MB in ")) << o.errors;
  EXPECT_TRUE(o.errors.contains("sent 2 files, 1.00 MB in ")) << o.errors;
  EXPECT_FALSE(o.errors.contains("listening")) << o.errors;
  expect_whole();
  const auto again = fairlead_tool({"send", tree(), "exec:" + receiver()});
  EXPECT_EQ(again.status, 0);
  EXPECT_TRUE(again.errors.contains("sent 2 files (1 there already), 6 B in ")) << again.errors;
}

TEST_F(LocalTransfer, WhatACommandHasStartedIsNotWaitedFor) {
  const std::string id = dir_ / "id";
  const auto o = fairlead_tool(
      {"send", tree(), "exec:sleep 1000 2>/dev/null & echo $! >'" + id + "'; exec " + receiver()});
  EXPECT_EQ(o.status, 0) << o.errors;
  expect_whole();
  EXPECT_EQ(::kill(static_cast<pid_t>(std::stol(content_of(id))), SIGKILL), 0);
}

TEST_F(LocalTransfer, ACommandSends) {
  const auto o = fairlead_tool({"receive", "exec:" + command({"send", tree(), "-"}), there_.string()});
  EXPECT_EQ(o.status, 0) << o.errors;
  EXPECT_EQ(o.output, list()) << "those of the receiver alone";
  expect_whole();
}

TEST_F(LocalTransfer, TwoPipesJoinBothSides) {
  FAIRLEAD_NEEDS("sh");
  const std::string back = dir_ / "back";
  ASSERT_EQ(::mkfifo(back.c_str(), 0600), 0);
  const auto o =
      run_program({"/bin/sh", "-c",
                   command({"send", tree(), "-"}) + " <'" + back + "' | " + receiver() + " >'" + back + "'"});
  EXPECT_EQ(o.status, 0) << o.errors;
  EXPECT_EQ(o.output, "");
  EXPECT_TRUE(o.errors.contains("sent 2 files, 1.00 MB in ")) << o.errors;
  expect_whole();
}

TEST_F(LocalTransfer, WhatACommandLeavesWithIsToldAfterWhatBecameOfTheFiles) {
  const std::string fine = receiver() + "; exit 7";
  const auto whole = fairlead_tool({"send", tree(), "exec:" + fine});
  EXPECT_EQ(whole.status, 1);
  EXPECT_TRUE(whole.errors.contains("sent 2 files, 1.00 MB in ")) << whole.errors;
  EXPECT_TRUE(whole.errors.ends_with("\nfairlead: run " + fine + ": exit status 7\n")) << whole.errors;
  expect_whole();
  const auto gone = fairlead_tool({"send", tree(), "exec:exit 3"});
  EXPECT_EQ(gone.status, 1);
  EXPECT_EQ(gone.errors,
            "fairlead: exec:exit 3: the peer has gone without a word: it refused us, or is no fairlead "
            "receive, or not one of this scheme; 0 files of 2 are whole there\n"
            "fairlead: run exit 3: exit status 3\n");
  const auto came = fairlead_tool({"receive", "exec:exit 3", there_.string()});
  EXPECT_EQ(came.status, 1);
  EXPECT_EQ(came.errors,
            "fairlead: exec:exit 3: the peer has gone before everything was done\n"
            "fairlead: run exit 3: exit status 3\n");
}

TEST_F(LocalTransfer, AnInterruptEndsTheCommandToo) {
  running s(fairlead_command({"send", tree(), "exec:cat >/dev/null; exit 3", "--verbose"}));
  ASSERT_TRUE(s.complains(" runs cat"));
  s.signal(SIGINT);
  EXPECT_EQ(s.status(), 128 + SIGINT) << "and nobody has its standard error open any more";
  EXPECT_TRUE(s.errors().contains("fairlead: interrupted; 0 files of 2 are whole there\n")) << s.errors();
  EXPECT_FALSE(s.errors().contains("fairlead: run ")) << "it was ended: " << s.errors();
}

TEST_F(LocalTransfer, WhereNobodyListensNobodyIsLetIn) {
  const std::vector<std::pair<std::string, std::string>> flags = {
      {"--allow", "127.0.0.1"}, {"--deny", "127.0.0.1"}, {"--max-per-address", "1"},
      {"--rate", "1m"},         {"--rate-all", "1m"},    {"--proxy-from", "::1"},
      {"--for", "1s"},          {"--max-clients", "2"},  {"--keep-open", ""}};
  for (const auto& [flag, value] : flags) {
    std::vector<std::string> words = {"receive", "-", there_.string(), flag};
    if (!value.empty()) words.push_back(value);
    const auto o = fairlead_tool(words);
    EXPECT_EQ(o.status, 2);
    EXPECT_EQ(o.errors, "fairlead: " + flag + ": nothing listens at -, where one sends\n");
  }
  EXPECT_EQ(fairlead_tool({"receive", "-", there_.string(), "--proxy-protocol"}).errors,
            "fairlead: -: --proxy-protocol is for tcp://, tls:// and unix: addresses\n");
  EXPECT_EQ(fairlead_tool({"send", tree(), "-", "--insecure"}).errors,
            "fairlead: -: --insecure is for tls:// addresses\n");
}

TEST_F(LocalTransfer, TerminalsAndFilesCarryNone) {
  for (const std::string at : {"pty:cat", "file:x"}) {
    for (const auto& words :
         {std::vector<std::string>{"send", tree(), at}, {"receive", at, there_.string()}}) {
      const auto o = fairlead_tool(words);
      EXPECT_EQ(o.status, 2);
      EXPECT_EQ(o.errors, "fairlead: " + at + ": not the address of a socket; fairlead relay takes it\n");
    }
  }
  start_options on_a_terminal;
  on_a_terminal.terminal = true;
  on_a_terminal.environment = {{"TERM", "dumb"}};
  running s(fairlead_command({"send", tree(), "-"}), on_a_terminal);
  EXPECT_EQ(s.status(), 2);
  EXPECT_TRUE(s.output().contains("one of them is a terminal; join both to the other side")) << s.output();
}

}  // namespace
