// SPDX-License-Identifier: MIT
// Either side killed at any moment: there is the old file or the new one, and the next try finishes the job.
#include <signal.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <random>
#include <string>

#include <gtest/gtest.h>

#include "support/bytes.hpp"
#include "support/temp_dir.hpp"
#include "tool/traced.hpp"
#include "tool/transferring.hpp"

namespace {

namespace fs = std::filesystem;
using namespace fairlead::testing;
using namespace tool_test;

// Ten times ten moments of each side, so that none takes long.
class Killed : public ::testing::TestWithParam<unsigned> {
  hang_guard guard_{10 * soon, 5 * soon};  // hundreds of times something is written to the disk for good

 protected:
  static constexpr const char* names[] = {"large", "small", "d/large", "d/e/small", "read only"};

  void SetUp() override {
    for (const fs::path& top : {here_, there_}) fs::create_directories(top / "tree/d/e");
    for (const char* const name : names) {
      write(here_ / "tree" / name, content(name, true));
      if (std::string_view(name) == "read only") fs::permissions(here_ / "tree" / name, fs::perms(0444));
    }
    grow_old();
    // What is killed is the n-th call of so many.
    const auto s = send_traced(0);
    if (!s.permitted) GTEST_SKIP() << "tracing is not permitted here";
    ASSERT_EQ(s.status, 0) << s.errors;
    senders_calls_ = s.calls;
    grow_old();
    const auto r = receive_traced(0);
    ASSERT_EQ(r.status, 0) << r.errors;
    receivers_calls_ = r.calls;
    grow_old();
  }

  static std::string content(std::string_view name, bool fresh) {
    const std::size_t size = name.ends_with("large") ? 400'000 : 4000;
    return random_bytes(size, static_cast<unsigned>(name.size()) + (fresh ? 100 : 0));
  }
  static void write(const fs::path& file, const std::string& content) {
    fs::remove(file);
    std::ofstream(file, std::ios::binary) << content;
  }
  void grow_old() const {
    for (const char* const name : names) write(there_ / "tree" / name, content(name, false));
  }
  [[nodiscard]] std::string address() const { return "unix:" + (dir_ / "s").string(); }
  [[nodiscard]] std::vector<std::string> sending() const {
    return fairlead_command({"send", (here_ / "tree").string(), address(), "--quiet"});
  }

  // Tell both sides' ends; a receiver that nobody has come to is told to go.
  [[nodiscard]] trace_outcome send_traced(std::size_t fatal) const {
    receiving r(address(), there_, {"--quiet"});
    const auto o = run_traced(sending(), fatal);
    if (o.status != 0) r.signal(SIGTERM);
    EXPECT_NE(r.status(), -1) << "the receiver hangs";
    return o;
  }
  [[nodiscard]] trace_outcome receive_traced(std::size_t fatal) const {
    fs::remove(dir_ / "s");
    std::unique_ptr<running> sender;
    const auto o = run_traced(fairlead_command({"receive", address(), there_.string(), "--quiet"}), fatal,
                              "listening ", [&] { sender = std::make_unique<running>(sending()); });
    if (sender) {
      EXPECT_NE(sender->status(), -1) << "the sender hangs";
    }
    fs::remove(dir_ / "s");
    return o;
  }

  void expect_old_or_new(const std::string& when) const {
    for (const char* const name : names) {
      const std::string is = content_of(there_ / "tree" / name);
      EXPECT_TRUE(is == content(name, false) || is == content(name, true))
          << name << " is neither the old one nor the new one, " << is.size() << " bytes, " << when;
    }
  }
  void expect_finished(const std::string& when) {
    const auto o = send_traced(0);
    EXPECT_EQ(o.status, 0) << o.errors << when;
    EXPECT_EQ(picture_of(there_), picture_of(here_)) << when;
    EXPECT_EQ(partial_files(there_), std::vector<std::string>()) << when;
  }

  temp_dir dir_;
  const fs::path here_ = dir_ / "here";
  const fs::path there_ = dir_ / "there";
  std::size_t senders_calls_ = 0;
  std::size_t receivers_calls_ = 0;
};

INSTANTIATE_TEST_SUITE_P(Seed, Killed, ::testing::Range(1U, 11U));

// Five in a row without a whole one between: each goes on from what the last one has left.
TEST_P(Killed, SenderLeavesTheOldFileOrTheNewOne) {
  std::mt19937 random(GetParam());
  for (int n = 1; n <= 10; ++n) {
    const std::size_t fatal = 1 + random() % senders_calls_;
    const std::string when =
        "sender killed at call " + std::to_string(fatal) + " of " + std::to_string(senders_calls_);
    (void)send_traced(fatal);
    expect_old_or_new(when);
    if (n % 5 != 0) continue;
    expect_finished(when);
    grow_old();
  }
}

TEST_P(Killed, ReceiverLeavesTheOldFileOrTheNewOne) {
  std::mt19937 random(GetParam() + 1000);
  for (int n = 1; n <= 10; ++n) {
    const std::size_t fatal = 1 + random() % receivers_calls_;
    const std::string when =
        "receiver killed at call " + std::to_string(fatal) + " of " + std::to_string(receivers_calls_);
    (void)receive_traced(fatal);
    expect_old_or_new(when);
    if (n % 5 != 0) continue;
    expect_finished(when);
    grow_old();
  }
}

}  // namespace
