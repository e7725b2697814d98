// SPDX-License-Identifier: MIT
// What is to be sent: the files that were named, and all that is below the directories among them.
#pragma once

#include <span>
#include <string>
#include <vector>

#include <fairlead/error.hpp>

#include "console.hpp"
#include "files/file.hpp"
#include "transfer/format.hpp"

namespace tool::transfer {

/// Of one transfer; a receiver may allow fewer.
constexpr std::size_t most_files = 1'000'000;

struct source {
  std::string path;     ///< here
  std::size_t cut = 0;  ///< where the path begins that the receiver is told
  bool follow = false;  ///< named by the user: a link means what it points to
  files::facts facts;   ///< when it was found
  [[nodiscard]] std::string name() const { return path.substr(cut); }
};

/// Directories come before what is in them, and all that is in one before anything else. Each is known to be
/// readable: who may not read something is told so before anything is sent. Says what is left out: symbolic
/// links, and what is neither file nor directory.
[[nodiscard]] fairlead::result<std::vector<source>> find_sources(std::span<const std::string> names,
                                                                 const console& out);

/// Whether there is something beyond its size, as in files that the system makes up (/proc).
[[nodiscard]] fairlead::result<bool> has_more(const files::file& f, std::uint64_t size);
[[nodiscard]] fairlead::error more_than_said(const std::string& path);

[[nodiscard]] entry entry_of(const source& s, const files::facts& now);

}  // namespace tool::transfer
