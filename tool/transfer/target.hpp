// SPDX-License-Identifier: MIT
// Where files arrive: a directory, and nothing outside of it. Names come from strangers; every step is one
// name in a directory that is open, and no link is followed.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "files/directory.hpp"
#include "transfer/format.hpp"

namespace tool::transfer {

/// The directories between the root and where we are. Those that were sent get their permissions and times
/// when they are left, for to write in them changes the one and may need the other.
class target {
 public:
  enum class purpose { look, write };

  target(files::directory& root, purpose why) : root_(root), why_(why) {}

  /// Goes where the entry belongs; null when only looking, and nothing is there. Its directories must have
  /// been entered. Entries of one directory come together.
  [[nodiscard]] fairlead::result<files::directory*> reach(std::string_view path);
  /// Enters a directory, making it where it is not.
  [[nodiscard]] fairlead::result<void> enter(const entry& e);
  /// Leaves them all.
  [[nodiscard]] fairlead::result<void> leave();

 private:
  struct step {
    files::directory here;  // not open: only looking, and it is not there
    entry what;
    bool ours = true;           // made by us
    std::uint16_t special = 0;  // set-group-ID and the like, which no sender can say
  };
  [[nodiscard]] fairlead::result<void> leave_last();
  [[nodiscard]] files::directory* last() {
    files::directory& d = steps_.empty() ? root_ : steps_.back().here;
    return d.is_open() ? &d : nullptr;
  }

  files::directory& root_;
  purpose why_;
  std::vector<step> steps_;
};

/// The last name of a path.
[[nodiscard]] std::string name_in(std::string_view path);
/// The file that holds what has come of it: always the same, for the next try to find it.
[[nodiscard]] std::string partial_name(const std::string& name);

/// How many bytes of the entry must still be written, if all is as it seems.
[[nodiscard]] fairlead::result<std::uint64_t> missing(const files::directory* in, const entry& e);
/// Whether a file is there that looks like it: its size and its time.
[[nodiscard]] fairlead::result<bool> looks_the_same(const files::directory& in, const entry& e);
/// The partial file, ours alone. An error if another transfer has it.
[[nodiscard]] fairlead::result<files::file> open_partial(files::directory& in, const std::string& name);

}  // namespace tool::transfer
