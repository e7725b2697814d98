// SPDX-License-Identifier: MIT
// The blocks that io_uring takes from by itself when bytes arrive for a receive that lends
// (IORING_REGISTER_PBUF_RING, Linux 5.19). Made when it is first needed.
#pragma once

#include <liburing.h>

#include <array>

#include "loop/lending.hpp"

namespace fairlead::detail {

class provided_ring {
 public:
  static constexpr unsigned entries = 64;
  static constexpr __u16 group = 0;

  provided_ring() = default;
  provided_ring(const provided_ring&) = delete;
  provided_ring& operator=(const provided_ring&) = delete;
  /// The ring it was registered with has gone.
  ~provided_ring();

  /// On the ring's issuer. False if the kernel has no such thing, or there is no memory.
  bool is_there(io_uring& ring) noexcept { return shared_ != nullptr || (!refused_ && make(ring)); }
  /// The block that a completion speaks of; another one takes its place.
  [[nodiscard]] lent_block* take(unsigned flags) noexcept;

 private:
  bool make(io_uring& ring) noexcept;
  void offer(lent_block* b, __u16 at) noexcept;

  io_uring_buf_ring* shared_ = nullptr;
  bool refused_ = false;
  std::array<lent_block*, entries> blocks_{};
};

}  // namespace fairlead::detail
