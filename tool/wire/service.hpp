// SPDX-License-Identifier: MIT
// What a client is given.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include <fairlead/task.hpp>

#include "console.hpp"
#include "wire/datagrams.hpp"
#include "wire/link.hpp"
#include "wire/witness.hpp"

namespace tool {

struct service_terms {
  std::optional<std::string> command;      ///< for exec()
  bool pty = false;                        ///< it runs on a terminal of its own
  std::optional<fairlead::duration> idle;  ///< errc::timed_out after such a silence
  watch watched{};                         ///< who sees what passes
  /// Another service than these two. The link outlives the task.
  std::function<fairlead::task<fairlead::result<void>>(link&)> other{};
};

/// Sends everything back, until the client has finished.
[[nodiscard]] fairlead::task<fairlead::result<void>> echo(link& client, const service_terms& terms);

/// Sends every datagram back to its sender, until stopped; with `once` only those of the first, until it is
/// silent.
[[nodiscard]] fairlead::task<fairlead::result<void>> echo_datagrams(datagram_host& host,
                                                                    const service_terms& terms, bool once,
                                                                    const console& out);

/// Runs the command with the client as its standard input and output. Fails if the command does.
[[nodiscard]] fairlead::task<fairlead::result<void>> exec(link& client, const service_terms& terms,
                                                          const console& out);

/// What is said after a silence that was too long.
[[nodiscard]] fairlead::error silent(const link& client, fairlead::duration limit);

}  // namespace tool
