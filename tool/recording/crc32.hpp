// SPDX-License-Identifier: MIT
// CRC-32 as Ethernet, zlib and PNG have it (reflected, 0xEDB88320): what guards the records of a recording.
#pragma once

#include <cstdint>

#include <fairlead/buffer.hpp>

namespace tool::recording {

/// `before` is the sum of what came before these bytes.
[[nodiscard]] std::uint32_t crc32(fairlead::const_buffer bytes, std::uint32_t before = 0) noexcept;

}  // namespace tool::recording
