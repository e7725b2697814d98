// SPDX-License-Identifier: MIT
#include "tool/transferring.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include <fairlead/sha256.hpp>

namespace tool_test {

namespace fs = std::filesystem;

namespace {

std::vector<std::string> command(const std::string& address, const fs::path& into,
                                 std::vector<std::string> words) {
  words.insert(words.begin(), {"receive", address, into.string()});
  return fairlead_command(std::move(words));
}

}  // namespace

receiving::receiving(const std::string& address, const fs::path& into, std::vector<std::string> words,
                     const start_options& options)
    : running(command(address, into, std::move(words)), options) {
  const auto value_of = [this](std::string_view said) {
    const std::size_t at = errors().find(said);
    if (at == std::string::npos) return std::string();
    const std::size_t begin = at + said.size();
    return errors().substr(begin, errors().find('\n', begin) - begin);
  };
  constexpr std::string_view ready = "listening ";
  if (!complains(ready) || !complains_lines(1 + (errors().starts_with(ready) ? 0 : 1))) return;
  address_ = value_of(ready);
  pin_ = value_of("--pin ");
}

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
