// SPDX-License-Identifier: MIT
#include "sys/account.hpp"

#include <grp.h>
#include <pwd.h>

#include <cerrno>
#include <vector>

namespace fairlead::sys {

namespace {

// A group of many members needs much room (getgrnam_r(3)); the bound is against a broken source.
constexpr std::size_t most_room = std::size_t{64} << 20U;

template <class Entry, class Look>
outcome look_up(Look look, const std::string& name, Entry& entry) {
  std::vector<char> room(4096);
  for (;;) {
    Entry* found = nullptr;
    const int code = look(name.c_str(), &entry, room.data(), room.size(), &found);
    if (found != nullptr) return {};
    if (code == EINTR) continue;
    if (code == ERANGE && room.size() < most_room) {
      room.resize(room.size() * 4);
      continue;
    }
    // Sources say in several ways that there is nobody (the man page lists them).
    const bool nobody = code == 0 || code == ENOENT || code == ESRCH || code == EBADF || code == EPERM;
    return {nobody ? ENOENT : code, 0};
  }
}

}  // namespace

outcome user_id(const std::string& name, std::uint32_t& id) {
  passwd entry{};
  const outcome r = look_up(::getpwnam_r, name, entry);
  if (r.ok()) id = entry.pw_uid;
  return r;
}

outcome group_id(const std::string& name, std::uint32_t& id) {
  group entry{};
  const outcome r = look_up(::getgrnam_r, name, entry);
  if (r.ok()) id = entry.gr_gid;
  return r;
}

}  // namespace fairlead::sys
