// SPDX-License-Identifier: MIT
// --report of send and receive: what has become of each file, and what went over the wire for it.
#include <signal.h>

#include <filesystem>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "evidence/report.hpp"
#include "support/black_hole.hpp"
#include "support/bytes.hpp"
#include "tool/reporting.hpp"
#include "tool/tool.hpp"
#include "tool/transferring.hpp"
#include "transfer/target.hpp"

namespace {

namespace fs = std::filesystem;
using namespace fairlead::testing;
using namespace tool_test;
using nlohmann::json;

class ReportOfFiles : public Report {
 protected:
  void SetUp() override { fs::create_directory(there_); }
  [[nodiscard]] receiving receiver(std::vector<std::string> words = {}) const {
    words.insert(words.end(), {"--report", path("received.json")});
    return receiving("tcp://127.0.0.1:0", there_, std::move(words));
  }
  [[nodiscard]] std::vector<std::string> sending(std::vector<std::string> files,
                                                 const std::string& to) const {
    files.insert(files.begin(), "send");
    files.insert(files.end(), {to, "--report", path("sent.json")});
    return files;
  }
  [[nodiscard]] json file_of(const std::string& report, std::size_t i = 0) const {
    return written(report)["files"]["listed"].at(i);
  }

  const fs::path there_ = dir() / "there";
};

TEST_F(ReportOfFiles, TellsWhatArrivedAndWhatWentOverTheWire) {
  const std::string large = random_bytes(100'000, 1);
  const std::string file = dir().write("large", large);
  const std::string small = dir().write("small", "abc");
  receiving r = receiver();
  const child_outcome o = fairlead_tool(sending({file, small}, r.address()));
  EXPECT_EQ(o.status, 0) << o.errors;
  EXPECT_EQ(r.status(), 0) << r.errors();
  const json sent = written("sent.json");
  const json received = written("received.json");
  const json first = {{"name", "large"},
                      {"size", 100'000},
                      {"bytes", 100'000},
                      {"outcome", "whole"},
                      {"sha256", sum_of(large)}};
  EXPECT_EQ(file_of("sent.json"), first);
  json theirs = first;
  theirs["from"] = sent["dialled"]["listed"].at(0)["local"];
  EXPECT_EQ(file_of("received.json"), theirs);
  for (const json& report : {sent, received}) {
    const json& files = report["files"];
    EXPECT_EQ(files["count"], 2);
    EXPECT_EQ(files["whole"], 2);
    EXPECT_EQ(files["had"], 0);
    EXPECT_EQ(files["bytes"], 100'003);
    EXPECT_EQ(report["conversations"]["over"], 1);
  }
  EXPECT_EQ(received["listening"], json::array({r.address()}));
  // Both ends have seen the same bytes.
  const json& ours = sent["conversations"]["listed"].at(0);
  const json& seen = received["conversations"]["listed"].at(0);
  EXPECT_GT(ours["there"]["bytes"], 100'003);
  for (const char* const way : {"there", "back"}) {
    EXPECT_EQ(ours[way]["bytes"], seen[way]["bytes"]);
    EXPECT_EQ(ours[way]["sha256"], seen[way]["sha256"]);
  }
  EXPECT_EQ(ours["first"], "files");
  EXPECT_EQ(ours["there"]["ended"], "eof");
  EXPECT_EQ(ours["back"]["ended"], "fin");
  EXPECT_EQ(seen["there"]["ended"], "fin");
}

// A report lists the first hundred; of events there is no end.
TEST_F(ReportOfFiles, EventsTellOfEveryFileWithoutOne) {
  fs::create_directory(dir() / "many");
  for (int i = 0; i < 105; ++i)
    (void)dir().write("many/" + std::to_string(i), "content " + std::to_string(i));
  running r(fairlead_command({"receive", "tcp://127.0.0.1:0", there_.string(), "--json", "--quiet"}));
  ASSERT_TRUE(r.complains("}\n"));
  const json first = json::parse(lines_of(r.errors()).at(0));
  EXPECT_EQ(first["event"], "listening");
  const child_outcome o =
      fairlead_tool({"send", (dir() / "many").string(), first["address"], "--json", "--quiet"});
  EXPECT_EQ(o.status, 0) << o.errors;
  EXPECT_EQ(r.status(), 0) << r.errors();
  for (const std::string& said : {o.errors, r.errors()}) {
    std::vector<std::string> names;
    for (const std::string& line : lines_of(said)) {
      const json e = json::parse(line);
      if (e["event"] != "file") continue;
      names.push_back(e["name"]);
      EXPECT_EQ(e["outcome"], "whole") << line;
      const std::string number = names.back().substr(names.back().rfind('/') + 1);
      EXPECT_EQ(e["sha256"], sum_of("content " + number)) << line;
    }
    EXPECT_EQ(names.size(), 105U) << said;
  }
}

TEST_F(ReportOfFiles, TellsWhatWasThereBefore) {
  const std::string content = random_bytes(200'000, 2);
  const std::string file = dir().write("f", content);
  // From a transfer that was interrupted.
  dir().write("there/" + tool::transfer::partial_name("f"), content.substr(0, 150'000));
  for (const bool again : {false, true}) {
    receiving r = receiver();
    EXPECT_EQ(fairlead_tool(sending({file}, r.address())).status, 0);
    EXPECT_EQ(r.status(), 0) << r.errors();
    for (const char* const report : {"sent.json", "received.json"}) {
      const json f = file_of(report);
      EXPECT_EQ(f["outcome"], again ? "had" : "whole");
      EXPECT_EQ(f["resumed_at"], again ? 200'000 : 150'000);
      EXPECT_EQ(f["bytes"], again ? 0 : 50'000);
      EXPECT_EQ(f["sha256"], sum_of(content));
      EXPECT_EQ(written(report)["files"]["had"], again ? 1 : 0);
    }
  }
}

TEST_F(ReportOfFiles, TellsWhatWasInterrupted) {
  const std::string file = dir().write("f", std::string(5'000'000, 'x'));
  receiving r = receiver({"--rate", "10000"});
  std::vector<std::string> words = sending({file}, r.address());
  words.emplace_back("--verbose");
  running sender(fairlead_command(words));
  ASSERT_TRUE(sender.complains("f: begins")) << sender.errors();
  sender.signal(SIGINT);
  EXPECT_EQ(sender.status(), 128 + SIGINT);
  const json sent = written("sent.json");
  EXPECT_EQ(sent["signal"], "SIGINT");
  EXPECT_EQ(file_of("sent.json")["outcome"], "interrupted");
  EXPECT_LT(file_of("sent.json")["bytes"], 5'000'000);
  EXPECT_FALSE(file_of("sent.json").contains("sha256"));
  EXPECT_EQ(sent["files"]["whole"], 0);
  EXPECT_EQ(sent["conversations"]["listed"].at(0)["there"]["ended"], "signal");
}

TEST_F(ReportOfFiles, OfAnInterruptedReceiverHasWhatWasWhole) {
  const std::string small = dir().write("a", "abc");
  receiving r = receiver({"--rate", "10000", "--verbose"});
  running sender(
      fairlead_command(sending({small, dir().write("b", std::string(5'000'000, 'x'))}, r.address())));
  ASSERT_TRUE(r.says(sum_of("abc"))) << r.errors();
  r.signal(SIGTERM);
  ASSERT_TRUE(r.complains("SIGTERM: finishing")) << r.errors();
  r.signal(SIGTERM);
  EXPECT_EQ(r.status(), 128 + SIGTERM);
  EXPECT_EQ(sender.status(), 1) << sender.errors();
  const json received = written("received.json");
  EXPECT_EQ(received["files"]["count"], 2);
  EXPECT_EQ(received["files"]["whole"], 1);
  EXPECT_EQ(received["conversations"]["listed"].at(0)["there"]["ended"], "signal");
  const json sent = written("sent.json");
  EXPECT_EQ(sent["files"]["whole"], 1);
  EXPECT_EQ(sent["files"]["listed"].at(0)["outcome"], "whole");
  EXPECT_EQ(sent["files"]["listed"].at(1)["outcome"], "interrupted");
}

TEST_F(ReportOfFiles, TellsWhatDidNotFitOnTheDisk) {
  const std::string file = dir().write("f", random_bytes(300'000, 3));
  const start_options small = files_up_to(100'000);
  receiving r("tcp://127.0.0.1:0", there_, {"--report", path("received.json")}, small);
  EXPECT_EQ(fairlead_tool(sending({file}, r.address())).status, 1);
  EXPECT_EQ(r.status(), 1);
  EXPECT_EQ(file_of("received.json")["outcome"], "interrupted");
  EXPECT_NE(file_of("received.json")["error"].get<std::string>().find("file too large"), std::string::npos);
  EXPECT_NE(file_of("sent.json")["outcome"], "whole");
  EXPECT_EQ(written("sent.json")["files"]["whole"], 0);
  EXPECT_EQ(written("received.json")["files"]["whole"], 0);
}

TEST_F(ReportOfFiles, TellsWhatWasTakenBack) {
  const std::string file = dir().write("f", std::string(8'000'000, 'x'));
  // What a unix socket holds is little: most of the file is still to be read when it is cut.
  receiving r("unix:" + path("s"), there_, {"--rate", "1m", "--report", path("received.json")});
  std::vector<std::string> words = sending({file, dir().write("g", "fine")}, r.address());
  words.emplace_back("--verbose");
  running sender(fairlead_command(words));
  ASSERT_TRUE(sender.complains("f: begins")) << sender.errors();
  fs::resize_file(file, 10);
  EXPECT_EQ(sender.status(), 1);
  EXPECT_EQ(r.status(), 1);
  for (const char* const report : {"sent.json", "received.json"}) {
    const json files = written(report)["files"];
    EXPECT_EQ(files["count"], 2);
    EXPECT_EQ(files["whole"], 1);
    EXPECT_EQ(files["listed"].at(0)["outcome"], "taken back");
    EXPECT_EQ(files["listed"].at(0)["error"], "has changed while it was being sent");
    EXPECT_EQ(files["listed"].at(1)["outcome"], "whole");
    EXPECT_EQ(written(report)["status"], 1);
  }
}

TEST_F(ReportOfFiles, ThatDidNotReachAnybodyHasTheAddressesTried) {
  const refusing_port nobody(fairlead::ipv4_address::loopback());
  const child_outcome o =
      fairlead_tool(sending({dir().write("f", "x")}, "tcp://" + nobody.where().to_string()));
  EXPECT_EQ(o.status, 1);
  const json r = written("sent.json");
  EXPECT_EQ(r["dialled"]["listed"].at(0)["tried"].at(0)["outcome"], "refused");
  EXPECT_FALSE(r.contains("conversations"));
  EXPECT_FALSE(r.contains("files"));
}

TEST_F(ReportOfFiles, CountsWhoWasNotLetInAndHasNoFilesThen) {
  receiving r = receiver({"--deny", "127.0.0.0/8"});
  EXPECT_EQ(fairlead_tool(sending({dir().write("f", "x")}, r.address())).status, 1);
  EXPECT_EQ(written("sent.json")["status"], 1);
  r.signal(SIGTERM);
  EXPECT_EQ(r.status(), 128 + SIGTERM);
  EXPECT_EQ(written("received.json")["refused"], (json{{"denied", 1}}));
  EXPECT_FALSE(written("received.json").contains("files"));
}

// The machine.
TEST(ReportText, ListsTheFirstFilesAndCountsAll) {
  tool::report r("send", {});
  tool::ledger& files = r.files();
  files.expect(1000);
  for (int i = 0; i < 500; ++i) {
    const auto n = files.begin("name", {}, 10);
    files.move(n, 7);
    files.settle(n, i % 2 == 0 ? tool::fate::had : tool::fate::whole, "sum");
  }
  const json all = json::parse(r.text(0, true))["files"];
  EXPECT_EQ(all["count"], 1000);
  EXPECT_EQ(all["whole"], 500);
  EXPECT_EQ(all["had"], 250);
  EXPECT_EQ(all["bytes"], 3500);
  EXPECT_EQ(all["listed"].size(), tool::ledger::most_listed);
}

TEST(ReportText, HasAWordForEachFateOfAFile) {
  tool::report r("send", {});
  tool::ledger& files = r.files();
  files.expect(3);
  (void)files.begin("begun", {}, 1);
  files.settle(files.begin("gone", {}, 1), tool::fate::unconfirmed);
  files.settle(files.begin("other", {}, 1), tool::fate::damaged, "another sum");
  const json all = json::parse(r.text(1, true))["files"]["listed"];
  EXPECT_EQ(all.at(0)["outcome"], "interrupted");
  EXPECT_EQ(all.at(1)["outcome"], "unconfirmed");
  EXPECT_EQ(all.at(2)["outcome"], "damaged");
  EXPECT_EQ(all.at(2)["error"], "another sum");
}

}  // namespace
