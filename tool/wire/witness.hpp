// SPDX-License-Identifier: MIT
// Who watches a conversation: a report, a recording, a dump on the terminal.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include <fairlead/buffer.hpp>
#include <fairlead/error.hpp>
#include <fairlead/process.hpp>

namespace tool {

/// There is from the first of two joined links to the second, back the other way. Of `connect` and `listen`
/// the first is our standard input and output, of a relay the client that came.
enum class direction : std::uint8_t { there, back };

/// Where a pair keeps what belongs to it.
[[nodiscard]] constexpr std::size_t index_of(direction d) noexcept { return d == direction::there ? 0 : 1; }

/// Is told of everything that passes between two joined links, in the order in which it passes.
class witness {
 public:
  witness() = default;
  witness(const witness&) = delete;
  witness& operator=(const witness&) = delete;
  virtual ~witness() = default;

  /// Was received from the side that sends in this direction, and is about to be sent on: some bytes of a
  /// stream, or one whole message, which may be empty.
  virtual void passed(direction d, fairlead::const_buffer content) = 0;
  /// Nothing more comes in this direction: its sender has finished, or receiving or sending on has failed.
  /// Once for each direction. operation_canceled: it was ended because the other one had been. `dismissed`
  /// without a failure: the sender has not finished, but is heard no longer, because we were asked to finish,
  /// or it cannot say that it has and was silent for so long.
  virtual void ended(direction d, const fairlead::result<void>& how, bool dismissed) = 0;
  /// The command that was the sender in this direction has left like this. Comes after ended().
  virtual void exited(direction /*d*/, fairlead::exit_status /*how*/) {}
};

using witnesses = std::vector<std::unique_ptr<witness>>;

class link;
/// Gives the witnesses of a conversation that begins. They go with the conversation, and their links outlive
/// them.
using watch = std::function<witnesses(const link& first, const link& second)>;

}  // namespace tool
