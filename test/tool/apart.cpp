// SPDX-License-Identifier: MIT
// What is written at the end is written over nothing that the same line uses otherwise.
#include <filesystem>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tool/reporting.hpp"
#include "tool/tool.hpp"
#include "tool/transferring.hpp"

namespace {

namespace fs = std::filesystem;
using namespace fairlead::testing;
using namespace tool_test;
using words = std::vector<std::string>;

class Apart : public Report {
 protected:
  // The line is refused, and the file stays as it is.
  void expect_refused(const words& line, const std::string& flag, const std::string& file,
                      const std::string& because) const {
    words whole = line;
    whole.insert(whole.end(), {flag, file});
    const std::string before = fs::exists(file) ? content_of(file) : "nothing";
    const child_outcome o = fairlead_tool(whole);
    EXPECT_EQ(o.status, 2) << line.front();
    EXPECT_EQ(o.errors, "fairlead: " + flag + ' ' + file + ": " + because + "\n");
    EXPECT_EQ(fs::exists(file) ? content_of(file) : "nothing", before);
  }
};

TEST_F(Apart, IsAReportFromCertificatesAndKeys) {
  const std::string file = dir().write("file.pem", "precious");
  for (const char* const flag : {"--cert", "--key", "--ca"}) {
    expect_refused({"listen", "tls://127.0.0.1:0", flag, file}, "--report", file,
                   "is " + std::string(flag) + ", too; give another file");
    expect_refused({"connect", "tls://127.0.0.1:9", flag, file}, "--record", file,
                   "is " + std::string(flag) + ", too; give another file");
  }
}

TEST_F(Apart, IsAReportFromTheFilesOfARelay) {
  const std::string file = dir().write("file", "precious");
  const std::string address = "file:" + file;
  for (const words& line : {words{"relay", address, "tcp://127.0.0.1:9"},
                            {"relay", "dial:" + address, "tcp://127.0.0.1:9"},
                            {"relay", "tcp://127.0.0.1:0", address},
                            {"relay", "tcp://127.0.0.1:0", address + "?append=1"}}) {
    const std::string& said = line[1].contains("file:") ? line[1] : line[2];
    expect_refused(line, "--report", file, "is " + said + ", too; give another file");
  }
  // One that is not there yet is the same one.
  const std::string later = path("later");
  expect_refused({"relay", "tcp://127.0.0.1:0", "file:" + later}, "--report", later,
                 "is file:" + later + ", too; give another file");
}

TEST_F(Apart, IsAReportFromTheDirectoriesThatAreSentAndReceived) {
  fs::create_directories(dir() / "tree" / "below");
  fs::create_symlink("tree", dir() / "link");
  dir().write("tree/below/file", "precious");
  for (const char* const file : {"tree/below/file", "tree/new", "link/below/new", "tree/../tree/new"}) {
    expect_refused({"send", path("tree"), "tcp://127.0.0.1:9"}, "--report", path(file),
                   "is among what is sent; give another file");
    expect_refused({"receive", "tcp://127.0.0.1:0", path("link")}, "--report", path(file),
                   "is among what is received; give another file");
    expect_refused({"send", path("link"), "tcp://127.0.0.1:9"}, "--record", path(file),
                   "is among what is sent; give another file");
  }
  expect_refused({"send", path("tree/below/file"), "tcp://127.0.0.1:9"}, "--report", path("tree/below/file"),
                 "is what is sent, too; give another file");
}

// Beside is not below, whatever the names look like; and what is no file is nobody's.
TEST_F(Apart, IsNothingElse) {
  fs::create_directory(dir() / "tree");
  receiving here("tcp://127.0.0.1:0", dir() / "tree", {"--report", path("tree.json")});
  ASSERT_NE(here.address(), "") << here.errors();
  const std::string file = dir().write("file", "content");
  const child_outcome o = fairlead_tool({"send", file, here.address(), "--report", "/dev/null"});
  EXPECT_EQ(o.status, 0) << o.errors;
  EXPECT_EQ(here.status(), 0) << here.errors();
  EXPECT_EQ(written("tree.json")["status"], 0);
  EXPECT_EQ(content_of(dir() / "tree" / "file"), "content");
}

}  // namespace
