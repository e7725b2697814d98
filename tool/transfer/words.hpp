// SPDX-License-Identifier: MIT
// What both sides say to people.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include <fairlead/clock.hpp>

#include "transfer/format.hpp"
#include "transfer/meter.hpp"
#include "transfer/source.hpp"

namespace tool {
class link;
}

namespace tool::transfer {

/// How long a silence of the peer may last, unless --idle says otherwise.
constexpr fairlead::duration usual_patience = std::chrono::minutes(1);

/// What becomes of the hashes of files that are whole.
enum class listing : std::uint8_t {
  printed,
  left_out,  ///< standard output is for the peer
};

/// "1 file", "12,345 files".
[[nodiscard]] std::string count_of(std::uint64_t n, std::string_view what);
/// The peer broke the protocol: in what way.
[[nodiscard]] fairlead::error nonsense(const link& peer, const char* what);
/// A line on standard output that `sha256sum --check` reads, whatever is in the name; on a terminal one that
/// is safe to show. None with --quiet.
[[nodiscard]] fairlead::result<void> print_hash(const console& out, listing hashes, const digest& hash,
                                                std::string_view name);
/// Whether it is that nobody reads standard output any more, which is to be told as it is.
[[nodiscard]] bool is_of_output(const fairlead::error& e);
/// Bytes that are no holes.
[[nodiscard]] std::uint64_t stored_in(std::span<const source> files);
/// "3 files (2 there already), 1.24 GB in 2.10 s, 590 MB/s"
[[nodiscard]] std::string summary(std::uint64_t files, std::uint64_t had, const meter& m);

}  // namespace tool::transfer
