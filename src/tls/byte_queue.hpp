// SPDX-License-Identifier: MIT
// Ciphertext that waits to be sent. Holds no memory while it is empty: most connections are idle.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <utility>

#include <fairlead/buffer.hpp>

namespace fairlead::detail {

class byte_queue {
 public:
  byte_queue() = default;
  byte_queue(const byte_queue&) = delete;
  byte_queue& operator=(const byte_queue&) = delete;
  ~byte_queue() { std::free(data_); }

  [[nodiscard]] bool empty() const noexcept { return begin_ == end_; }
  [[nodiscard]] std::size_t size() const noexcept { return end_ - begin_; }
  [[nodiscard]] const_buffer bytes() const noexcept { return {data_ + begin_, end_ - begin_}; }

  /// False if there is no memory.
  [[nodiscard]] bool append(const void* bytes, std::size_t n) noexcept {
    if (!reserve(n)) return false;
    std::memcpy(data_ + end_, bytes, n);
    end_ += n;
    return true;
  }
  /// Room for so many bytes more, lest it grow in steps.
  [[nodiscard]] bool reserve(std::size_t n) noexcept {
    if (capacity_ - end_ >= n) return true;
    const std::size_t wanted = end_ + n > 2 * capacity_ ? end_ + n : 2 * capacity_;
    void* const grown = std::realloc(data_, wanted);
    if (grown == nullptr) return false;
    data_ = static_cast<std::byte*>(grown);
    capacity_ = wanted;
    return true;
  }
  void consume(std::size_t n) noexcept {
    begin_ += n;
    if (begin_ < end_) return;
    std::free(std::exchange(data_, nullptr));
    begin_ = end_ = capacity_ = 0;
  }
  void swap(byte_queue& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(begin_, other.begin_);
    std::swap(end_, other.end_);
    std::swap(capacity_, other.capacity_);
  }

 private:
  std::byte* data_ = nullptr;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace fairlead::detail
