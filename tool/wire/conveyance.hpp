// SPDX-License-Identifier: MIT
// The short way between two links: where nobody needs to see what passes, the kernel may carry it.
#pragma once

#include <memory>

#include <fairlead/splice.hpp>

#include "wire/link.hpp"

namespace tool {

/// What moves bytes from one to the other, if both are sockets of bytes or descriptors with nothing around
/// them; else null.
/// Both must outlive it.
[[nodiscard]] std::unique_ptr<fairlead::conveyor> conveyor_between(link& from, link& to);

/// Whether an error of conveyor::move() is about the side that bytes come from.
[[nodiscard]] bool is_of_source(const fairlead::error& e) noexcept;

}  // namespace tool
