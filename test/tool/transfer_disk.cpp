// SPDX-License-Identifier: MIT
// A disk that does not take what is written: nothing is acknowledged that is not on it, now or the next time.
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <string>

#include <gtest/gtest.h>

#include "support/bytes.hpp"
#include "support/seccomp.hpp"
#include "support/temp_dir.hpp"
#include "tool/tool.hpp"
#include "tool/transferring.hpp"

namespace {

namespace fs = std::filesystem;
using namespace fairlead::testing;
using namespace tool_test;

class FailingDisk : public guarded<::testing::Test> {
 protected:
  struct both {
    child_outcome sender;
    int receiver = -1;
    std::string said;  // by the receiver
  };

  void SetUp() override {
    const child_outcome o = run_in_child([] { return refuse_fsync() ? 0 : 99; });
    if (o.status == 99) GTEST_SKIP() << "no seccomp on this machine";
    fs::create_directory(there_);
    fs::create_directory(dir_ / "here");
    dir_.write("here/file", content_);
  }

  static bool refuse_fsync() {
    static constexpr std::array<long, 1> calls = {SYS_fsync};
    return deny_system_calls(calls, EIO);
  }

  [[nodiscard]] both transfer(bool disk_fails) const {
    start_options how;
    if (disk_fails) how.in_the_child = [] { (void)refuse_fsync(); };
    receiving r("unix:" + (dir_ / "s").string(), there_, {}, how);
    both b;
    b.sender = fairlead_tool({"send", (dir_ / "here/file").string(), r.address()});
    b.receiver = r.status();
    b.said = r.errors();
    return b;
  }
  void expect_whole_at_last() const {
    const both again = transfer(false);
    EXPECT_EQ(again.receiver, 0) << again.said;
    EXPECT_EQ(again.sender.status, 0) << again.sender.errors;
    EXPECT_EQ(picture_of(there_), picture_of(dir_ / "here"));
    EXPECT_NE(again.said.find("received 1 file, 200 kB"), std::string::npos)
        << "it came anew: " << again.said;
  }

  const std::string content_ = random_bytes(200'000, 1);
  temp_dir dir_;
  const fs::path there_ = dir_ / "there";
};

TEST_F(FailingDisk, KeepsNoPartThatNobodyCanTrust) {
  const both b = transfer(true);
  EXPECT_EQ(b.receiver, 1);
  EXPECT_EQ(b.sender.status, 1) << "it was acknowledged";
  EXPECT_NE(b.said.find("input/output error; it is removed, for nobody can tell what of it is on the disk"),
            std::string::npos)
      << b.said;
  EXPECT_EQ(picture_of(there_), "");
  expect_whole_at_last();
}

TEST_F(FailingDisk, DoesNotAcknowledgeTheNextTimeWhatFailedOnce) {
  EXPECT_EQ(transfer(false).receiver, 0);
  const both b = transfer(true);
  EXPECT_EQ(b.receiver, 1);
  EXPECT_EQ(b.sender.status, 1) << "it was acknowledged";
  EXPECT_NE(b.said.find("receive it again, and it comes anew"), std::string::npos) << b.said;
  expect_whole_at_last();
}

}  // namespace
