// SPDX-License-Identifier: MIT
// Coroutine frames are of few sizes and come and go all the time: each thread keeps those it freed.
#include <fairlead/task.hpp>

#include <array>
#include <cstddef>
#include <new>

#include "sys/sanitizers.hpp"

namespace fairlead::detail {

namespace {

constexpr bool pooled = !sys::address_sanitizer;  // so that a use after free is seen

// The sizes that a common malloc gives without waste: 8 bytes below a multiple.
constexpr std::size_t step = 16;
constexpr std::size_t header = 8;
constexpr std::size_t classes = 512;  // frames below 8 KiB: a limit on an operation takes 200 bytes of one
constexpr std::uint32_t full = ~std::uint32_t{0};

// What each thread keeps of one size: a quarter of a mebibyte.
constexpr std::uint32_t kept_most(std::size_t size_class) noexcept {
  return static_cast<std::uint32_t>((std::size_t{256} << 10U) / (size_class * step));
}

struct free_frame_node {
  free_frame_node* next;
};

struct pool {
  struct bin {
    free_frame_node* first = nullptr;
    std::uint32_t count = 0;
  };
  std::array<bin, classes> bins;
  ~pool() {
    for (bin& b : bins) {
      while (b.first != nullptr) ::operator delete(std::exchange(b.first, b.first->next));
      b.count = full;  // a frame freed after this, while the thread ends, goes straight back
    }
  }
};

thread_local pool frames;

constexpr std::size_t class_of(std::size_t bytes) noexcept { return (bytes + header + step - 1) / step; }

}  // namespace

void* allocate_frame(std::size_t bytes) {
  const std::size_t c = class_of(bytes);
  if (!pooled || c >= classes) return ::operator new(bytes);
  pool::bin& b = frames.bins[c];
  if (b.first == nullptr) return ::operator new(c * step - header);
  --b.count;
  return std::exchange(b.first, b.first->next);
}

void free_frame(void* frame, std::size_t bytes) noexcept {
  const std::size_t c = class_of(bytes);
  if (!pooled || c >= classes || frames.bins[c].count >= kept_most(c)) return ::operator delete(frame);
  pool::bin& b = frames.bins[c];
  ++b.count;
  b.first = ::new (frame) free_frame_node{b.first};
}

}  // namespace fairlead::detail
