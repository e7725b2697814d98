// SPDX-License-Identifier: MIT
#include "tool/transferring.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include <fairlead/sha256.hpp>

namespace tool_test {

namespace fs = std::filesystem;

std::string content_of(const fs::path& file) {
  std::ostringstream all;
  all << std::ifstream(file, std::ios::binary).rdbuf();
  return std::move(all).str();
}

std::string picture_of(const fs::path& directory) {
  std::vector<std::string> lines;
  for (const auto& e : fs::recursive_directory_iterator(directory)) {
    struct stat s{};
    if (::lstat(e.path().c_str(), &s) != 0) continue;
    std::ostringstream line;
    line << e.path().lexically_relative(directory).native() << ' ' << std::oct << s.st_mode << std::dec << ' '
         << s.st_mtim.tv_sec << '.' << s.st_mtim.tv_nsec;
    if (S_ISREG(s.st_mode)) {
      const std::string content = content_of(e.path());
      line << ' ' << content.size() << ' ' << fairlead::sha256::hex(fairlead::sha256::of(content));
    }
    lines.push_back(line.str());
  }
  std::ranges::sort(lines);
  std::string all;
  for (const std::string& l : lines) all += l + '\n';
  return all;
}

std::vector<std::string> partial_files(const fs::path& directory) {
  std::vector<std::string> found;
  for (const auto& e : fs::recursive_directory_iterator(directory)) {
    const std::string name = e.path().filename();
    if (name.starts_with(".fairlead-") && name.ends_with(".part")) found.push_back(e.path());
  }
  return found;
}

}  // namespace tool_test
