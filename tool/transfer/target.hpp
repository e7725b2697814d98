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
#include "transfer/needs.hpp"

namespace tool::transfer {

/// The directories between the root and where we are. Those that were sent, and are nobody else's, get their
/// permissions and times when they are left, for to write in them changes the one and may need the other.
class target {
 public:
  enum class purpose { look, write };

  target(files::directory& root, purpose why) : root_(root), why_(why) {}

  /// Goes where the entry belongs; null when only looking, and nothing is there. Its directories must have
  /// been entered. Entries of one directory come together.
  [[nodiscard]] fairlead::result<files::directory*> reach(std::string_view path);
  /// Enters a directory, making it where it is not. When only looking, one of ours that keeps us out is as
  /// one that is not there.
  [[nodiscard]] fairlead::result<void> enter(const entry& e);
  /// Whether anything can be made where we are.
  [[nodiscard]] fairlead::result<void> look_whether_writable() const;
  /// Whether we are where nothing is yet.
  [[nodiscard]] bool is_new() const { return !steps_.empty() && !steps_.back().here.is_open(); }
  /// The last directory on the way that is there: what is made where we are goes to its file system.
  [[nodiscard]] const files::directory& ground() const;
  /// Leaves them all.
  [[nodiscard]] fairlead::result<void> leave();

 private:
  struct step {
    files::directory here;  // not open: only looking, and it is not there
    entry what;
    bool made = true;           // by us
    bool ours = true;           // made by us, or before and we are its owner
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

/// What a file will take where it goes, if all is as it seems: null where nothing is. An error where it
/// cannot be.
[[nodiscard]] fairlead::result<need> needed(const files::directory* in, const entry& e);
/// Whether a file is there that looks like it: its size and its time.
[[nodiscard]] fairlead::result<bool> looks_the_same(const files::directory& in, const entry& e);
/// The partial file, ours alone. An error if another transfer has it.
[[nodiscard]] fairlead::result<files::file> open_partial(files::directory& in, const std::string& name);

}  // namespace tool::transfer
