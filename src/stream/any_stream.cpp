// SPDX-License-Identifier: MIT
#include <fairlead/any_stream.hpp>

namespace fairlead {

any_stream::held_stream::~held_stream() = default;

task<result<std::size_t>> any_stream::held_stream::send_each(const_buffers b) {
  std::size_t sent = 0;
  for (const const_buffer& piece : b) {
    result<std::size_t> n = co_await send(piece);
    if (!n) co_return std::unexpected(n.error().after(sent + n.error().transferred()));
    sent += *n;
  }
  co_return sent;
}

task<result<std::size_t>> any_stream::closed(verb v) { co_return failure(errc::bad_file_descriptor, v); }

task<result<void>> any_stream::closed_shutdown() {
  co_return failure(errc::bad_file_descriptor, verb::shutdown);
}

}  // namespace fairlead
