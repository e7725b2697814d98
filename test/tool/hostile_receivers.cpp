// SPDX-License-Identifier: MIT
// Receivers that mean harm, or are broken: a sender believes no claim that is not so, waits for nobody who is
// dead, and sends nothing but what it was told to.
#include <sys/stat.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <thread>

#include <gtest/gtest.h>

#include "support/temp_dir.hpp"
#include "tool/tool.hpp"
#include "tool/transfer_by_hand.hpp"
#include "tool/transferring.hpp"
#include "transfer/format.hpp"

namespace {

namespace fs = std::filesystem;
using namespace fairlead::testing;
using namespace tool_test;
using namespace tool::transfer;
using fairlead::sha256;

class HostileReceiver : public HostilePeer {
 protected:
  // The sender greets, and announces one file.
  static void expect_plan(by_hand& r) {
    EXPECT_TRUE(r.hear_hello());
    r.say_hello();
    EXPECT_TRUE(r.hears<message::planned>());
    EXPECT_TRUE(r.hears<message::all_planned>());
  }
  template <class Speak>
  void expect_complaint(Speak speak, const std::string& why, int status = 1, bool ready = true,
                        const std::string& sent = {}) {
    fs::remove(dir_ / "s");
    auto listening = fairlead::unix_listener::listen(dir_.socket("s")).value();
    running s(fairlead_command({"send", file_, address()}));
    by_hand r(listening.accept().within(soon).wait().value());
    expect_plan(r);
    speak(r);
    (void)r.hears_why();
    r.finish();
    EXPECT_EQ(s.status(), status) << s.errors();
    const std::string advice = ready ? ": send again to go on\n" : "\n";
    EXPECT_TRUE(s.errors().contains(why + "; 0 files of 1 are whole there" + sent + advice)) << s.errors();
  }
  const std::string file_ = dir_.write("file", std::string(100'000, 'x'));
};

TEST_F(HostileReceiver, CannotClaimWhatIsNotSo) {
  const digest wrong{};
  expect_complaint(
      [&](by_hand& r) {
        r.say(message::ready{});
        EXPECT_TRUE(r.hears<message::opened>());
        r.say(message::have{0, sha256::of("")});
        EXPECT_TRUE(r.hears<message::resumed>());
        EXPECT_TRUE(r.hears_in_the_end<message::closed>());
        r.say(message::kept{wrong});
      },
      "file: has not arrived as it is here: its SHA-256 is another one there", 4);
  expect_complaint([&](by_hand& r) { r.say(message::kept{wrong}); },
                   "the receiver has a file that was not sent", 1, false);
  expect_complaint(
      [&](by_hand& r) {
        r.say(message::ready{});
        EXPECT_TRUE(r.hears<message::opened>());
        r.say(message::have{100'001, wrong});
      },
      "the receiver has more than there is");
  expect_complaint(
      [&](by_hand& r) {
        r.say(message::ready{});
        EXPECT_TRUE(r.hears<message::opened>());
        r.say(message::have{0, sha256::of("")});
        EXPECT_TRUE(r.hears_in_the_end<message::closed>());
        r.say(message::done{1});
      },
      "the receiver has ended without all files", 1, true, ", and of file 100 kB of 100 kB were sent");
  expect_complaint([&](by_hand& r) { r.say(message::done{0}); }, "the receiver speaks out of turn", 1, false);
  expect_complaint([&](by_hand& r) { r.say(message::given_up{false, "no\x1b[31m room"}); },
                   "the receiver has given up: no\\x1b[31m room", 1, false);
}

// Not hostile, but told apart by hand: the file changes when the receiver says so.
TEST_F(HostileReceiver, AFileThatChangesMeanwhileIsTakenBack) {
  const std::string other = dir_.write("other", "content");
  auto listening = fairlead::unix_listener::listen(dir_.socket("s")).value();
  running s(fairlead_command({"send", file_, other, address()}));
  by_hand r(listening.accept().within(soon).wait().value());
  EXPECT_TRUE(r.hear_hello());
  r.say_hello();
  EXPECT_TRUE(r.hears_in_the_end<message::all_planned>());
  r.say(message::ready{});
  EXPECT_TRUE(r.hears<message::opened>());
  std::ofstream(file_, std::ios::app) << "more";
  r.say(message::have{0, sha256::of("")});
  EXPECT_TRUE(r.hears<message::resumed>());
  std::optional<any_message> m = r.hear();
  while (m && std::holds_alternative<message::data>(*m)) m = r.hear();
  ASSERT_TRUE(m && std::holds_alternative<message::spoilt>(*m));
  EXPECT_EQ(std::get<message::spoilt>(*m).why, "has changed while it was being sent");
  EXPECT_TRUE(r.hears<message::opened>()) << "the others are sent";
  EXPECT_TRUE(r.hears<message::data>());
  EXPECT_TRUE(r.hears<message::closed>());
  r.say(message::kept{sha256::of("content")});
  EXPECT_TRUE(r.hears<message::finished>());
  r.say(message::done{1});
  r.finish();
  EXPECT_EQ(s.status(), 1);
  EXPECT_EQ(s.errors(), "fairlead: " + file_ +
                            ": has changed while it was being sent; the receiver keeps what it had\n" +
                            "fairlead: " + file_ +
                            " could not be sent; 1 file of 2 is whole there: send again to go on\n");
}

// Hashing or writing, it takes nothing for longer than the sender's patience, but says that it lives.
TEST_F(HostileReceiver, MayTakeNothingForLongAsLongAsItLives) {
  const std::string content = std::string(3'000'000, 'x');
  const std::string large = dir_.write("large", content);
  for (const bool lives : {true, false}) {
    fs::remove(dir_ / "s");
    auto listening = fairlead::unix_listener::listen(dir_.socket("s")).value();
    running s(fairlead_command({"send", large, address(), "--idle", "3s"}));
    by_hand r(listening.accept().within(soon).wait().value());
    expect_plan(r);
    r.say(message::ready{});
    EXPECT_TRUE(r.hears<message::opened>());
    r.say(message::have{0, sha256::of("")});
    if (!lives) {
      EXPECT_EQ(s.status(), 3);
      EXPECT_NE(s.errors().find("said nothing for 3.00 s; "), std::string::npos) << s.errors();
      continue;
    }
    const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(4500);
    while (std::chrono::steady_clock::now() < until) {
      r.say(message::alive{});
      std::this_thread::sleep_for(std::chrono::milliseconds(50));  // the time itself is what is tested
    }
    EXPECT_TRUE(r.hears<message::resumed>());
    EXPECT_TRUE(r.hears_in_the_end<message::closed>());
    r.say(message::kept{sha256::of(content)});
    EXPECT_TRUE(r.hears<message::finished>());
    r.say(message::done{1});
    r.finish();
    EXPECT_EQ(s.status(), 0) << s.errors();
  }
}

TEST_F(HostileReceiver, DoesNotHoldASenderByTakingNothing) {
  auto listening = fairlead::unix_listener::listen(dir_.socket("s")).value();
  const std::string large = dir_.write("large", std::string(3'000'000, 'x'));
  running s(fairlead_command({"send", large, address()}));
  by_hand r(listening.accept().within(soon).wait().value());
  expect_plan(r);
  r.say(message::ready{});
  EXPECT_TRUE(r.hears<message::opened>());
  r.say(message::have{0, sha256::of("")});
  EXPECT_TRUE(r.hears<message::resumed>());
  r.say(message::kept{});  // nonsense, while the sender waits for us to take what it says
  EXPECT_EQ(s.status(), 1);
  EXPECT_NE(s.errors().find("the receiver has a file that was not sent"), std::string::npos) << s.errors();
}

// Somebody has put another one in its place since it was found, as a link in the place of a directory would.
TEST_F(HostileReceiver, AnotherFileInItsPlaceIsNotSent) {
  auto listening = fairlead::unix_listener::listen(dir_.socket("s")).value();
  running s(fairlead_command({"send", file_, address()}));
  by_hand r(listening.accept().within(soon).wait().value());
  expect_plan(r);
  fs::rename(dir_.write("other", "not meant to be sent"), file_);
  r.say(message::ready{});
  EXPECT_TRUE(r.hears<message::finished>());
  r.say(message::done{0});
  r.finish();
  EXPECT_EQ(s.status(), 1);
  EXPECT_NE(s.errors().find(file_ + ": is another file now; the receiver keeps what it had\n"),
            std::string::npos)
      << s.errors();
}

}  // namespace
