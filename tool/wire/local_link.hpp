// SPDX-License-Identifier: MIT
// Links to what is on this machine and no socket: our standard streams, commands, files.
#pragma once

#include <memory>
#include <string>

#include <fairlead/error.hpp>
#include <fairlead/url.hpp>

#include "console.hpp"
#include "wire/link.hpp"

namespace tool {

/// Standard input and output. To finish tells whoever reads our output. With `raw`, as long as it lives, a
/// terminal gives every key as it is typed.
[[nodiscard]] fairlead::result<std::unique_ptr<link>> make_standard_link(bool raw = false);
/// Only the output: what is on our input is nobody's, and left to whoever reads it next.
[[nodiscard]] fairlead::result<std::unique_ptr<link>> make_standard_output_link();

/// Runs a command in a shell, joined by its standard input and output, or with `pty` by a terminal of its
/// own, as large as ours; what has ended on the other side is typed there as Ctrl-D. FAIRLEAD_LOCAL and
/// FAIRLEAD_PEER in its environment name the ends of `client`, if there is one.
[[nodiscard]] fairlead::result<std::unique_ptr<link>> make_process_link(const std::string& command, bool pty,
                                                                        const link* client,
                                                                        const console& out);

enum class file_use { read, write };
/// A file, pipe or device, `file:PATH`, with `?append=1` one that is added to. What is read has an end and
/// takes nothing; what is written gives nothing. A terminal goes both ways.
[[nodiscard]] fairlead::result<std::unique_ptr<link>> make_file_link(const fairlead::url& at, file_use use);
/// Whether what is written there takes the place of what was: each link to it begins anew.
[[nodiscard]] bool is_written_anew(const fairlead::url& file);
/// Why it cannot be, before it is needed; without changing anything.
[[nodiscard]] fairlead::result<void> look_at_file(const fairlead::url& at, file_use use);

}  // namespace tool
