// SPDX-License-Identifier: MIT
#include "transfer/needs.hpp"

#include <algorithm>

#include "figures.hpp"
#include "text.hpp"

namespace tool::transfer {

using namespace fairlead;

namespace {

bool fits(std::uint64_t lasting, std::uint64_t meanwhile, std::uint64_t room) {
  return lasting <= room && meanwhile <= room - lasting;
}

std::unexpected<error> no_room(const std::string& path, const std::string& there, const std::string& wanted) {
  std::string said = "there is room for " + there + " only, and ";
  said += wanted + " are needed";
  return std::unexpected(error::about(errc::no_space_on_device, verb::none, printable(path), said));
}

}  // namespace

result<void> needs::add(const files::directory& ground, const need& n) {
  const auto itself = ground.look();
  if (!itself) return std::unexpected(itself.error());
  const auto [found, fresh] = by_device_.try_emplace(itself->device);
  demand& d = found->second;
  if (fresh) {
    const auto room = ground.free_room();
    if (!room) return std::unexpected(room.error());
    d.path = ground.path();
    d.room = *room;
  }
  d.all.bytes += n.bytes;
  d.all.bytes_meanwhile = std::max(d.all.bytes_meanwhile, n.bytes_meanwhile);
  d.all.entries += n.entries;
  d.all.entries_meanwhile = std::max(d.all.entries_meanwhile, n.entries_meanwhile);
  return {};
}

result<void> needs::compare() const {
  for (const auto& [device, d] : by_device_) {
    if (!fits(d.all.bytes, d.all.bytes_meanwhile, d.room.bytes)) {
      const double wanted = static_cast<double>(d.all.bytes) + static_cast<double>(d.all.bytes_meanwhile);
      return no_room(d.path, amount_text(static_cast<double>(d.room.bytes)), amount_text(wanted));
    }
    if (d.room.entries && !fits(d.all.entries, d.all.entries_meanwhile, *d.room.entries)) {
      return no_room(d.path, count_text(*d.room.entries) + " more files and directories",
                     count_text(d.all.entries + d.all.entries_meanwhile));
    }
  }
  return {};
}

}  // namespace tool::transfer
