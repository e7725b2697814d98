// SPDX-License-Identifier: MIT
// Memory that the library lends with the bytes that it received: recv() without a buffer.
// docs/design/loans.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

#include <fairlead/export.hpp>

namespace fairlead {

namespace detail {
struct lent_block;
class lent_memory;
/// Gives a block back to its pool. From any thread.
FAIRLEAD_API void give_back(lent_block* b) noexcept;
}  // namespace detail

/// Received bytes in memory of the library: a contiguous range of std::byte that can be sent, or copied, as
/// it is. It is yours until the loan is destroyed or assigned to; on any thread, and longer than the loop.
/// Move only.
class loan {
 public:
  loan() = default;  ///< of nothing
  loan(loan&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)),
        size_(std::exchange(other.size_, 0)),
        block_(std::exchange(other.block_, nullptr)) {}
  loan& operator=(loan&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    std::swap(block_, other.block_);
    return *this;
  }
  ~loan() {
    if (block_ != nullptr) detail::give_back(block_);
  }

  [[nodiscard]] std::byte* data() noexcept { return data_; }
  [[nodiscard]] const std::byte* data() const noexcept { return data_; }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
  [[nodiscard]] std::byte* begin() noexcept { return data_; }
  [[nodiscard]] std::byte* end() noexcept { return data_ + size_; }
  [[nodiscard]] const std::byte* begin() const noexcept { return data_; }
  [[nodiscard]] const std::byte* end() const noexcept { return data_ + size_; }

 private:
  friend class recv_loan_operation;
  friend class detail::lent_memory;
  loan(detail::lent_block* b, std::byte* bytes, std::size_t n) noexcept : data_(bytes), size_(n), block_(b) {}
  std::byte* data_ = nullptr;
  std::size_t size_ = 0;
  detail::lent_block* block_ = nullptr;
};

namespace detail {

/// How layers lend what they have made of received bytes.
class FAIRLEAD_API lent_memory {
 public:
  /// A whole block of this thread's pool, to be filled; empty if there is no memory.
  [[nodiscard]] static loan take() noexcept;
  /// So much of it was filled.
  [[nodiscard]] static loan filled(loan l, std::size_t n) noexcept {
    l.size_ = n;
    return l;
  }
};

}  // namespace detail

}  // namespace fairlead
