// SPDX-License-Identifier: MIT
#include "loop/provided_ring.hpp"

#include <new>
#include <utility>

namespace fairlead::detail {

namespace {
constexpr std::align_val_t page{4096};
}

provided_ring::~provided_ring() {
  for (lent_block* const b : blocks_) {
    if (b != nullptr) give_back(b);
  }
  ::operator delete(shared_, page);
}

bool provided_ring::make(io_uring& ring) noexcept {
  refused_ = true;  // until it is there
  void* const memory = ::operator new(entries * sizeof(io_uring_buf), page, std::nothrow);
  if (memory == nullptr) return false;
  shared_ = static_cast<io_uring_buf_ring*>(memory);
  io_uring_buf_ring_init(shared_);
  io_uring_buf_reg asked{};
  asked.ring_addr = reinterpret_cast<std::uint64_t>(shared_);
  asked.ring_entries = entries;
  asked.bgid = group;
  if (io_uring_register_buf_ring(&ring, &asked, 0) != 0) {
    ::operator delete(std::exchange(shared_, nullptr), page);
    return false;
  }
  for (unsigned i = 0; i < entries; ++i) offer(nullptr, static_cast<__u16>(i));
  refused_ = false;
  return true;
}

// Puts a block at `at`; if it is null, one of the pool. Without memory for one, the ring is shorter by that.
void provided_ring::offer(lent_block* b, __u16 at) noexcept {
  if (b == nullptr) {
    lending_pool* const pool = lending_pool::here();
    b = pool != nullptr ? pool->take() : nullptr;
  }
  blocks_[at] = b;
  if (b == nullptr) return;
  io_uring_buf_ring_add(shared_, b->bytes(), lent_block::capacity, at, io_uring_buf_ring_mask(entries), 0);
  io_uring_buf_ring_advance(shared_, 1);
}

lent_block* provided_ring::take(unsigned flags) noexcept {
  const auto at = static_cast<__u16>(flags >> IORING_CQE_BUFFER_SHIFT);
  lent_block* const taken = std::exchange(blocks_[at], nullptr);
  offer(nullptr, at);
  return taken;
}

}  // namespace fairlead::detail
