// SPDX-License-Identifier: MIT
// What is no socket at an end of a conversation: pipes, files, commands, terminals. Much of it passes through
// the kernel only, and nobody may notice.
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <thread>
#include <tuple>
#include <vector>

#include <gtest/gtest.h>

#include "support/bytes.hpp"
#include "support/temp_dir.hpp"
#include "tool/running.hpp"
#include "tool/tool.hpp"
#include "tool/transferring.hpp"

namespace {

using namespace fairlead::testing;
using namespace tool_test;
using namespace std::chrono_literals;

// Pipes that a process holds both ends of: what it splices through.
std::size_t pipes_through(pid_t id) {
  const std::filesystem::path process = "/proc/" + std::to_string(id);
  std::map<std::string, unsigned> ends;
  for (const auto& d : std::filesystem::directory_iterator(process / "fd")) {
    std::error_code gone;
    const std::string what = std::filesystem::read_symlink(d.path(), gone).string();
    if (!what.starts_with("pipe:")) continue;
    std::istringstream about(content_of(process / "fdinfo" / d.path().filename()));
    for (std::string word; about >> word;) {
      if (word != "flags:") continue;
      unsigned flags = 0;
      about >> std::oct >> flags;
      ends[what] |= 1U << (flags & O_ACCMODE);
    }
  }
  return static_cast<std::size_t>(std::ranges::count_if(
      ends, [](const auto& end) { return end.second == (1U << O_RDONLY | 1U << O_WRONLY); }));
}

class Spliced : public guarded<> {
 protected:
  temp_dir files_;
  std::string path(const std::string& name) { return (files_ / name).string(); }
  std::string fifo(const std::string& name) {
    EXPECT_EQ(::mkfifo(path(name).c_str(), 0600), 0);
    return path(name);
  }
  /// Begins with some small pieces, one by one, and goes on with large ones.
  static std::string source_of(const std::string& file) {
    return "for i in 1 2 3 4 5 6 7 8; do echo small $i; done; cat " + file;
  }
  static std::string beginning() {
    std::string all;
    for (int i = 1; i <= 8; ++i) all += "small " + std::to_string(i) + "\n";
    return all;
  }
};

// Where bytes come from, and where they go.
using ends = std::tuple<std::string, std::string>;
class SplicedBetween : public Spliced, public ::testing::WithParamInterface<ends> {
 protected:
  /// The FIFO can be opened at its other end as long as this one is open.
  int held_open(const std::string& fifo) {
    const int fd = ::open(fifo.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    EXPECT_GE(fd, 0);
    return fd;
  }
};

std::string name_of_ends(const ::testing::TestParamInfo<ends>& info) {
  return std::get<0>(info.param) + "To" + std::get<1>(info.param);
}
INSTANTIATE_TEST_SUITE_P(
    Of, SplicedBetween,
    ::testing::Combine(::testing::Values("input", "file", "fifo", "command", "tcp", "unix"),
                       ::testing::Values("output", "file", "log", "fifo", "command", "tcp", "unix")),
    name_of_ends);

TEST_P(SplicedBetween, EveryByteArrives) {
  const auto& [from, to] = GetParam();
  if (from == "input" && to == "output") GTEST_SKIP() << "both would be the same side";
  const std::string body = random_bytes(3'000'000, 11);
  const std::string in = files_.write("in", body);
  const std::string out = path("out");
  const auto serve = [](const std::string& address, const std::string& command) {
    return std::make_unique<listener>(address, std::vector<std::string>{"--exec", command, "--once"});
  };
  int held = -1;

  std::string expected = from == "file" ? body : beginning() + body;
  std::string source = "-";
  std::unique_ptr<running> writer;
  std::unique_ptr<listener> server;
  if (from == "file") source = "file:" + in;
  if (from == "command") source = "exec:" + source_of(in);
  if (from == "fifo") {
    source = "file:" + fifo("from");
    held = held_open(path("from"));
    const std::string write = "{ echo open >&2; " + source_of(in) + "; } > " + path("from");
    writer = std::make_unique<running>(std::vector<std::string>{"sh", "-c", write});
    ASSERT_TRUE(writer->complains("open"));
  }
  if (from == "tcp") server = serve("tcp://127.0.0.1:0", source_of(in));
  if (from == "unix") server = serve("unix:" + path("s"), source_of(in));
  if (server) source = "dial:" + server->address();

  std::string sink = "-";
  std::unique_ptr<running> reader;
  std::unique_ptr<listener> taker;
  int other = -1;
  if (to == "file") sink = "file:" + out;
  if (to == "log") sink = "file:" + files_.write("out", "before\n") + "?append=1";
  if (to == "command") sink = "exec:cat > " + out;
  if (to == "fifo") {
    sink = "file:" + fifo("to");
    other = held_open(path("to"));
    const std::string read = "cat " + path("to") + " > " + out;
    reader = std::make_unique<running>(std::vector<std::string>{"sh", "-c", read});
  }
  if (to == "tcp") taker = serve("tcp://127.0.0.1:0", "cat > " + out);
  if (to == "unix") taker = serve("unix:" + path("t"), "cat > " + out);
  if (taker) sink = "dial:" + taker->address();

  program_options with;
  if (from == "input") with.input = expected;
  const child_outcome o = fairlead_tool({"relay", source, sink}, with);
  EXPECT_EQ(o.status, 0) << o.errors;
  ::close(held);
  ::close(other);
  for (running* const other_end : {writer.get(), reader.get(), static_cast<running*>(server.get()),
                                   static_cast<running*>(taker.get())}) {
    if (other_end == nullptr) continue;
    EXPECT_EQ(other_end->status(), 0) << other_end->errors();
  }
  const std::string got = to == "output" ? o.output : content_of(out);
  if (to == "log") expected.insert(0, "before\n");
  EXPECT_TRUE(got == expected) << got.size();
}

// Who reads nothing makes it stop in the midst of much, where it can be looked at.
class SplicedInTheMidst : public Spliced {
 protected:
  listener much_{"tcp://127.0.0.1:0", {"--exec", "read line; exec head -c 50000000 /dev/zero"}};

  /// `before`: what it has from us, who started it.
  static bool splices(const running& r, std::size_t before) {
    for (int i = 0; i < 3000; ++i) {
      if (pipes_through(r.id()) == before + 1) return true;
      std::this_thread::sleep_for(1ms);
    }
    return false;
  }
  // It stops splicing when little comes at a time, as from a sender that gets no processor; so it may take
  // more than one look.
  static constexpr int looks = 10;
};

TEST_F(SplicedInTheMidst, StandardOutputIsSplicedTo) {
  running client(fairlead_command({"connect", much_.address(), "--verbose"}));
  ASSERT_TRUE(client.complains("connected"));
  const std::size_t before = pipes_through(client.id());
  ASSERT_TRUE(client.write("go\n"));
  bool spliced = false;
  for (std::size_t i = 1; i <= looks && !spliced; ++i) {
    ASSERT_TRUE(client.gives(i * 3'000'000));
    spliced = splices(client, before);
  }
  EXPECT_TRUE(spliced);
  client.close_input();
  EXPECT_TRUE(client.gives(50'000'000));
  EXPECT_EQ(client.status(), 0);
}

TEST_F(SplicedInTheMidst, WhoWatchesSeesEveryByte) {
  const std::string report = path("report");
  running client(fairlead_command({"connect", much_.address(), "--verbose", "--report", report}));
  ASSERT_TRUE(client.complains("connected"));
  const std::size_t before = pipes_through(client.id());
  ASSERT_TRUE(client.write("go\n"));
  ASSERT_TRUE(client.gives(3'000'000));
  EXPECT_EQ(pipes_through(client.id()), before);
  client.close_input();
  EXPECT_EQ(client.status(), 0);
  EXPECT_TRUE(content_of(report).contains("50000000"));
}

TEST_F(SplicedInTheMidst, ACommandIsSplicedTo) {
  const std::string gate = fifo("gate");
  const std::string reads = "exec 3< " + gate + "; read go <&3; echo go; for i in $(seq " +
                            std::to_string(looks) +
                            "); do head -c 3000000 > /dev/null; read go <&3; done; wc -c > " + path("rest");
  running relay(fairlead_command({"relay", "dial:" + much_.address(), "exec:" + reads, "--verbose"}));
  // Once the command is started, no pipe of that is left; what it says itself may come before.
  ASSERT_TRUE(relay.complains(" runs "));
  const std::size_t before = pipes_through(relay.id());
  std::ofstream lines(gate);
  bool spliced = false;
  for (int i = 0; i < looks; ++i) {
    lines << "go on" << std::endl;
    spliced = spliced || splices(relay, before);
  }
  EXPECT_TRUE(spliced);
  lines << "to the end" << std::endl;
  EXPECT_EQ(relay.status(), 0) << relay.errors();
  EXPECT_EQ(content_of(path("rest")), "20000000\n");
}

TEST_F(SplicedInTheMidst, StandardOutputThatNobodyReadsAnyMoreEndsItAsBefore) {
  running client(fairlead_command({"connect", much_.address()}));
  ASSERT_TRUE(client.write("go\n"));
  ASSERT_TRUE(client.gives(3'000'000));
  client.close_output();
  EXPECT_EQ(client.status(), 128 + SIGPIPE) << client.errors();
  EXPECT_EQ(client.errors(), "");
}

TEST_F(Spliced, ACommandThatReadsOnlySomeIsHeardAndTheRestIsThrownAway) {
  listener l("unix:" + path("s"), {"--exec", "head -c 3000000 | wc -c", "--once"});
  program_options with;
  with.input = random_bytes(20'000'000, 12);
  const child_outcome o = fairlead_tool({"connect", l.address()}, with);
  EXPECT_EQ(o.status, 0) << o.errors;
  EXPECT_EQ(o.output, "3000000\n");
  EXPECT_EQ(l.status(), 0) << l.errors();
}

TEST_F(Spliced, ADeviceThatIsFullSaysSo) {
  listener l("tcp://127.0.0.1:0", {"--exec", "head -c 3000000 /dev/zero"});
  const child_outcome o = fairlead_tool({"relay", "dial:" + l.address(), "file:/dev/full"});
  EXPECT_EQ(o.status, 1);
  EXPECT_TRUE(o.errors.contains("write /dev/full: no space left on device")) << o.errors;
}

TEST_F(Spliced, ATerminalShowsEveryLine) {
  std::string lines;
  for (int i = 1; i <= 100'000; ++i) lines += std::to_string(i) + " of many\n";
  listener l("tcp://127.0.0.1:0", {"--exec", "cat " + files_.write("lines", lines), "--once"});
  start_options o;
  o.terminal = true;
  running t({"sh", "-c", "exec " FAIRLEAD_TOOL " connect " + l.address() + " < /dev/null"}, o);
  EXPECT_EQ(t.status(), 0);
  std::string seen = t.output();
  std::erase(seen, '\r');
  EXPECT_TRUE(seen == lines) << seen.size();
}

}  // namespace
