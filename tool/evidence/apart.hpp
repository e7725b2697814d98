// SPDX-License-Identifier: MIT
// What a command is to write must be nothing that it uses otherwise.
#pragma once

#include <string_view>

#include <fairlead/error.hpp>

#include "option.hpp"

namespace tool {

/// Looks at --report, --record and --export: none of them may be another one, nor what is read (a recording,
/// what is sent, certificates, file: addresses), nor lie where files are sent from or received. Fails with
/// the sentence.
[[nodiscard]] fairlead::result<void> keep_files_apart(const settings& asked, std::string_view command);

}  // namespace tool
