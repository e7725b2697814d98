// SPDX-License-Identifier: MIT
// What every example promises, and that each of them has its tests.
#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace {

std::vector<std::filesystem::path> examples() {
  std::vector<std::filesystem::path> found;
  for (const auto& entry : std::filesystem::directory_iterator(FAIRLEAD_SOURCE_DIR "/examples")) {
    if (entry.path().extension() == ".cpp") found.push_back(entry.path());
  }
  std::sort(found.begin(), found.end());
  return found;
}

std::vector<std::string> lines_of(const std::filesystem::path& file) {
  std::ifstream in(file);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

// tcp_echo_server.cpp is tested by TEST(TcpEchoServer, …).
std::string suite_of(const std::filesystem::path& file) {
  std::string name;
  bool begins = true;
  for (const char c : file.stem().string()) {
    if (c == '_') {
      begins = true;
    } else {
      name += begins ? static_cast<char>(std::toupper(static_cast<unsigned char>(c))) : c;
      begins = false;
    }
  }
  return name;
}

TEST(Examples, EachHasATestSuiteOfItsName) {
  const ::testing::UnitTest& all = *::testing::UnitTest::GetInstance();
  std::set<std::string> suites;
  for (int i = 0; i < all.total_test_suite_count(); ++i) suites.insert(all.GetTestSuite(i)->name());
  ASSERT_FALSE(examples().empty());
  for (const auto& file : examples()) {
    EXPECT_TRUE(suites.contains(suite_of(file)))
        << file.filename() << " is run by no test: write TEST(" << suite_of(file) << ", …) in test/examples";
  }
}

TEST(Examples, EachFitsOnAScreenAndSaysWhatItShows) {
  for (const auto& file : examples()) {
    const std::vector<std::string> lines = lines_of(file);
    EXPECT_LE(lines.size(), 60U) << file.filename();
    ASSERT_GE(lines.size(), 2U) << file.filename();
    EXPECT_EQ(lines[0], "// SPDX-License-Identifier: MIT") << file.filename();
    EXPECT_TRUE(lines[1].starts_with("// ")) << file.filename();
  }
}

TEST(Examples, EachIncludesThePublicHeadersAndTheStandardLibraryOnly) {
  for (const auto& file : examples()) {
    for (const std::string& line : lines_of(file)) {
      if (!line.starts_with("#include")) continue;
      const std::string header = line.substr(line.find('<') + 1);
      EXPECT_NE(line.find('<'), std::string::npos) << file.filename() << ": " << line;
      EXPECT_TRUE(header.starts_with("fairlead/") || header.find_first_of("./") == std::string::npos)
          << file.filename() << ": " << line;
    }
  }
}

}  // namespace
