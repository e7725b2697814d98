// SPDX-License-Identifier: MIT
// Whether there is room is known before anything is sent, on each file system that something goes to, and
// what is there already does not need it twice.
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "support/bytes.hpp"
#include "support/temp_dir.hpp"
#include "tool/tool.hpp"
#include "tool/transferring.hpp"

namespace {

namespace fs = std::filesystem;
using namespace fairlead::testing;
using namespace tool_test;

class Room : public guarded<::testing::Test> {
 protected:
  static constexpr int not_permitted = 77;

  void SetUp() override {
    for (const fs::path& d : {here_, there_}) fs::create_directories(d / "tree");
    const child_outcome o = run_in_child([] { return mounts_of_our_own() ? 0 : not_permitted; });
    if (o.status != 0) GTEST_SKIP() << "only root may mount";
  }
  static bool mounts_of_our_own() {
    return ::unshare(CLONE_NEWNS) == 0 && ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
  }
  // A small file system at `where`, seen by the receiver alone; `more` is done on it.
  static start_options with_small(
      const fs::path& where, const std::string& what, const std::function<void()>& more = [] {}) {
    start_options o;
    o.in_the_child = [=] {
      if (!mounts_of_our_own() || ::mount("none", where.c_str(), "tmpfs", 0, what.c_str()) != 0)
        ::_exit(not_permitted);
      more();
    };
    return o;
  }
  void send(const start_options& how, int status) {
    receiving r("unix:" + (dir_ / "s").string(), there_, {}, how);
    sent_ = fairlead_tool({"send", (here_ / "tree").string(), r.address()});
    EXPECT_EQ(sent_.status, status) << sent_.errors;
    EXPECT_EQ(r.status(), status) << r.errors();
  }
  void expect_refused(const start_options& how, const std::string& why) {
    send(how, 1);
    EXPECT_TRUE(sent_.errors.starts_with("fairlead: the receiver has given up: " + why)) << sent_.errors;
    EXPECT_FALSE(sent_.errors.contains("send again")) << "nothing was sent: " << sent_.errors;
  }
  void write(const std::string& name, std::size_t size) const {
    dir_.write("here/tree/" + name, random_bytes(size, 1));
  }

  temp_dir dir_;
  const fs::path here_ = dir_ / "here";
  const fs::path there_ = dir_ / "there";
  child_outcome sent_;
};

// Small files come again whenever they are sent.
TEST_F(Room, FilesThatTakeThePlaceOfOldOnesNeedRoomForOneMoreOnly) {
  for (int i = 0; i < 10; ++i) write(std::to_string(i), 60'000);
  send(with_small(there_, "size=1m",
                  [&] {
                    fs::create_directory(there_ / "tree");
                    for (int i = 0; i < 10; ++i)
                      std::ofstream(there_ / "tree" / std::to_string(i)) << std::string(60'000, 'x');
                  }),
       0);
  EXPECT_TRUE(sent_.errors.contains("sent 10 files, 600 kB in ")) << sent_.errors;
}

TEST_F(Room, TheOldFileIsThereUntilTheNewOneIsWhole) {
  write("file", 900'000);
  expect_refused(with_small(there_, "size=1m",
                            [&] {
                              fs::create_directory(there_ / "tree");
                              std::ofstream(there_ / "tree/file") << std::string(600'000, 'x');
                            }),
                 there_.string() + ": there is room for 446 kB only, and 900 kB are needed");
}

TEST_F(Room, WhatGoesToAnotherFileSystemNeedsRoomThere) {
  write("file", 2'000'000);
  expect_refused(with_small(there_ / "tree", "size=1m"),
                 (there_ / "tree").string() + ": there is room for 1.05 MB only, and 2.00 MB are needed");
  // And only there.
  fs::create_directory(dir_ / "large");
  send(with_small(there_, "size=1m",
                  [&] {
                    fs::create_directory(there_ / "tree");
                    const std::string large = dir_ / "large";
                    if (::mount(large.c_str(), (there_ / "tree").c_str(), nullptr, MS_BIND, nullptr) != 0)
                      ::_exit(not_permitted);
                  }),
       0);
  EXPECT_EQ(content_of(dir_ / "large/file"), content_of(here_ / "tree/file"));
}

TEST_F(Room, FilesAndDirectoriesAreCountedWhereTheirNumberIsLimited) {
  for (int i = 0; i < 20; ++i) write(std::to_string(i), 0);
  expect_refused(
      with_small(there_, "size=1m,nr_inodes=10"),
      there_.string() + ": there is room for 9 more files and directories only, and 21 are needed");
}

}  // namespace
