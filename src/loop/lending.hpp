// SPDX-License-Identifier: MIT
// The blocks that recv() lends, and the pool of each thread that they come from; docs/design/loans.md.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include <fairlead/loan.hpp>

namespace fairlead::detail {

class lending_pool;

struct lent_block {
  static constexpr std::size_t capacity = std::size_t{16} << 10U;

  lent_block* next = nullptr;
  lending_pool* home = nullptr;
  [[nodiscard]] std::byte* bytes() noexcept { return reinterpret_cast<std::byte*>(this + 1); }
};

class lending_pool {
 public:
  /// This thread's; null if there is no memory for one, or the thread is ending.
  [[nodiscard]] static lending_pool* here() noexcept;

  /// A block, or null if there is no memory. On the pool's thread.
  [[nodiscard]] lent_block* take() noexcept;
  /// From any thread; the pool may be gone afterwards.
  void put(lent_block* b) noexcept;

  lending_pool(const lending_pool&) = delete;
  lending_pool& operator=(const lending_pool&) = delete;

 private:
  struct owner;
  static constexpr std::uint32_t most_kept = 256;

  lending_pool() = default;
  ~lending_pool() = default;
  void close() noexcept;
  void leave() noexcept;
  static void destroy_all(lent_block* list) noexcept;

  lent_block* free_ = nullptr;  // of the owner alone
  std::uint32_t kept_ = 0;
  std::atomic<std::uint32_t> users_{1};         // the thread, and each block that is lent
  std::atomic<lent_block*> returned_{nullptr};  // by other threads
};

}  // namespace fairlead::detail
