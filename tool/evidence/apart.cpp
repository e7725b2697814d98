// SPDX-License-Identifier: MIT
#include "evidence/apart.hpp"

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include <fairlead/url.hpp>

namespace tool {

namespace {

namespace fs = std::filesystem;
using namespace fairlead;

// A file that the line names, and as what.
struct use {
  std::string what;
  std::string path;
  bool with_all_below = false;  ///< what is in it, if it is a directory, is used as well
};

// Special ones may be named twice: /dev/stderr, /dev/null.
bool is_same_file(const std::string& a, const std::string& b) {
  std::error_code ignored;
  if (fs::exists(a, ignored) && fs::exists(b, ignored))
    return fs::is_regular_file(a, ignored) && fs::equivalent(a, b, ignored);
  const auto whole = [](const std::string& path) { return fs::absolute(path).lexically_normal(); };
  return whole(a) == whole(b);
}

// Behind all links, as far as the path exists.
bool is_below(const std::string& path, const std::string& directory) {
  std::error_code failed;
  if (fs::exists(path, failed) && !fs::is_regular_file(path, failed)) return false;
  const fs::path inner = fs::weakly_canonical(path, failed);
  if (failed) return false;
  const fs::path outer = fs::canonical(directory, failed);
  if (failed || !fs::is_directory(outer, failed)) return false;
  return std::ranges::mismatch(outer, inner).in1 == outer.end();
}

void add_files_of_addresses(std::vector<use>& to, const settings& asked) {
  for (const std::string& word : asked.arguments) {
    constexpr std::string_view before = "dial:";
    const auto read = url::parse(word.starts_with(before) ? word.substr(before.size()) : word);
    if (read && read->scheme() == scheme::file) to.push_back({word, read->path()});
  }
}

std::vector<use> used_by(const settings& asked, std::string_view command) {
  std::vector<use> all;
  const std::vector<std::string>& words = asked.arguments;
  if (command == "replay" && !words.empty()) all.push_back({"the recording", words[0]});
  for (std::size_t i = 0; command == "send" && i + 1 < words.size(); ++i)
    all.push_back({"what is sent", words[i], true});
  if (command == "receive" && words.size() > 1) all.push_back({"what is received", words[1], true});
  if (command == "relay") add_files_of_addresses(all, asked);
  for (const std::string& roots : asked.ca) all.push_back({"--ca", roots});
  if (asked.cert) all.push_back({"--cert", *asked.cert});
  if (asked.key) all.push_back({"--key", *asked.key});
  return all;
}

}  // namespace

result<void> keep_files_apart(const settings& asked, std::string_view command) {
  std::vector<use> all = used_by(asked, command);
  const std::size_t used = all.size();
  if (asked.report && *asked.report != "-") all.push_back({"--report", *asked.report});
  if (asked.record) all.push_back({"--record", *asked.record});
  if (asked.export_to) all.push_back({"--export", *asked.export_to});
  const auto clash = [](const use& one, std::string sentence) {
    return std::unexpected(
        error::about(fault::bad_syntax, verb::none, one.what + ' ' + one.path, std::move(sentence)));
  };
  for (std::size_t i = used; i < all.size(); ++i) {
    for (std::size_t k = 0; k < i; ++k) {
      if (is_same_file(all[i].path, all[k].path))
        return clash(all[i], "is " + all[k].what + ", too; give another file");
      if (all[k].with_all_below && is_below(all[i].path, all[k].path))
        return clash(all[i], "is among " + all[k].what + "; give another file");
    }
  }
  return {};
}

}  // namespace tool
