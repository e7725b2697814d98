// SPDX-License-Identifier: MIT
// prefixed_stream: a stream whose first bytes somebody has received already. Whoever had to read ahead (a
// proxy's answer, a PROXY header, a look at the first byte) gives them back, and the next layer misses none.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstring>
#include <span>
#include <utility>
#include <vector>

#include <fairlead/buffer.hpp>
#include <fairlead/error.hpp>
#include <fairlead/stream.hpp>
#include <fairlead/task.hpp>

namespace fairlead {

/// Owns the stream. Not to be moved while an operation is in flight. When the bytes that were there before
/// are used up, their memory goes, and every operation is the stream's own (a receive: as a task).
template <stream S>
class prefixed_stream {
 public:
  // A template: a type-erased S would otherwise be made of prefixed streams, this one included.
  template <std::same_as<S> T>
  explicit prefixed_stream(T inner) : inner_(std::move(inner)) {}
  prefixed_stream(S inner, std::vector<std::byte> first)
      : inner_(std::move(inner)), first_(std::move(first)) {}

  /// What was received before, then what the stream gives.
  task<result<std::size_t>> recv(mutable_buffer b) {
    if (first_.empty()) return detail::as_task<std::size_t>(inner_.recv(b));
    return recv_first(b);
  }
  auto send(const_buffer b) { return inner_.send(b); }
  auto send(const_buffers b)
    requires gathering_stream<S>
  {
    return inner_.send(b);
  }
  auto shutdown() { return inner_.shutdown(); }
  /// Forgets what was received before, too.
  result<void> close() {
    forget();
    return inner_.close();
  }

  /// What the next receive will begin with.
  [[nodiscard]] std::span<const std::byte> prefix() const noexcept {
    return std::span(first_).subspan(given_);
  }
  /// Puts bytes before everything that is still to be received. Not while a receive is in flight.
  void put_back(const_buffer b) {
    if (b.size == 0) return;
    std::vector<std::byte> joined(b.data, b.data + b.size);
    joined.insert(joined.end(), prefix().begin(), prefix().end());
    first_ = std::move(joined);
    given_ = 0;
  }

  [[nodiscard]] S& inner() noexcept { return inner_; }
  [[nodiscard]] const S& inner() const noexcept { return inner_; }
  /// The stream and the bytes that come before it.
  [[nodiscard]] std::pair<S, std::vector<std::byte>> release() && {
    first_.erase(first_.begin(), first_.begin() + static_cast<std::ptrdiff_t>(given_));
    given_ = 0;
    return {std::move(inner_), std::exchange(first_, {})};
  }

 private:
  task<result<std::size_t>> recv_first(mutable_buffer b) {
    // Not earlier: a task that is never begun takes nothing.
    if (first_.empty()) co_return co_await inner_.recv(b);
    const std::size_t n = prefix().size() < b.size ? prefix().size() : b.size;
    if (n > 0) std::memcpy(b.data, prefix().data(), n);
    given_ += n;
    if (given_ == first_.size()) forget();
    co_return n;
  }
  void forget() noexcept {
    first_ = std::vector<std::byte>();
    given_ = 0;
  }

  S inner_;
  std::vector<std::byte> first_;
  std::size_t given_ = 0;  // of first_
};

template <class S>
prefixed_stream(S) -> prefixed_stream<S>;
template <class S>
prefixed_stream(S, std::vector<std::byte>) -> prefixed_stream<S>;

}  // namespace fairlead
