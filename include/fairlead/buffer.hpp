// SPDX-License-Identifier: MIT
// Views of memory that operations read from and write to. They own nothing: the memory must stay alive
// until the operation that borrows it has ended.
#pragma once

#include <concepts>
#include <cstddef>
#include <span>
#include <string_view>
#include <type_traits>

namespace fairlead {

namespace detail {
/// Contiguous memory of one-byte elements: arrays, vectors, strings and spans of char, unsigned char,
/// std::byte.
template <class R>
concept byte_range = !std::is_array_v<std::remove_reference_t<R>> && requires(R& r) {
  { std::data(r) };
  { std::size(r) } -> std::convertible_to<std::size_t>;
  requires sizeof(*std::data(r)) == 1;
  requires std::is_trivially_copyable_v<std::remove_reference_t<decltype(*std::data(r))>>;
};
template <class R>
concept writable_byte_range =
    byte_range<R> && !std::is_const_v<std::remove_reference_t<decltype(*std::data(std::declval<R&>()))>>;
}  // namespace detail

/// Memory to be filled. The layout is that of POSIX iovec, so an array of them scatters without a copy.
struct mutable_buffer {
  std::byte* data = nullptr;
  std::size_t size = 0;

  constexpr mutable_buffer() = default;
  mutable_buffer(void* memory, std::size_t bytes) : data(static_cast<std::byte*>(memory)), size(bytes) {}
  template <class R>
    requires detail::writable_byte_range<R>
  mutable_buffer(R&& range)  // NOLINT: implicit, so that any container of bytes can be passed
      : mutable_buffer(std::data(range), std::size(range)) {}
  template <class T, std::size_t N>
    requires(sizeof(T) == 1 && !std::is_const_v<T>)
  mutable_buffer(T (&array)[N]) : mutable_buffer(array, N) {}

  [[nodiscard]] mutable_buffer first(std::size_t n) const { return {data, n < size ? n : size}; }
  [[nodiscard]] mutable_buffer after(std::size_t n) const {
    return n < size ? mutable_buffer(data + n, size - n) : mutable_buffer(data + size, 0);
  }
};

/// Memory to be read. A string literal means its characters without the closing NUL.
struct const_buffer {
  const std::byte* data = nullptr;
  std::size_t size = 0;

  constexpr const_buffer() = default;
  const_buffer(const void* memory, std::size_t bytes)
      : data(static_cast<const std::byte*>(memory)), size(bytes) {}
  const_buffer(mutable_buffer b) : data(b.data), size(b.size) {}  // NOLINT: a weaker view of the same memory
  template <class R>
    requires detail::byte_range<R>
  const_buffer(R&& range) : const_buffer(std::data(range), std::size(range)) {}  // NOLINT: as above
  template <std::size_t N>
  const_buffer(const char (&literal)[N]) : const_buffer(std::string_view(literal)) {}  // NOLINT
  template <class T, std::size_t N>
    requires(sizeof(T) == 1 && !std::is_same_v<T, char>)
  const_buffer(const T (&array)[N]) : const_buffer(array, N) {}  // NOLINT: octets, every one of them
  /// A writable array of char may hold text or octets; say which with std::string_view or std::span.
  template <std::size_t N>
  const_buffer(char (&)[N]) = delete;

  [[nodiscard]] const_buffer first(std::size_t n) const { return {data, n < size ? n : size}; }
  [[nodiscard]] const_buffer after(std::size_t n) const {
    return n < size ? const_buffer(data + n, size - n) : const_buffer(data + size, 0);
  }
};

/// Several pieces of memory used as one: scatter on receiving, gather on sending. The array itself must
/// outlive the operation too. At most 1024 pieces go to one system call (IOV_MAX).
using mutable_buffers = std::span<const mutable_buffer>;
using const_buffers = std::span<const const_buffer>;

}  // namespace fairlead
