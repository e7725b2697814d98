// SPDX-License-Identifier: MIT
#include "evidence/ending.hpp"

namespace tool {

using fairlead::errc;
using fairlead::fault;

ending ending_of(const fairlead::result<void>& how, bool dismissed) noexcept {
  if (how) return dismissed ? ending::given_up : ending::finished;
  const fairlead::error& e = how.error();
  if (e == errc::connection_reset || e == errc::connection_aborted) return ending::reset;
  if (e == errc::timed_out) return ending::timed_out;
  if (e == fault::truncated || e == fault::end_of_stream) return ending::truncated;
  if (e == errc::connection_refused) return ending::refused;
  // Of a socket that has lost its peer, shutdown(2) says that it is not connected.
  if (e == errc::broken_pipe || e == errc::not_connected) return ending::closed;
  if (e == errc::operation_canceled) return ending::given_up;
  return ending::failed;
}

std::string_view word_of(ending e, std::string_view side) noexcept {
  switch (e) {
    case ending::open: return "open";
    case ending::finished:
      if (side.starts_with("tls:")) return "close_notify";
      return side.starts_with("tcp") || side.starts_with("unix") || side.starts_with("udp") ? "fin" : "eof";
    case ending::reset: return "reset";
    case ending::timed_out: return "timeout";
    case ending::truncated: return "truncated";
    case ending::refused: return "refused";
    case ending::closed: return "closed";
    case ending::given_up: return "given up";
    case ending::failed: return "failed";
  }
  return "failed";
}

}  // namespace tool
