// SPDX-License-Identifier: MIT
#pragma once

#include <stop_token>

namespace tool {

/// Asks `to` to stop when a token is: const std::stop_callback<pass_on> both(token, pass_on{source});
struct pass_on {
  std::stop_source& to;
  void operator()() const noexcept { to.request_stop(); }
};

}  // namespace tool
