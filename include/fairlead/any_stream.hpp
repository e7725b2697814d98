// SPDX-License-Identifier: MIT
// any_stream: one type for every stream, where programs meet and the transport was chosen at run time. Each
// operation costs a virtual call and a coroutine frame from the pool; inner layers stay with their own types.
#pragma once

#include <concepts>
#include <cstddef>
#include <type_traits>
#include <utility>

#include <fairlead/buffer.hpp>
#include <fairlead/error.hpp>
#include <fairlead/export.hpp>
#include <fairlead/stream.hpp>
#include <fairlead/task.hpp>

namespace fairlead {

/// Owns a stream of any type. Move only; may be moved while operations are in flight, because the stream
/// itself stays in its place.
class FAIRLEAD_API any_stream {
 public:
  any_stream() = default;  ///< closed; to be assigned to
  template <class S>
    requires(!std::same_as<S, any_stream>) && stream<S> && std::movable<S>
  any_stream(S s) : held_(new holder<S>(std::move(s))) {}  // NOLINT: implicit, as every stream is one
  any_stream(any_stream&& other) noexcept : held_(std::exchange(other.held_, nullptr)) {}
  any_stream& operator=(any_stream&& other) noexcept {
    std::swap(held_, other.held_);
    return *this;
  }
  ~any_stream() { delete held_; }

  task<result<std::size_t>> recv(mutable_buffer b) {
    return held_ != nullptr ? held_->recv(b) : closed(verb::recv);
  }
  task<result<std::size_t>> send(const_buffer b) {
    return held_ != nullptr ? held_->send(b) : closed(verb::send);
  }
  /// In one call where the stream can, else one after the other.
  task<result<std::size_t>> send(const_buffers b) {
    return held_ != nullptr ? held_->send(b) : closed(verb::send);
  }
  task<result<void>> shutdown() { return held_ != nullptr ? held_->shutdown() : closed_shutdown(); }
  result<void> close() {
    if (held_ == nullptr) return failure(errc::bad_file_descriptor, verb::close);
    return held_->close();
  }

  /// The stream inside, if it is an S: for what only sockets have, addresses say.
  template <stream S>
  [[nodiscard]] S* get_if() noexcept {
    auto* const h = dynamic_cast<holder<S>*>(held_);
    return h != nullptr ? &h->inner : nullptr;
  }
  [[nodiscard]] bool has_value() const noexcept { return held_ != nullptr; }

 private:
  struct FAIRLEAD_API held_stream {
    held_stream() = default;
    held_stream(const held_stream&) = delete;
    held_stream& operator=(const held_stream&) = delete;
    virtual ~held_stream();
    virtual task<result<std::size_t>> recv(mutable_buffer b) = 0;
    virtual task<result<std::size_t>> send(const_buffer b) = 0;
    virtual task<result<std::size_t>> send(const_buffers b) = 0;
    virtual task<result<void>> shutdown() = 0;
    virtual result<void> close() = 0;
    task<result<std::size_t>> send_each(const_buffers b);
  };

  template <class S>
  struct holder final : held_stream {
    explicit holder(S&& s) : inner(std::move(s)) {}
    task<result<std::size_t>> recv(mutable_buffer b) override {
      return detail::as_task<std::size_t>(inner.recv(b));
    }
    task<result<std::size_t>> send(const_buffer b) override {
      return detail::as_task<std::size_t>(inner.send(b));
    }
    task<result<std::size_t>> send(const_buffers b) override {
      if constexpr (gathering_stream<S>) {
        return detail::as_task<std::size_t>(inner.send(b));
      } else {
        return this->send_each(b);
      }
    }
    task<result<void>> shutdown() override { return detail::as_task<void>(inner.shutdown()); }
    result<void> close() override { return inner.close(); }
    S inner;
  };

  static task<result<std::size_t>> closed(verb v);
  static task<result<void>> closed_shutdown();

  held_stream* held_ = nullptr;
};

}  // namespace fairlead
