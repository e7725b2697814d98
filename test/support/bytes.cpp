// SPDX-License-Identifier: MIT
#include "support/bytes.hpp"

#include <sys/mman.h>

#include <new>
#include <utility>

namespace fairlead::testing {

namespace {

std::byte* map(std::size_t size, int protection) {
  void* const p = ::mmap(nullptr, size, protection, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (p == MAP_FAILED) throw std::bad_alloc();
  return static_cast<std::byte*>(p);
}

}  // namespace

endless_zeros::endless_zeros(std::size_t size) : data_(map(size, PROT_READ)), size_(size) {}
endless_zeros::~endless_zeros() { ::munmap(const_cast<std::byte*>(data_), size_); }

vanishing_memory::vanishing_memory(std::size_t size)
    : data_(map(size, PROT_READ | PROT_WRITE)), size_(size) {}

void vanishing_memory::vanish() noexcept {
  if (data_ != nullptr) ::munmap(std::exchange(data_, nullptr), size_);
}

}  // namespace fairlead::testing
