// SPDX-License-Identifier: MIT
// The flags of option/access.hpp, read.
#pragma once

#include <expected>
#include <span>
#include <string>
#include <string_view>

#include <fairlead/url.hpp>

#include "access/doorkeeper.hpp"
#include "option.hpp"

namespace tool {

/// The first of the flags that was given, with its dashes; empty if none was.
[[nodiscard]] std::string_view first_given(const settings& asked);

/// For a command that listens at `at`. The error is one sentence: a rule that does not parse, or one that
/// could never match there. Looks names of users and groups up, which may block.
[[nodiscard]] std::expected<access_terms, std::string> access_terms_of(const settings& asked,
                                                                       std::span<const fairlead::url> at);

}  // namespace tool
