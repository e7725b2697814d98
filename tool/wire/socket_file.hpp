// SPDX-License-Identifier: MIT
// The file of a Unix socket that we are bound to.
#pragma once

#include <optional>
#include <string>

#include <fairlead/address.hpp>
#include <fairlead/unix.hpp>

#include "files/file.hpp"

namespace tool {

/// Goes with the socket, unless somebody has put another one in its place meanwhile: the next server, that
/// takes over before this one ends. As long as the socket is open nobody else is given the number of its
/// file.
class socket_file {
 public:
  /// Right after binding. Nothing for what has no file.
  explicit socket_file(const fairlead::endpoint& where) {
    if (!where.is_unix() || !where.unix_socket().is_path()) return;
    where_ = where.unix_socket();
    if (const auto made = files::look(path(), false)) made_ = *made;
  }
  /// While the socket is still open.
  void remove() const {
    if (!made_) return;
    const auto now = files::look(path(), false);
    if (now && now->device == made_->device && now->inode == made_->inode) (void)fairlead::remove(where_);
  }

 private:
  [[nodiscard]] std::string path() const { return std::string(where_.name()); }

  fairlead::unix_address where_;
  std::optional<files::facts> made_;
};

}  // namespace tool
