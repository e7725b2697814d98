// SPDX-License-Identifier: MIT
// send and receive: what arrives is what was sent, whatever it is called and whatever it looks like.
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <fairlead/sha256.hpp>

#include "support/black_hole.hpp"
#include "support/bytes.hpp"
#include "support/temp_dir.hpp"
#include "tool/tool.hpp"
#include "tool/transferring.hpp"
#include "transfer/meter.hpp"

namespace {

namespace fs = std::filesystem;
using namespace fairlead::testing;
using namespace tool_test;

class WithFiles : public ::testing::Test {
 protected:
  void SetUp() override {
    fs::create_directory(here_);
    fs::create_directory(there_);
  }
  void TearDown() override {  // or nobody but root could remove them
    for (const fs::path& top : {here_, there_}) {
      for (const auto& e : fs::recursive_directory_iterator(top)) {
        if (e.is_directory() && !e.is_symlink()) fs::permissions(e.path(), fs::perms::owner_all);
      }
    }
  }
  std::string write(const std::string& name, std::string_view content) const {
    return dir_.write("here/" + name, content);
  }
  [[nodiscard]] std::string unix_address() const { return "unix:" + (dir_ / "s").string(); }
  // Sends to a receiver that is started for it; both must have ended well.
  void send(std::vector<std::string> files, const std::string& address, std::vector<std::string> flags = {}) {
    receiving r(address, there_);
    ASSERT_NE(r.address(), "") << r.errors();
    files.insert(files.begin(), "send");
    files.push_back(r.address());
    files.insert(files.end(), flags.begin(), flags.end());
    sent_ = fairlead_tool(files);
    EXPECT_EQ(sent_.status, 0) << sent_.errors;
    EXPECT_EQ(r.status(), 0) << r.errors();
    received_ = r.output();
    EXPECT_EQ(partial_files(there_), std::vector<std::string>());
  }

  temp_dir dir_;
  const fs::path here_ = dir_ / "here";
  const fs::path there_ = dir_ / "there";
  child_outcome sent_;
  std::string received_;
};

class Transfer : public guarded<WithFiles> {};
class LargeTransfer : public WithFiles {};  // takes its time

class TransferOverEveryStream : public Transfer, public ::testing::WithParamInterface<std::string> {};

INSTANTIATE_TEST_SUITE_P(Of, TransferOverEveryStream, ::testing::Values("tcp", "unix", "unix_seqpacket"),
                         [](const auto& of) { return of.param; });

TEST_P(TransferOverEveryStream, ATreeArrivesAsItIs) {
  fs::create_directories(here_ / "tree/a/b");
  fs::create_directories(here_ / "tree/empty directory");
  write("tree/empty", "");
  write("tree/a/small", "hello\n");
  write("tree/a/b/large", random_bytes(3'000'001, 1));
  write(std::string("tree/\xff\x01\n \\ name"), "any bytes");
  write(std::string("tree/") + std::string(255, 'n'), "the longest name");
  fs::permissions(here_ / "tree/a/small", fs::perms(0400));
  fs::permissions(here_ / "tree/empty", fs::perms(0751));
  fs::permissions(here_ / "tree/a/b", fs::perms(0500));
  const timespec times[2] = {{1, 2}, {-5, 123'456'789}};
  ASSERT_EQ(::utimensat(AT_FDCWD, (here_ / "tree/a").c_str(), times, 0), 0);
  const std::string address = GetParam() == "tcp"    ? "tcp://127.0.0.1:0"
                              : GetParam() == "unix" ? unix_address()
                                                     : "unix-seqpacket:" + (dir_ / "s").string();
  send({(here_ / "tree").string()}, address);
  EXPECT_EQ(picture_of(there_), picture_of(here_));
  EXPECT_EQ(received_, sent_.output);
  // Once more: what is there already is compared, and not sent.
  send({(here_ / "tree").string()}, address);
  EXPECT_EQ(picture_of(there_), picture_of(here_));
  EXPECT_NE(sent_.errors.find("sent 5 files (1 there already), 31 B in "), std::string::npos) << sent_.errors;
}

TEST_F(Transfer, OverTlsWithAPin) {
  write("file", random_bytes(100'000, 1));
  receiving r("tls://127.0.0.1:0", there_);
  ASSERT_NE(r.address(), "") << r.errors();
  const auto unknown = fairlead_tool({"send", (here_ / "file").string(), r.address()});
  EXPECT_EQ(unknown.status, 4) << unknown.errors;
  const auto sent = fairlead_tool({"send", (here_ / "file").string(), r.address(), "--pin", r.pin()});
  EXPECT_EQ(sent.status, 0) << sent.errors;
  EXPECT_EQ(r.status(), 0) << r.errors();
  EXPECT_EQ(picture_of(there_), picture_of(here_));
}

TEST_F(Transfer, ASenderWithoutTlsIsToldThatTheSchemeMayBeAnother) {
  write("file", "content");
  receiving r("tls://127.0.0.1:0", there_);
  const std::string plain = "tcp" + r.address().substr(3);
  const auto sent = fairlead_tool({"send", (here_ / "file").string(), plain});
  EXPECT_EQ(sent.status, 1);
  EXPECT_EQ(sent.errors, "fairlead: " + plain +
                             ": the peer has gone without a word: it refused us, or is no "
                             "fairlead receive, or not one of this scheme; 0 files of 1 are whole there\n");
}

TEST_F(Transfer, PrintsWhatSha256sumChecks) {
  FAIRLEAD_NEEDS("sha256sum");
  write("plain", "abc");
  write("with\nbackslash\\", "abc");
  send({(here_ / "plain").string(), (here_ / "with\nbackslash\\").string()}, "tcp://127.0.0.1:0");
  const std::string hash = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
  EXPECT_EQ(received_, hash + "  plain\n\\" + hash + "  with\\nbackslash\\\\\n");
  const std::string list = dir_.write("list", received_);
  const auto checked =
      run_program({"/bin/sh", "-c", "cd '" + there_.string() + "' && sha256sum -c '" + list + "'"});
  EXPECT_EQ(checked.status, 0) << checked.output << checked.errors;
}

TEST_F(LargeTransfer, HolesStayHolesInFilesLargerThan4GiB) {
  const std::string file = write("sparse", "begin");
  fs::resize_file(file, (std::uintmax_t{1} << 32U) + 12345);
  {
    std::fstream f(file, std::ios::in | std::ios::out | std::ios::binary);
    f.seekp((std::streamoff{1} << 32U) + 5);
    f << "middle";
  }
  struct stat was{};
  ASSERT_EQ(::stat(file.c_str(), &was), 0);
  if (was.st_blocks > 1000) GTEST_SKIP() << "no holes on this file system";
  receiving r("tcp://127.0.0.1:0", there_);
  running s(fairlead_command({"send", file, r.address()}));
  // Zeros are hashed at both ends, which takes a while.
  for (int patience = 0; patience < 10 && !s.says("sparse"); ++patience) continue;
  EXPECT_EQ(s.status(), 0) << s.errors();
  EXPECT_EQ(r.status(), 0) << r.errors();
  struct stat is{};
  ASSERT_EQ(::stat((there_ / "sparse").c_str(), &is), 0);
  EXPECT_EQ(is.st_size, was.st_size);
  EXPECT_LT(is.st_blocks, 1000);
  std::ifstream f(there_ / "sparse", std::ios::binary);
  std::string text(5, ' ');
  f.read(text.data(), 5);
  EXPECT_EQ(text, "begin");
  f.seekg((std::streamoff{1} << 32U) + 4);
  text.resize(8);
  f.read(text.data(), 8);
  EXPECT_EQ(text, std::string("\0middle\0", 8));
  EXPECT_EQ(s.output(), r.output());
}

TEST_F(Transfer, TheNewFileTakesThePlaceOfTheOldOneInOneStep) {
  const std::string file = write("file", "new");
  std::ofstream(there_ / "file") << "old";
  std::ifstream opened(there_ / "file");
  send({file}, "tcp://127.0.0.1:0");
  std::string text;
  opened >> text;
  EXPECT_EQ(text, "old") << "whoever reads it goes on reading the old one";
  EXPECT_EQ(content_of(there_ / "file"), "new");
}

TEST_F(Transfer, ALinkIsSentAsWhatItPointsToIfItWasNamedAndLeftOutOtherwise) {
  write("file", "content");
  fs::create_directory(here_ / "tree");
  fs::create_symlink("../file", here_ / "tree/link");
  fs::create_symlink("file", here_ / "named");
  ASSERT_EQ(::mkfifo((here_ / "tree/fifo").c_str(), 0600), 0);
  send({(here_ / "tree").string(), (here_ / "named").string()}, "tcp://127.0.0.1:0");
  EXPECT_NE(sent_.errors.find("tree/link: not sent: a symbolic link\n"), std::string::npos) << sent_.errors;
  EXPECT_NE(sent_.errors.find("tree/fifo: not sent: neither a file nor a directory\n"), std::string::npos);
  EXPECT_EQ(content_of(there_ / "named"), "content");
  EXPECT_TRUE(fs::is_empty(there_ / "tree"));
}

TEST_F(Transfer, ThisDirectoryAndItsParentHaveTheirRealNames) {
  fs::create_directory(here_ / "tree");
  write("tree/file", "content");
  receiving r(unix_address(), there_);
  const auto sent = run_program(
      {"/bin/sh", "-c",
       "cd '" + (here_ / "tree").string() + "' && '" + FAIRLEAD_TOOL + "' send . " + r.address()});
  EXPECT_EQ(sent.status, 0) << sent.errors;
  EXPECT_EQ(r.status(), 0);
  EXPECT_EQ(content_of(there_ / "tree/file"), "content");
}

TEST_F(Transfer, KeepOpenTakesManyAtOnce) {
  receiving r(unix_address(), there_, {"--keep-open"});
  std::vector<std::unique_ptr<running>> senders;
  for (unsigned i = 0; i < 8; ++i) {
    const std::string file = write("file" + std::to_string(i), random_bytes(300'000, i));
    senders.push_back(std::make_unique<running>(fairlead_command({"send", file, r.address()})));
  }
  for (const auto& s : senders) EXPECT_EQ(s->status(), 0) << s->errors();
  r.signal(SIGINT);
  EXPECT_EQ(r.status(), 128 + SIGINT);
  EXPECT_EQ(picture_of(there_), picture_of(here_));
}

TEST_F(Transfer, SendersOfTheSameFileDoNotHarmEachOther) {
  const std::string content[] = {random_bytes(2'000'000, 1), random_bytes(2'000'000, 2)};
  fs::create_directory(here_ / "a");
  fs::create_directory(here_ / "b");
  write("a/file", content[0]);
  write("b/file", content[1]);
  receiving r(unix_address(), there_, {"--keep-open"});
  for (int round = 0; round < 20; ++round) {
    running a(fairlead_command({"send", (here_ / "a/file").string(), r.address()}));
    running b(fairlead_command({"send", (here_ / "b/file").string(), r.address()}));
    const int first = a.status();
    const int second = b.status();
    EXPECT_TRUE(first == 0 || second == 0) << a.errors() << b.errors();
    for (const running* const s : {&a, &b}) {
      if (s->errors().find("sent 1 file") != std::string::npos) continue;
      EXPECT_NE(s->errors().find("file: another transfer is writing it; try again after that"),
                std::string::npos)
          << s->errors();
    }
    const std::string is = content_of(there_ / "file");
    EXPECT_TRUE((first == 0 && is == content[0]) || (second == 0 && is == content[1]));
  }
}

TEST_F(Transfer, NobodyElseThanASenderEndsTheWait) {
  receiving r("tcp://127.0.0.1:0", there_);
  ASSERT_NE(r.address(), "");
  const auto stranger =
      fairlead_tool({"connect", r.address()}, {.input = "GET / HTTP/1.1\r\n\r\n", .environment = {}});
  EXPECT_EQ(stranger.output, "");
  EXPECT_TRUE(r.complains("the peer does not speak fairlead's transfer protocol\n")) << r.errors();
  const std::string file = write("file", "content");
  EXPECT_EQ(fairlead_tool({"send", file, r.address()}).status, 0);
  EXPECT_EQ(r.status(), 0);
}

TEST_F(Transfer, WhatCannotBeReadIsNamedBeforeAnythingIsSent) {
  const std::string file = write("file", "content");
  const refusing_port nobody(fairlead::ipv4_address::loopback());  // and nobody is asked
  const std::string address = "tcp://" + nobody.where().to_string();
  const auto complaint = [&](std::vector<std::string> files) {
    files.insert(files.begin(), "send");
    files.push_back(address);
    const auto o = fairlead_tool(files);
    EXPECT_EQ(o.status, 2) << o.errors;
    return o.errors;
  };
  EXPECT_EQ(complaint({file, "/nowhere/at all"}),
            "fairlead: open /nowhere/at all: no such file or directory\n");
  EXPECT_EQ(complaint({"/"}), "fairlead: /: has no name that it could have there\n");
  EXPECT_EQ(complaint({"/dev/null"}), "fairlead: /dev/null: is neither a file nor a directory\n");
  fs::create_directory(here_ / "d");
  const std::string same = write("d/file", "other");
  EXPECT_EQ(complaint({file, same}),
            "fairlead: " + same + ": and " + file + " would be the same file there\n");
  if (::geteuid() == 0) GTEST_SKIP() << "root may read everything";
  ASSERT_EQ(::chmod(same.c_str(), 0), 0);
  EXPECT_EQ(complaint({here_.string()}), "fairlead: open " + same + ": permission denied\n");
}

TEST_F(Transfer, DatagramsAndMissingDirectoriesAreRefused) {
  const std::string file = write("file", "content");
  for (const std::string address : {"udp://127.0.0.1:1", "unix-dgram:/x"}) {
    for (const auto& words : {std::vector<std::string>{"send", file, address}, {"receive", address}}) {
      const auto o = fairlead_tool(words);
      EXPECT_EQ(o.status, 2);
      EXPECT_EQ(
          o.errors,
          "fairlead: " + address +
              ": files need a stream: tcp://, tls://, unix: or unix-seqpacket:, for datagrams get lost\n");
    }
  }
  const auto o = fairlead_tool({"receive", "tcp://127.0.0.1:0", "/nowhere"});
  EXPECT_EQ(o.status, 2);
  EXPECT_EQ(o.errors,
            "fairlead: open /nowhere: no such file or directory; make the directory first, with mkdir\n");
}

TEST_F(Transfer, LimitsHoldAndTheReasonReachesTheSender) {
  fs::create_directory(here_ / "tree");
  for (int i = 0; i < 4; ++i) write("tree/" + std::to_string(i), std::string(1000, 'x'));
  const auto refused = [&](std::vector<std::string> flags, const std::string& why) {
    receiving r(unix_address(), there_, std::move(flags));
    const auto o = fairlead_tool({"send", (here_ / "tree").string(), r.address()});
    EXPECT_EQ(o.status, 1);
    EXPECT_EQ(o.errors, "fairlead: the receiver has given up: " + why + "; 0 files of 4 are whole there\n");
    EXPECT_EQ(r.status(), 1);
    EXPECT_TRUE(r.errors().ends_with("\nfairlead: " + why + "\n"))
        << r.errors();  // of how many it knows not yet
    EXPECT_TRUE(fs::is_empty(there_)) << "refused before anything was written";
  };
  refused({"--max-files", "4"}, "more than 4 files are not taken; --max-files allows more");
  refused({"--max-size", "3999"}, "more than 4.00 kB are not taken; --max-size allows more");
}

// A mount that is read-only, for who is root may write everywhere else.
TEST_F(Transfer, ADirectoryThatCannotBeWrittenIsToldBeforeAnybodyComes) {
  start_options read_only;
  read_only.in_the_child = [where = there_.string()] {
    const char* const here = where.c_str();
    const bool done = ::unshare(CLONE_NEWNS) == 0 &&
                      ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
                      ::mount(here, here, nullptr, MS_BIND, nullptr) == 0 &&
                      ::mount("none", here, nullptr, MS_BIND | MS_REMOUNT | MS_RDONLY, nullptr) == 0;
    if (!done) ::_exit(77);
  };
  running r(fairlead_command({"receive", unix_address(), there_.string()}), read_only);
  const int status = r.status();
  if (status == 77) GTEST_SKIP() << "only root may make a mount read-only";
  EXPECT_EQ(status, 2);
  EXPECT_EQ(r.errors(), "fairlead: write " + there_.string() + ": read-only file system\n");
}

TEST_F(Transfer, WhatSendsBackWhatItHearsIsNoReceiver) {
  listener echo("tcp://127.0.0.1:0", {"--echo"});
  const auto o = fairlead_tool({"send", write("file", "content"), echo.address()});
  EXPECT_EQ(o.status, 1);
  EXPECT_TRUE(o.errors.starts_with("fairlead: " + echo.address() +
                                   ": sends back what it hears, or is a fairlead send: it must be a fairlead "
                                   "receive; 0 files of 1 are whole there\n"))
      << o.errors;
}

// A receiver that has given up hears its sender out, who may have sent everything by then.
TEST_F(Transfer, AFileThatIsSentWholeAndNotTakenIsSpokenOfAsSent) {
  const std::string file = write("file", random_bytes(100'000, 1));
  const start_options small = files_up_to(80'000);
  receiving r(unix_address(), there_, {}, small);
  const auto o = fairlead_tool({"send", file, r.address()});
  EXPECT_EQ(o.status, 1);
  EXPECT_TRUE(o.errors.ends_with(
      "; 0 files of 1 are whole there, and of file 100 kB of 100 kB were sent: send again to go on\n"))
      << o.errors;
  EXPECT_EQ(r.status(), 1);
}

TEST_F(Transfer, AFullDiskSaysWhatIsKeptAndTheNextTryGoesOn) {
  const std::string file = write("file", random_bytes(3'000'000, 1));
  std::ofstream(there_ / "file") << "old";
  const start_options small = files_up_to(1'000'000);
  receiving r(unix_address(), there_, {}, small);
  const auto o = fairlead_tool({"send", file, r.address()});
  EXPECT_EQ(o.status, 1);
  EXPECT_TRUE(o.errors.contains(": file too large; 0 files of 1 are whole there, and of file ")) << o.errors;
  EXPECT_TRUE(o.errors.ends_with(" MB of 3.00 MB were sent: send again to go on\n")) << o.errors;
  EXPECT_EQ(r.status(), 1);
  EXPECT_NE(r.errors().find("; 0 files of 1 are whole, and of " + (there_ / "file").string() + ' '),
            std::string::npos)
      << r.errors();
  EXPECT_NE(r.errors().find(" of 3.00 MB are kept: receive it again to go on from there\n"),
            std::string::npos)
      << r.errors();
  EXPECT_EQ(content_of(there_ / "file"), "old");
  const auto kept = partial_files(there_);
  ASSERT_EQ(kept.size(), 1U);
  EXPECT_GT(fs::file_size(kept[0]), 500'000U);
  const std::size_t missing = 3'000'000 - fs::file_size(kept[0]);
  send({file}, unix_address(), {"--verbose"});
  EXPECT_EQ(content_of(there_ / "file"), content_of(file));
  EXPECT_NE(sent_.errors.find("file: goes on after " + std::to_string(3'000'000 - missing) + " bytes\n"),
            std::string::npos)
      << sent_.errors;
}

TEST_F(Transfer, ABeginningThatIsNotThatOfTheFileIsNotGoneOnFrom) {
  const std::string file = write("file", random_bytes(200'000, 1));
  const start_options small = files_up_to(100'000);
  receiving r(unix_address(), there_, {}, small);
  EXPECT_EQ(fairlead_tool({"send", file, r.address()}).status, 1);
  EXPECT_EQ(r.status(), 1);
  const auto kept = partial_files(there_);
  ASSERT_EQ(kept.size(), 1U);
  std::fstream(kept[0], std::ios::in | std::ios::out).put('!');
  send({file}, unix_address(), {"--verbose"});
  EXPECT_EQ(content_of(there_ / "file"), content_of(file));
  EXPECT_EQ(sent_.errors.find("goes on"), std::string::npos) << sent_.errors;
}

TEST_F(Transfer, AnInterruptedSenderSaysHowFarItCame) {
  const std::string file = write("file", std::string(8'000'000, 'x'));
  receiving r(unix_address(), there_, {"--rate", "500k"});
  running s(fairlead_command({"send", file, r.address(), "--verbose"}));
  ASSERT_TRUE(s.complains("begins"));
  s.signal(SIGINT);
  EXPECT_EQ(s.status(), 128 + SIGINT);
  EXPECT_TRUE(s.errors().contains("fairlead: interrupted; 0 files of 1 are whole there")) << s.errors();
  EXPECT_TRUE(s.errors().ends_with(": send again to go on\n")) << s.errors();
  EXPECT_EQ(r.status(), 1);
  EXPECT_NE(r.errors().find("the peer has gone before everything was done; 0 files of 1 are whole"),
            std::string::npos)
      << r.errors();
}

TEST_F(Transfer, ASilentPeerIsGivenUp) {
  const std::string file = write("file", "content");
  listener silent("tcp://127.0.0.1:0");
  const auto o = fairlead_tool({"send", file, silent.address(), "--idle", "3s"});
  EXPECT_EQ(o.status, 3);
  EXPECT_EQ(o.errors,
            "fairlead: " + silent.address() + ": said nothing for 3.00 s; 0 files of 1 are whole there\n");
}

std::string progress_line_of(const std::string& name, std::size_t columns) {
  return tool::transfer::progress_line(name, 250'000'000, 1'000'000'000, 50e6, columns);
}

TEST_F(Transfer, ATerminalShowsHowFarItIsAndThenTheResult) {
  const std::string file = write("file", random_bytes(3'000'000, 1));
  start_options o;
  o.terminal = true;
  o.environment = {{"TERM", "xterm"}};
  receiving r(unix_address(), there_);
  running s(fairlead_command({"send", file, r.address()}), o);
  EXPECT_EQ(s.status(), 0) << s.output();
  const std::size_t progress = s.output().find("\rfile  ");
  ASSERT_NE(progress, std::string::npos) << s.output();
  EXPECT_NE(s.output().find(" %  ", progress), std::string::npos) << s.output();
  EXPECT_NE(s.output().find(" of 3.00 MB", progress), std::string::npos) << s.output();
  const std::string hash = fairlead::sha256::hex(fairlead::sha256::of(content_of(file)));
  EXPECT_NE(s.output().find('\r' + std::string(79, ' ') + '\r' + hash + "  file", progress),
            std::string::npos)
      << "the line is taken away before something else is said:" << s.output();
  EXPECT_NE(s.output().find("sent 1 file, 3.00 MB in ", progress), std::string::npos) << s.output();
  EXPECT_EQ(r.errors().find(" %  "), std::string::npos) << "no terminal, no progress";
}

TEST_F(Transfer, ANarrowTerminalHasNarrowLines) {
  const std::string wide = progress_line_of(std::string(60, 'n'), 79);
  const std::string narrow = progress_line_of(std::string(60, 'n'), 59);
  EXPECT_GT(wide.size(), 59U);
  EXPECT_LE(narrow.size(), 59U + 2) << "an ellipsis has three bytes: " << narrow;
  EXPECT_LE(progress_line_of("name", 10).size(), 10U);
}

TEST_F(Transfer, ATerminalIsNotCommandedByNames) {
  const std::string file = write("\x1b[31mred", "abc");
  start_options o;
  o.terminal = true;
  o.environment = {{"TERM", "dumb"}};
  receiving r(unix_address(), there_);
  running s(fairlead_command({"send", file, r.address()}), o);
  EXPECT_EQ(s.status(), 0) << s.output();
  EXPECT_NE(s.output().find("20015ad  \\x1b[31mred\r\n"), std::string::npos) << s.output();
  EXPECT_EQ(r.status(), 0);
  EXPECT_NE(r.output().find("20015ad  \x1b[31mred\n"), std::string::npos) << "as sha256sum reads it";
}

TEST_F(Transfer, AListThatCannotBeWrittenIsAFailure) {
  FAIRLEAD_NEEDS("sh");
  const std::string file = write("file", "content");
  receiving r(unix_address(), there_);
  const auto sent = run_program(
      {"/bin/sh", "-c",
       std::string("exec '") + FAIRLEAD_TOOL + "' send '" + file + "' " + r.address() + " >/dev/full"});
  EXPECT_EQ(sent.status, 1);
  EXPECT_NE(sent.errors.find("write standard output: no space left on device"), std::string::npos)
      << sent.errors;
  EXPECT_EQ(content_of(there_ / "file"), "content");
}

TEST_F(Transfer, DirectoriesThatAreThereKeepWhatNoSenderCanSay) {
  fs::create_directory(here_ / "tree");
  fs::create_directory(there_ / "tree");
  write("tree/file", "content");
  const auto group = fs::perms::set_gid | fs::perms::sticky_bit;
  fs::permissions(there_ / "tree", fs::perms::owner_all | group);
  fs::permissions(here_ / "tree", fs::perms(0750));
  send({(here_ / "tree").string()}, unix_address());
  EXPECT_EQ(fs::status(there_ / "tree").permissions(), fs::perms(0750) | group);
}

TEST_F(Transfer, ADirectoryOfSomebodyElseKeepsItsPermissionsAndTimes) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can give directories away";
  fs::create_directory(here_ / "tree");
  fs::create_directory(there_ / "tree");
  write("tree/file", "content");
  fs::permissions(there_ / "tree", fs::perms::all);
  ASSERT_EQ(::chown((there_ / "tree").c_str(), 65534, 65534), 0);
  start_options o;
  o.in_the_child = [] { ::prctl(PR_CAPBSET_DROP, CAP_FOWNER); };  // as anybody, that is
  receiving r(unix_address(), there_, {}, o);
  const auto sent = fairlead_tool({"send", (here_ / "tree").string(), r.address()});
  EXPECT_EQ(sent.status, 0) << sent.errors;
  EXPECT_EQ(r.status(), 0) << r.errors();
  EXPECT_EQ(content_of(there_ / "tree/file"), "content");
  EXPECT_EQ(fs::status(there_ / "tree").permissions(), fs::perms::all);
}

TEST(TransferProgress, ALineFitsAndSaysWhatIsLeft) {
  using tool::transfer::progress_line;
  EXPECT_EQ(progress_line("a.jpg", 250'000'000, 1'000'000'000, 50e6),
            "a.jpg  25 %  250 MB of 1.00 GB  50.0 MB/s  0:15 left");
  EXPECT_EQ(progress_line("a", 0, 7'200'000'000'000, 1e6),
            "a  0 %  0 B of 7.20 TB  1.00 MB/s  1000:00:00 left");
  EXPECT_EQ(progress_line("a\n", 1, 1, 0), "a\\x0a  100 %  1 B of 1 B");
  EXPECT_EQ(progress_line("nothing", 0, 0, 0), "nothing  100 %  0 B of 0 B");
  const std::string cut = progress_line(std::string(200, 'd') + "/name", 1, 2, 1e6);
  EXPECT_EQ(columns_of(cut), 79U) << cut;
  EXPECT_TRUE(cut.starts_with("…ddd")) << cut;
  EXPECT_NE(cut.find("d/name  50 %"), std::string::npos) << cut;
}

}  // namespace
