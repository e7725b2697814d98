// SPDX-License-Identifier: MIT
#include "support/allocations.hpp"

#include <cstdlib>
#include <new>

#include "support/guard.hpp"

namespace {
constinit thread_local std::size_t count = 0;
}

namespace fairlead::testing {

bool allocations_are_counted() noexcept { return !sanitized; }
std::size_t allocations_here() noexcept { return count; }

}  // namespace fairlead::testing

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define FAIRLEAD_KEEP_OPERATOR_NEW
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define FAIRLEAD_KEEP_OPERATOR_NEW
#endif

// The array and nothrow forms call these.
#ifndef FAIRLEAD_KEEP_OPERATOR_NEW
void* operator new(std::size_t bytes) {
  ++count;
  if (void* const p = std::malloc(bytes != 0 ? bytes : 1)) return p;
  throw std::bad_alloc();
}
void* operator new(std::size_t bytes, std::align_val_t alignment) {
  ++count;
  const auto a = static_cast<std::size_t>(alignment);
  if (void* const p = std::aligned_alloc(a, (bytes + a - 1) / a * a)) return p;
  throw std::bad_alloc();
}
void operator delete(void* p) noexcept { std::free(p); }
void operator delete(void* p, std::size_t) noexcept { std::free(p); }
void operator delete(void* p, std::align_val_t) noexcept { std::free(p); }
void operator delete(void* p, std::size_t, std::align_val_t) noexcept { std::free(p); }
#endif
