// SPDX-License-Identifier: MIT
#include "loop/lending.hpp"

#include <new>
#include <utility>

namespace fairlead::detail {

namespace {
constinit thread_local lending_pool* mine = nullptr;
}

// Ends the pool with its thread.
struct lending_pool::owner {
  bool ended = false;
  ~owner() {
    ended = true;
    if (lending_pool* const p = std::exchange(mine, nullptr)) p->close();
  }
};

lending_pool* lending_pool::here() noexcept {
  if (mine != nullptr) return mine;
  static thread_local owner end;
  if (!end.ended) mine = new (std::nothrow) lending_pool;
  return mine;
}

lent_block* lending_pool::take() noexcept {
  if (free_ == nullptr) {
    free_ = returned_.exchange(nullptr, std::memory_order_acquire);
    kept_ = 0;
    for (const lent_block* b = free_; b != nullptr; b = b->next) ++kept_;
  }
  lent_block* b = free_;
  if (b != nullptr) {
    free_ = b->next;
    --kept_;
  } else {
    void* const memory = ::operator new(sizeof(lent_block) + lent_block::capacity, std::nothrow);
    if (memory == nullptr) return nullptr;
    b = ::new (memory) lent_block;
    b->home = this;
  }
  users_.fetch_add(1, std::memory_order_relaxed);
  return b;
}

void lending_pool::put(lent_block* b) noexcept {
  if (mine == this) {
    if (kept_ < most_kept) {
      b->next = free_;
      free_ = b;
      ++kept_;
    } else {
      ::operator delete(b);
    }
  } else {
    b->next = returned_.load(std::memory_order_relaxed);
    while (
        !returned_.compare_exchange_weak(b->next, b, std::memory_order_release, std::memory_order_relaxed)) {
    }
  }
  leave();
}

void lending_pool::close() noexcept {
  destroy_all(std::exchange(free_, nullptr));
  leave();
}

// The last one frees what came back too late.
void lending_pool::leave() noexcept {
  if (users_.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  destroy_all(returned_.load(std::memory_order_relaxed));
  delete this;
}

void lending_pool::destroy_all(lent_block* list) noexcept {
  while (list != nullptr) ::operator delete(std::exchange(list, list->next));
}

void give_back(lent_block* b) noexcept { b->home->put(b); }

loan lent_memory::take() noexcept {
  lending_pool* const pool = lending_pool::here();
  lent_block* const b = pool != nullptr ? pool->take() : nullptr;
  return b != nullptr ? loan(b, b->bytes(), lent_block::capacity) : loan();
}

}  // namespace fairlead::detail
