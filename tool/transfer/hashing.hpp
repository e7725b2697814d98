// SPDX-License-Identifier: MIT
// Hashing what is there already, and holes, while the peer is told that we live.
#pragma once

#include <cstdint>

#include <fairlead/sha256.hpp>

#include "files/file.hpp"
#include "transfer/conversation.hpp"

namespace tool::transfer {

/// The first `size` bytes of the file. fault::end_of_stream if it has become shorter than that.
[[nodiscard]] fairlead::task<fairlead::result<void>> hash_beginning(const files::file& f, std::uint64_t size,
                                                                    fairlead::sha256& into,
                                                                    conversation& talk);
/// So many zeros.
[[nodiscard]] fairlead::task<fairlead::result<void>> hash_hole(std::uint64_t size, fairlead::sha256& into,
                                                               conversation& talk);

}  // namespace tool::transfer
