// SPDX-License-Identifier: MIT
// What a transfer goes over: a socket, or what is none, a command and our own standard streams. Those carry
// one conversation, and nobody listens.
#pragma once

#include <memory>
#include <stop_token>
#include <string>

#include <fairlead/task.hpp>
#include <fairlead/url.hpp>

#include "console.hpp"
#include "option.hpp"
#include "transfer/words.hpp"
#include "wire/link.hpp"

namespace tool::transfer {

/// Parses an address that a transfer can be told. The error is one of usage.
[[nodiscard]] fairlead::result<fairlead::url> parse_carrier(const std::string& text);
/// Why it cannot be used, or not like that: one sentence; empty if it can.
[[nodiscard]] std::string objection(const settings& asked, const fairlead::url& at);

/// Whether it is a command or our standard streams.
[[nodiscard]] bool is_local(const fairlead::url& at) noexcept;
/// A link to one of those.
[[nodiscard]] fairlead::result<std::unique_ptr<link>> open_local(const fairlead::url& at, const console& out);
/// Whether there is an output for hashes.
[[nodiscard]] listing hashes_beside(const fairlead::url& at) noexcept;

/// The end of a command that a transfer went over, `well` or not. The error is how it has left. One that does
/// not leave by itself, soon where the transfer has failed, or else before `asked` turns, is ended, and that
/// is no error.
[[nodiscard]] fairlead::task<fairlead::result<void>> see_off(link& command, bool well, std::stop_token asked);
/// The status of all of it, where `ended` was the transfer's: it is said what became of the command.
[[nodiscard]] int status_after(int ended, const fairlead::result<void>& command, const console& out);

}  // namespace tool::transfer
