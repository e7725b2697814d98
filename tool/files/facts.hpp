// SPDX-License-Identifier: MIT
// What stat(2) says, in our words. Private to files/.
#pragma once

#include <sys/stat.h>

#include "files/file.hpp"

namespace tool::files {

[[nodiscard]] facts facts_of(const struct stat& s) noexcept;

}  // namespace tool::files
