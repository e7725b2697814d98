// SPDX-License-Identifier: MIT
// What is sent is what is in a file, whatever its size is said to be.
#include <filesystem>
#include <string>

#include <gtest/gtest.h>

#include "files/file.hpp"
#include "support/temp_dir.hpp"
#include "tool/tool.hpp"
#include "tool/transferring.hpp"
#include "transfer/source.hpp"

namespace {

namespace fs = std::filesystem;
using namespace fairlead::testing;
using namespace tool_test;

class TransferSource : public guarded<::testing::Test> {};

// Its empty copy would have the status 0.
TEST_F(TransferSource, AFileThatIsMadeUpAsItIsReadIsNamedBeforeAnythingIsSent) {
  if (!fs::exists("/proc/cpuinfo")) GTEST_SKIP() << "no /proc on this machine";
  const auto o = fairlead_tool({"send", "/proc/cpuinfo", "unix:/nobody/there"});
  EXPECT_EQ(o.status, 2);
  EXPECT_EQ(o.errors, "fairlead: read /proc/cpuinfo: has more in it than its size says: send a copy of it\n");
}

TEST_F(TransferSource, AnEmptyFileIsEmpty) {
  const temp_dir dir;
  fs::create_directory(dir / "there");
  const std::string file = dir.write("file", "");
  receiving r("unix:" + (dir / "s").string(), dir / "there");
  EXPECT_EQ(fairlead_tool({"send", file, r.address()}).status, 0);
  EXPECT_EQ(r.status(), 0);
  EXPECT_EQ(fs::file_size(dir / "there/file"), 0U);
}

TEST_F(TransferSource, WhatIsBeyondTheEndIsSeen) {
  const temp_dir dir;
  const auto f = tool::files::open_for_reading(dir.write("file", "content"), false);
  ASSERT_TRUE(f);
  EXPECT_EQ(tool::transfer::has_more(*f, 6), true);
  EXPECT_EQ(tool::transfer::has_more(*f, 7), false);
}

}  // namespace
