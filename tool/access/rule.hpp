// SPDX-License-Identifier: MIT
// Whom --allow, --deny and --proxy-from speak of.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <fairlead/address.hpp>
#include <fairlead/ip_network.hpp>
#include <fairlead/unix.hpp>

namespace tool {

struct user_number {
  std::uint32_t id = 0;
  friend bool operator==(const user_number&, const user_number&) noexcept = default;
};
struct group_number {
  std::uint32_t id = 0;
  friend bool operator==(const group_number&, const group_number&) noexcept = default;
};

/// What is known of somebody who comes.
struct visitor {
  std::optional<fairlead::endpoint> where;
  std::optional<fairlead::peer_credentials> credentials;  ///< of a process of this machine
  std::optional<std::vector<std::uint32_t>> groups;       ///< the supplementary ones
};

enum class match : std::uint8_t { no, yes, unknown };

struct access_rule {
  std::variant<fairlead::ip_network, user_number, group_number> whom;
  std::string text;  ///< as it was typed

  [[nodiscard]] bool is_network() const noexcept { return whom.index() == 0; }
  /// Unknown: what it would take to tell is not known of them.
  [[nodiscard]] match matches(const visitor& v) const noexcept;
};

/// "10.0.0.0/8", "::1", "user:postgres", "group:staff", "uid:1000", "gid:50". Names of users and groups are
/// looked up, which may block. The error is a sentence that begins with the text.
[[nodiscard]] std::expected<access_rule, std::string> parse_rule(std::string_view text);

}  // namespace tool
