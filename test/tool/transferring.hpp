// SPDX-License-Identifier: MIT
// `fairlead receive` in the background, and trees of files to compare.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "tool/running.hpp"

namespace tool_test {

/// `fairlead receive ADDRESS DIR words…`, ready.
class receiving : public listener {
 public:
  receiving(const std::string& address, const std::filesystem::path& into,
            std::vector<std::string> words = {}, const start_options& options = {})
      : listener(joined({"receive", address, into.string()}, std::move(words)), options, 0) {}
};

[[nodiscard]] std::string content_of(const std::filesystem::path& file);
/// All below a directory, a line each and sorted: type, permissions, time, size, path, SHA-256 of the
/// content.
[[nodiscard]] std::string picture_of(const std::filesystem::path& directory);
/// Names of partial files anywhere below it.
[[nodiscard]] std::vector<std::string> partial_files(const std::filesystem::path& directory);

}  // namespace tool_test
