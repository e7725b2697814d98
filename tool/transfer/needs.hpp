// SPDX-License-Identifier: MIT
// What is about to come, and whether there is room for it: on each file system that it goes to.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include <fairlead/error.hpp>

#include "files/directory.hpp"

namespace tool::transfer {

/// Of one file or directory. Meanwhile is until it has its name: while the old one is there, too.
struct need {
  std::uint64_t bytes = 0;
  std::uint64_t bytes_meanwhile = 0;  ///< and so many more
  std::uint64_t entries = 0;
  std::uint64_t entries_meanwhile = 0;
};

class needs {
 public:
  /// What is made on the file system of `ground`.
  [[nodiscard]] fairlead::result<void> add(const files::directory& ground, const need& n);
  /// An error where something has too little room. One file comes after the other: of what is needed
  /// meanwhile, the most counts.
  [[nodiscard]] fairlead::result<void> compare() const;

 private:
  struct demand {
    std::string path;  // of the first directory there
    files::room room;
    need all;
  };
  std::map<std::uint64_t, demand> by_device_;
};

}  // namespace tool::transfer
