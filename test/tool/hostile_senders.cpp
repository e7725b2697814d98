// SPDX-License-Identifier: MIT
// Senders that mean harm, or are broken: nothing is touched outside of the directory, nothing is taken for
// whole that is not, and the sentence says what was wrong.
#include <sys/stat.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "support/temp_dir.hpp"
#include "tool/tool.hpp"
#include "tool/transfer_by_hand.hpp"
#include "tool/transferring.hpp"
#include "transfer/format.hpp"
#include "transfer/target.hpp"

namespace {

namespace fs = std::filesystem;
using namespace fairlead::testing;
using namespace tool_test;
using namespace tool::transfer;
using fairlead::sha256;

class HostileSender : public HostilePeer {
 protected:
  [[nodiscard]] by_hand dial() const {
    return by_hand(fairlead::unix_stream::connect(dir_.socket("s")).within(soon).wait().value());
  }
  // A sender that has planned nothing, and may begin.
  [[nodiscard]] by_hand sender() const {
    by_hand s = dial();
    s.say_hello();
    EXPECT_TRUE(s.hear_hello());
    s.say(message::all_planned{});
    EXPECT_TRUE(s.hears<message::ready>());
    return s;
  }
  // What a receiver thinks of what `speak` says to it.
  template <class Speak>
  std::string answer_to(Speak speak, int status = 1) {
    receiving r(address(), there_, {"--max-files", "10"});
    by_hand s = sender();
    speak(s);
    const std::string why = s.hears_why();
    s.finish();
    EXPECT_EQ(r.status(), status) << r.errors();
    EXPECT_NE(r.errors().find(why), std::string::npos) << r.errors();
    EXPECT_EQ(content_of(outside_ / "file"), "mine");
    EXPECT_EQ(std::distance(fs::directory_iterator(outside_), fs::directory_iterator()), 1);
    return why;
  }
};

bool ends_with(const std::string& text, const std::string& end) { return text.ends_with(end); }

TEST_F(HostileSender, APathOutsideIsRefused) {
  for (const char* const path : {"../outside/file", "/etc/passwd", "d/../../outside/file", "./x", "d//x"}) {
    const std::string why = answer_to([&](by_hand& s) {
      s.say_directory("d");
      s.say_file(path, "yours");
    });
    EXPECT_TRUE(ends_with(why, "an entry has a path that is not allowed")) << path << ": " << why;
  }
}

TEST_F(HostileSender, LinksAreNotFollowed) {
  fs::create_directory_symlink(outside_, there_ / "link");
  const std::string refused = ": is a symbolic link, and none is followed";
  EXPECT_TRUE(ends_with(answer_to([](by_hand& s) { s.say_directory("link"); }), "link" + refused));
  EXPECT_TRUE(ends_with(answer_to([](by_hand& s) { s.say_file("link/file", "yours"); }),
                        "comes before its directory"));
  // Planted where a partial file will be.
  const fs::path partial = there_ / partial_name("victim");
  fs::create_symlink(outside_ / "file", partial);
  EXPECT_TRUE(ends_with(answer_to([](by_hand& s) { s.say_file("victim", "yours"); }), refused));
  fs::remove(partial);
  fs::create_hard_link(outside_ / "file", partial);
  EXPECT_TRUE(
      ends_with(answer_to([](by_hand& s) { s.say_file("victim", "yours"); }), "is in the way: remove it"));
  fs::remove(partial);
  ASSERT_EQ(::mkfifo(partial.c_str(), 0600), 0);
  EXPECT_TRUE(
      ends_with(answer_to([](by_hand& s) { s.say_file("victim", "yours"); }), "is in the way: remove it"));
}

TEST_F(HostileSender, ALinkInTheFilesPlaceIsReplacedAndItsTargetIsLeftAlone) {
  fs::create_symlink(outside_ / "file", there_ / "file");
  receiving r(address(), there_);
  by_hand s = sender();
  s.say_file("file", "yours");
  EXPECT_TRUE(s.hears<message::kept>());
  s.say(message::finished{});
  EXPECT_TRUE(s.hears<message::done>());
  s.finish();
  EXPECT_EQ(r.status(), 0);
  EXPECT_FALSE(fs::is_symlink(there_ / "file"));
  EXPECT_EQ(content_of(there_ / "file"), "yours");
  EXPECT_EQ(content_of(outside_ / "file"), "mine");
}

TEST_F(HostileSender, NothingIsMadeThatRunsAsSomebodyElse) {
  const std::string why = answer_to([](by_hand& s) {
    entry e;
    e.path = "suid";
    e.mode = 04755;
    s.say(message::opened{e});
  });
  EXPECT_TRUE(ends_with(why, "an entry has more than permissions in its mode")) << why;
  EXPECT_TRUE(fs::is_empty(there_));
}

TEST_F(HostileSender, PartialFilesOfOthersCannotBeNamed) {
  EXPECT_TRUE(ends_with(answer_to([](by_hand& s) { s.say_file(partial_name("x"), "yours"); }),
                        "has a name that is kept for partial files"));
}

TEST_F(HostileSender, WhatIsAskedForMustBeInOrder) {
  const std::string out_of_turn = "the sender speaks out of turn";
  EXPECT_TRUE(ends_with(answer_to([](by_hand& s) { s.say(message::hole{1}); }), out_of_turn));
  EXPECT_TRUE(ends_with(answer_to([](by_hand& s) { s.say(message::kept{}); }), out_of_turn));
  EXPECT_TRUE(ends_with(answer_to([](by_hand& s) { s.say_file("a/b", "x"); }), "comes before its directory"));
  EXPECT_TRUE(ends_with(answer_to([](by_hand& s) {
                          s.say_directory("a");
                          s.say_directory("b");
                          s.say_file("a/c", "x");
                        }),
                        "comes before its directory"));
  EXPECT_TRUE(ends_with(answer_to([](by_hand& s) {
                          entry e;
                          e.asks = true;
                          e.path = "file";
                          e.size = e.stored = 10;
                          s.say(message::opened{e});
                          s.say(message::resumed{5});
                        }),
                        "the sender goes on where nobody has been"));
  receiving r(address(), there_);
  by_hand s = dial();
  s.say_hello();
  EXPECT_TRUE(s.hear_hello());
  s.say_file("file", "before it was planned");
  EXPECT_TRUE(ends_with(s.hears_why(), out_of_turn));
}

TEST_F(HostileSender, SizesAreWhatWasSaid) {
  const auto sized = [](std::uint64_t size, auto say) {
    return [=](by_hand& s) {
      entry e;
      e.path = "file";
      e.size = size;
      s.say(message::opened{e});
      say(s);
    };
  };
  const std::string ten(10, 'x');
  const message::data data{std::as_bytes(std::span(ten))};
  EXPECT_TRUE(ends_with(answer_to(sized(9, [&](by_hand& s) { s.say(data); })),
                        "a file is longer than the sender said"));
  EXPECT_TRUE(ends_with(answer_to(sized(9, [&](by_hand& s) { s.say(message::hole{10}); })),
                        "a file is longer than the sender said"));
  EXPECT_TRUE(ends_with(answer_to(sized(11,
                                        [&](by_hand& s) {
                                          s.say(data);
                                          s.say(message::closed{sha256::of(ten)});
                                        })),
                        "a file is shorter than the sender said"));
  EXPECT_FALSE(fs::exists(there_ / "file"));
}

TEST_F(HostileSender, MoreThanIsAllowedIsNotTakenWhateverWasPlanned) {
  const std::string why = answer_to([](by_hand& s) {
    for (int i = 0; i <= 10; ++i) s.say_file(std::to_string(i), "");
  });
  EXPECT_EQ(why, "more than 10 files are not taken; --max-files allows more");
  receiving r(address(), there_, {"--max-size", "15"});
  by_hand s = sender();
  s.say_file("a", std::string(10, 'x'));
  s.say_file("b", std::string(10, 'x'));
  EXPECT_EQ(s.hears_why(), "more than 15 B are not taken; --max-size allows more");
}

TEST_F(HostileSender, MoreThanThereIsRoomForIsRefusedBeforehand) {
  receiving r(address(), there_, {"--max-size", "4096t"});
  by_hand s = dial();
  s.say_hello();
  EXPECT_TRUE(s.hear_hello());
  entry e;
  e.path = "file";
  e.size = e.stored = std::uint64_t{1} << 51U;
  s.say(message::planned{e});
  s.say(message::all_planned{});
  const std::string why = s.hears_why();
  EXPECT_NE(why.find(": there is room for "), std::string::npos) << why;
  EXPECT_TRUE(ends_with(why, " only, and 2252 TB are needed")) << why;
  s.finish();
  EXPECT_EQ(r.status(), 1);
  EXPECT_TRUE(fs::is_empty(there_));
}

TEST_F(HostileSender, AnotherHashIsAFailedVerificationAtBothEnds) {
  std::ofstream(there_ / "file") << "old";
  const std::string why =
      answer_to([](by_hand& s) { s.say_file("file", "content", sha256::of("another")); }, 4);
  EXPECT_TRUE(ends_with(why, "file: has not arrived as it was sent: its SHA-256 is another one")) << why;
  EXPECT_EQ(content_of(there_ / "file"), "old");
  EXPECT_EQ(partial_files(there_), std::vector<std::string>());
}

TEST_F(HostileSender, WhoLeavesInTheMidstHasItsBeginningKept) {
  receiving r(address(), there_);
  {
    by_hand s = sender();
    entry e;
    e.path = "file";
    e.size = 1000;
    s.say(message::opened{e});
    const std::string ten(10, 'x');
    s.say(message::data{std::as_bytes(std::span(ten))});
  }
  EXPECT_EQ(r.status(), 1);
  EXPECT_NE(r.errors().find("; of " + (there_ / "file").string() +
                            " 10 B of 1.00 kB are kept: receive it again to go on from there\n"),
            std::string::npos)
      << r.errors();
}

TEST_F(HostileSender, AnotherVersionIsNamedAtBothEnds) {
  receiving r(address(), there_);
  by_hand s = dial();
  s.say_hello(2);
  EXPECT_TRUE(s.hear_hello());
  EXPECT_TRUE(
      r.complains("the peer speaks version 2 of the transfer protocol, we speak 1: use the same release of "
                  "fairlead at both ends\n"));
}

TEST_F(HostileSender, WhatIsTakenBackLeavesTheOldFileAndNothingElse) {
  std::ofstream(there_ / "file") << "old";
  receiving r(address(), there_);
  by_hand s = sender();
  entry e;
  e.path = "file";
  e.mode = 0600;
  e.size = 20;
  s.say(message::opened{e});
  const std::string ten(10, 'x');
  s.say(message::data{std::as_bytes(std::span(ten))});
  s.say(message::spoilt{"changed"});
  s.say_file("other", "content");
  EXPECT_TRUE(s.hears<message::kept>());
  s.say(message::finished{});
  EXPECT_TRUE(s.hears<message::done>());
  s.finish();
  EXPECT_EQ(r.status(), 1);
  EXPECT_NE(r.errors().find("fairlead: 1 of 2 files came; the sender has taken back the other\n"),
            std::string::npos)
      << r.errors();
  EXPECT_EQ(content_of(there_ / "file"), "old");
  EXPECT_EQ(content_of(there_ / "other"), "content");
  EXPECT_EQ(partial_files(there_), std::vector<std::string>());
}

// What was announced and never even begun is missing as well, and --keep-open does not forget it.
TEST_F(HostileSender, WhatNeverComesIsAFailureWithKeepOpenToo) {
  receiving r(address(), there_, {"--keep-open", "--for", "3s"});
  by_hand s = dial();
  s.say_hello();
  EXPECT_TRUE(s.hear_hello());
  entry e;
  e.path = "file";
  s.say(message::planned{e});
  s.say(message::all_planned{});
  EXPECT_TRUE(s.hears<message::ready>());
  s.say(message::finished{});
  EXPECT_TRUE(s.hears<message::done>());
  s.finish();
  EXPECT_EQ(r.status(), 1);
  EXPECT_NE(r.errors().find("fairlead: 0 of 1 file came; the sender has taken back the other\n"),
            std::string::npos)
      << r.errors();
}

// Who hashes a long beginning hears whether there is still somebody to send the rest to.
TEST_F(HostileSender, AnswersSignsOfLifeWithItsOwn) {
  receiving r(address(), there_);
  by_hand s = sender();
  const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(1500);
  while (std::chrono::steady_clock::now() < until) {
    s.say(message::alive{});
    std::this_thread::sleep_for(std::chrono::milliseconds(50));  // the time itself is what is tested
  }
  s.say(message::finished{});
  const auto first = s.hear(true);
  EXPECT_TRUE(first && std::holds_alternative<message::alive>(*first));
  EXPECT_TRUE(s.hears<message::done>());
  s.finish();
  EXPECT_EQ(r.status(), 0) << r.errors();
}

// Else a stranger could ask for the hash of the first byte, of the first two, and so on, and guess each.
TEST_F(HostileSender, OfAPartialFileThereIsTheWholeHashOrNone) {
  const std::string secret(200'000, 's');
  std::ofstream(there_ / partial_name("file")) << secret;
  receiving r(address(), there_);
  by_hand s = sender();
  const auto ask = [&s](const std::string& path, std::uint64_t size) {
    entry e;
    e.asks = true;
    e.path = path;
    e.size = e.stored = size;
    s.say(message::opened{e});
    const auto m = s.hear();
    const auto* const have = m ? std::get_if<message::have>(&*m) : nullptr;
    s.say(message::spoilt{"enough"});
    return have != nullptr ? *have : message::have{1, {}};
  };
  const message::have nothing{0, sha256::of("")};
  for (const std::uint64_t size : {1U, 2U, 199'999U}) EXPECT_EQ(ask("file", size), nothing) << size;
  const message::have all{200'000, sha256::of(secret)};
  EXPECT_EQ(ask("file", 200'000), all);
  EXPECT_EQ(ask("file", 200'001), all);
  EXPECT_EQ(ask("never sent", 200'000), nothing);
  s.say(message::finished{});
  EXPECT_TRUE(s.hears<message::done>());
  s.finish();
  EXPECT_EQ(r.status(), 1);
  EXPECT_EQ(partial_files(there_), std::vector<std::string>{there_ / partial_name("file")})
      << "one that nothing has come of is not left";
}

}  // namespace
