// SPDX-License-Identifier: MIT
// Signals ask a command to end: it does, and writes its report, whenever they come.
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "recording/export.hpp"
#include "support/black_hole.hpp"
#include "support/expect.hpp"
#include "tool/bench_running.hpp"
#include "tool/recordings.hpp"
#include "tool/reporting.hpp"
#include "tool/running.hpp"
#include "tool/tool.hpp"

namespace {

namespace fs = std::filesystem;
using namespace fairlead::testing;
using namespace tool_test;
using words = std::vector<std::string>;

class Signals : public Report {
 protected:
  // Until the command has opened its report: from then on it must be written.
  [[nodiscard]] bool has_begun(running& command) const {
    const auto latest = std::chrono::steady_clock::now() + soon;
    while (!command.has_ended() && std::chrono::steady_clock::now() < latest) {
      for (const auto& entry : fs::directory_iterator(dir().path())) {
        if (entry.path().extension() == ".part") return true;
      }
      ::poll(nullptr, 0, 1);
    }
    return false;
  }
  // Ends it by the signal, with a report that says so, and nothing else.
  void expect_ended_by(running& command, int number, const std::string& what) const {
    EXPECT_EQ(command.status(), 128 + number) << what << ": " << command.errors();
    ASSERT_TRUE(fs::exists(path())) << what;
    EXPECT_EQ(written()["status"], 128 + number) << what;
    EXPECT_EQ(written()["signal"], number == SIGINT ? "SIGINT" : "SIGTERM") << what;
    for (const auto& entry : fs::directory_iterator(dir().path()))
      EXPECT_NE(entry.path().extension(), ".part") << what;
    fs::remove(path());
  }
  [[nodiscard]] words reporting(words line) const {
    line.insert(line.end(), {"--report", path()});
    return fairlead_command(std::move(line));
  }
};

TEST_F(Signals, ThatComeTwiceAtOnceLeaveAReport) {
  const black_hole nobody({fairlead::ipv4_address::loopback(), fairlead::port(0)});
  const std::string nowhere = "tcp://" + nobody.where().to_string();
  for (const words& line : {words{"connect", nowhere},
                            {"listen", "tcp://127.0.0.1:0", "--echo"},
                            {"relay", "tcp://127.0.0.1:0", nowhere},
                            {"receive", "tcp://127.0.0.1:0", path("there")},
                            {"probe", nowhere, "--timeout", "1h"},
                            {"bench", "--serve", "tcp://127.0.0.1:0"},
                            {"bench", nowhere, "--timeout", "1h"},
                            {"demo"}}) {
    fs::create_directory(path("there"));
    for (int i = 0; i < 5; ++i) {
      running command(reporting(line));
      ASSERT_TRUE(has_begun(command)) << line.front() << command.errors();
      command.signal(SIGINT);
      command.signal(SIGINT);
      expect_ended_by(command, SIGINT, line.front());
    }
  }
}

TEST_F(Signals, EndReadingARecordingBetweenTwoRecords) {
  const std::string pipe = path("pipe");
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  running listing(reporting({"replay", pipe}));
  const int writer = ::open(pipe.c_str(), O_WRONLY | O_CLOEXEC);
  ASSERT_TRUE(has_begun(listing));
  made_up m;
  m.open(1);
  const auto feed = [&](const std::string& bytes) {
    return ::write(writer, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size());
  };
  ASSERT_TRUE(feed(m.text()));
  listing.signal(SIGTERM);
  // There is always another one, and room for it is made by reading.
  const std::size_t before = m.text().size();
  const std::string more = m.there(std::string(100'000, 'x')).text().substr(before);
  while (feed(more)) {
  }
  ::close(writer);
  expect_ended_by(listing, SIGTERM, "replay");
  EXPECT_EQ(listing.output(), "");
}

TEST_F(Signals, EndAnExportBetweenTwoRecordsAndLeaveNothingOfIt) {
  const std::string from = dir().write("rec", made_up().open(1).there("x").finished().text());
  auto recording = tool::recording::reader::open(from);
  expect_ok(recording);
  const auto done = tool::recording::export_pcapng(*recording, path("packets"), 0, [] { return true; });
  expect_error(done, fairlead::errc::operation_canceled);
  EXPECT_EQ(std::distance(fs::directory_iterator(dir().path()), {}), 1) << "only the recording";
}

}  // namespace
