// SPDX-License-Identifier: MIT
// A measurement as people start it: a server that is ready, a client, and what the client says in JSON.
#pragma once

#include <cstdlib>
#include <string>
#include <vector>

#include "tool/running.hpp"
#include "tool/tool.hpp"

namespace tool_test {

/// `fairlead bench --serve addresses…`, ready.
class bench_server : public running {
 public:
  explicit bench_server(std::vector<std::string> addresses, std::vector<std::string> flags = {})
      : running([&] {
          std::vector<std::string> words = {"bench", "--serve"};
          words.insert(words.end(), flags.begin(), flags.end());
          words.insert(words.end(), addresses.begin(), addresses.end());
          return fairlead_command(std::move(words));
        }()) {
    if (!complains_lines(addresses.size())) return;
    constexpr std::string_view ready = "listening ";
    for (const std::string& line : lines_of(errors())) {
      if (line.starts_with(ready)) addresses_.push_back(line.substr(ready.size()));
    }
  }
  /// With the real ports; empty text for one that did not get ready.
  [[nodiscard]] std::string address(std::size_t i = 0) const {
    return i < addresses_.size() ? addresses_[i] : std::string();
  }

 private:
  std::vector<std::string> addresses_;
};

/// A number in a line of JSON, by the first key of that name after `from`; -1 if there is none.
[[nodiscard]] inline double number_in(const std::string& line, const std::string& key,
                                      const std::string& from = "") {
  const std::size_t begin = from.empty() ? 0 : line.find('"' + from + "\":");
  if (begin == std::string::npos) return -1;
  const std::string quoted = '"' + key + "\":";
  const std::size_t at = line.find(quoted, begin);
  return at == std::string::npos ? -1 : std::strtod(line.c_str() + at + quoted.size(), nullptr);
}

/// The last line, which of the output is the result.
[[nodiscard]] inline std::string result_of(const std::string& output) {
  const std::vector<std::string> lines = lines_of(output);
  return lines.empty() ? std::string() : lines.back();
}

/// `fairlead bench words… --json --time 300ms`, to its end.
[[nodiscard]] inline fairlead::testing::child_outcome bench_client(std::vector<std::string> words,
                                                                   const std::string& time = "300ms") {
  words.insert(words.begin(), {"bench", "--json", "--time", time});
  return fairlead_tool(std::move(words));
}

}  // namespace tool_test
