// SPDX-License-Identifier: MIT
// What --help, the man pages and the completions say of addresses and of the exit status: tables, so that
// each can lay them out in its own way.
#pragma once

#include <span>
#include <string_view>

namespace tool {

struct address_form {
  std::string_view beginning;  ///< "tcp://"
  std::string_view rest;       ///< "HOST:PORT"; empty if the beginning is all
  std::string_view meaning;
};
/// Of sockets: all that can be connected to and listened at.
[[nodiscard]] std::span<const address_form> socket_forms() noexcept;
/// Whatever a relay joins besides.
[[nodiscard]] std::span<const address_form> other_forms() noexcept;
/// What holds for all of them: sentences.
[[nodiscard]] std::string_view about_addresses() noexcept;

struct status_meaning {
  std::string_view number;
  std::string_view meaning;
};
[[nodiscard]] std::span<const status_meaning> status_meanings() noexcept;

}  // namespace tool
