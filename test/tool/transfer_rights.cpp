// SPDX-License-Identifier: MIT
// What the receiver may do where others may do something, too: nobody gets hold of what arrives, nothing of
// theirs is changed, and what cannot be done is known before anything is sent.
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "support/bytes.hpp"
#include "tool/tool.hpp"
#include "tool/transfer_by_hand.hpp"
#include "tool/transferring.hpp"
#include "transfer/target.hpp"

namespace {

namespace fs = std::filesystem;
using namespace fairlead::testing;
using namespace tool_test;
using tool::transfer::partial_name;

constexpr ::uid_t somebody = 65534;
constexpr ::uid_t a_third = 65533;

class Rights : public HostilePeer {
 protected:
  void SetUp() override {
    HostilePeer::SetUp();
    fs::create_directory(here_);
  }
  void TearDown() override {  // or nobody but root could remove them
    fs::permissions(there_, fs::perms::owner_all);
    for (const auto& e : fs::recursive_directory_iterator(there_)) {
      if (e.is_directory()) fs::permissions(e.path(), fs::perms::owner_all);
    }
  }
  // Root has no more rights than anybody.
  static start_options as_anybody() {
    start_options o;
    o.in_the_child = [] {
      for (const int power : {CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH, CAP_FOWNER})
        ::prctl(PR_CAPBSET_DROP, power);
    };
    return o;
  }
  static void give(const fs::path& what, ::uid_t to) {
    ASSERT_EQ(::lchown(what.c_str(), to, static_cast<::gid_t>(to)), 0);
  }
  static ::uid_t owner_of(const fs::path& what) {
    struct stat s{};
    return ::lstat(what.c_str(), &s) == 0 ? s.st_uid : static_cast<::uid_t>(-1);
  }
  [[nodiscard]] child_outcome send(const receiving& to, const std::vector<std::string>& names) const {
    std::vector<std::string> words = {"send"};
    for (const std::string& n : names) words.push_back((here_ / n).string());
    words.push_back(to.address());
    return fairlead_tool(words);
  }
  // It is known from what was announced, and so the sender is not told to try again.
  void expect_refused(const std::vector<std::string>& names, const std::string& why, std::size_t files) {
    receiving r(address(), there_, {}, as_anybody());
    const auto o = send(r, names);
    EXPECT_EQ(o.status, 1);
    EXPECT_EQ(o.errors, "fairlead: the receiver has given up: " + why + "; 0 files of " +
                            std::to_string(files) + " are whole there\n");
    EXPECT_EQ(r.status(), 1);
    EXPECT_TRUE(r.errors().ends_with("\nfairlead: " + why + "\n")) << r.errors();
  }
  // A sender that has announced nothing, so that nothing could be refused.
  [[nodiscard]] by_hand sender() const {
    by_hand s(fairlead::unix_stream::connect(dir_.socket("s")).within(soon).wait().value());
    s.say_hello();
    EXPECT_TRUE(s.hear_hello());
    s.say(message::all_planned{});
    EXPECT_TRUE(s.hears<message::ready>());
    return s;
  }

  const fs::path here_ = dir_ / "here";
};

#define FAIRLEAD_NEEDS_ROOT() \
  if (::geteuid() != 0) GTEST_SKIP() << "only root can give files away"

// Whoever has made it could write what we have vouched for.
TEST_F(Rights, APartialFileOfSomebodyElseIsNotTakenOver) {
  FAIRLEAD_NEEDS_ROOT();
  const std::string content = random_bytes(100'000, 1);
  dir_.write("here/file", content);
  const fs::path planted = there_ / partial_name("file");
  std::ofstream(planted) << content.substr(0, 50'000);
  fs::permissions(planted, fs::perms(0666));
  give(planted, somebody);
  fs::permissions(there_, fs::perms(0777));
  const std::string in_the_way = planted.string() + ": is in the way: remove it";
  expect_refused({"file"}, in_the_way, 1);
  receiving r(address(), there_, {}, as_anybody());
  by_hand s = sender();
  entry e;
  e.asks = true;
  e.path = "file";
  e.size = e.stored = content.size();
  s.say(message::opened{e});
  const auto answer = s.hear();
  const auto* const over = answer ? std::get_if<message::given_up>(&*answer) : nullptr;
  ASSERT_NE(over, nullptr) << "nothing of it is hashed for anybody";
  EXPECT_TRUE(over->why.ends_with(in_the_way)) << over->why;
  s.finish();
  EXPECT_EQ(r.status(), 1);
  EXPECT_EQ(owner_of(planted), somebody);
  EXPECT_EQ(content_of(planted), content.substr(0, 50'000));
  EXPECT_FALSE(fs::exists(there_ / "file"));
}

TEST_F(Rights, AFileThatOnlyItsOwnerMayReplaceIsRefusedBeforehand) {
  FAIRLEAD_NEEDS_ROOT();
  dir_.write("here/file", "new");
  std::ofstream(there_ / "file") << "old";
  give(there_ / "file", somebody);
  give(there_, a_third);
  fs::permissions(there_, fs::perms(01777));
  expect_refused(
      {"file"},
      "write " + (there_ / "file").string() +
          ": is somebody else's, and only its owner may replace it in this directory (sticky bit); "
          "have it removed, or receive elsewhere",
      1);
  EXPECT_EQ(partial_files(there_), std::vector<std::string>());
  receiving r(address(), there_, {}, as_anybody());
  by_hand s = sender();
  s.say_file("file", "new");
  const std::string why = s.hears_why();
  EXPECT_TRUE(why.contains("file: operation not permitted; all of it has come, and is kept as " +
                           partial_name("file")))
      << why;
  s.finish();
  EXPECT_EQ(r.status(), 1);
  EXPECT_FALSE(r.errors().contains("again")) << "it would not help: " << r.errors();
  EXPECT_EQ(content_of(there_ / "file"), "old");
  EXPECT_EQ(content_of(there_ / partial_name("file")), "new");
}

TEST_F(Rights, ADirectoryThatTakesNoDirectoryIsNamedBeforehand) {
  FAIRLEAD_NEEDS_ROOT();
  dir_.write("here/first", "content");
  fs::create_directories(here_ / "tree/new");
  fs::create_directory(there_ / "tree");
  fs::permissions(there_ / "tree", fs::perms(0755));
  give(there_ / "tree", somebody);
  expect_refused({"first", "tree"}, "write " + (there_ / "tree").string() + ": permission denied", 1);
  EXPECT_FALSE(fs::exists(there_ / "first")) << "refused before anything was written";
}

TEST_F(Rights, ADirectoryThatMayNotBeWrittenIsToldBeforeAnybodyComes) {
  fs::permissions(there_, fs::perms(0555));
  running r(fairlead_command({"receive", address(), there_.string()}), as_anybody());
  EXPECT_EQ(r.status(), 2) << "to give ourselves the permission is for whoever has chosen DIR";
  EXPECT_EQ(r.errors(), "fairlead: write " + there_.string() + ": permission denied\n");
}

TEST_F(Rights, WhatIsOursAndKeepsUsOutIsNoHindrance) {
  for (const char* const d : {"tree/dark", "tree/shut", "tree/listed"}) {
    fs::create_directories(here_ / d);
    dir_.write(std::string("here/") + d + "/file", random_bytes(100'000, 1));
  }
  {
    receiving r(address(), there_);
    ASSERT_EQ(send(r, {"tree"}).status, 0);
    ASSERT_EQ(r.status(), 0);
  }
  const std::string was = picture_of(there_);
  fs::permissions(there_ / "tree/dark/file", fs::perms::none);
  fs::permissions(there_ / "tree/dark", fs::perms(0311));
  fs::permissions(there_ / "tree/shut", fs::perms::none);
  fs::permissions(there_ / "tree/listed", fs::perms(0444));
  receiving r(address(), there_, {}, as_anybody());
  const auto o = send(r, {"tree"});
  EXPECT_EQ(o.status, 0) << o.errors;
  EXPECT_EQ(r.status(), 0) << r.errors();
  EXPECT_EQ(picture_of(there_), was);
  EXPECT_TRUE(r.errors().contains("received 3 files (2 there already), 100 kB in ")) << r.errors();
}

TEST_F(Rights, RootLeavesDirectoriesOfOthersAsTheyAre) {
  FAIRLEAD_NEEDS_ROOT();
  fs::create_directories(here_ / "tree/empty");
  fs::create_directories(there_ / "tree/empty");
  dir_.write("here/tree/file", "content");
  fs::permissions(here_ / "tree", fs::perms(0700));
  for (const char* const d : {"tree/empty", "tree"}) {
    fs::permissions(there_ / d, fs::perms(0775));
    give(there_ / d, somebody);
  }
  const auto then = fs::last_write_time(there_ / "tree/empty") - std::chrono::hours(1);
  fs::last_write_time(there_ / "tree/empty", then);
  receiving r(address(), there_);
  const auto o = send(r, {"tree"});
  EXPECT_EQ(o.status, 0) << o.errors;
  EXPECT_EQ(r.status(), 0) << r.errors();
  EXPECT_EQ(content_of(there_ / "tree/file"), "content");
  for (const char* const d : {"tree/empty", "tree"}) {
    EXPECT_EQ(fs::status(there_ / d).permissions(), fs::perms(0775)) << d;
    EXPECT_EQ(owner_of(there_ / d), somebody) << d;
  }
  EXPECT_EQ(fs::last_write_time(there_ / "tree/empty"), then);
}

TEST_F(Rights, ThePermissionsOfAFileOfSomebodyElseAreNotOursToChange) {
  FAIRLEAD_NEEDS_ROOT();
  dir_.write("here/file", random_bytes(100'000, 1));
  fs::copy_file(here_ / "file", there_ / "file");
  fs::last_write_time(there_ / "file", fs::last_write_time(here_ / "file"));
  fs::permissions(here_ / "file", fs::perms(0644));
  fs::permissions(there_ / "file", fs::perms(0664));
  give(there_ / "file", somebody);
  receiving r(address(), there_, {}, as_anybody());
  const auto o = send(r, {"file"});
  EXPECT_EQ(o.status, 0) << o.errors;
  EXPECT_EQ(r.status(), 0) << r.errors();
  EXPECT_EQ(picture_of(there_), picture_of(here_));
  EXPECT_EQ(owner_of(there_ / "file"), ::geteuid()) << "so another file has taken its place";
}

}  // namespace
