// SPDX-License-Identifier: MIT
// Bytes from one socket, pipe or file to another without copying them: the kernel moves them through a pipe
// (splice(2)). Two levels: splice_pipe is the mechanism, conveyor one direction of a relay that uses it where
// that pays. copy() and copy_both() do so by themselves.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <utility>

#include <fairlead/buffer.hpp>
#include <fairlead/clock.hpp>
#include <fairlead/error.hpp>
#include <fairlead/export.hpp>
#include <fairlead/operation.hpp>
#include <fairlead/task.hpp>

namespace fairlead {

/// What can be spliced from, and to: exactly tcp_stream, unix_stream, and the descriptors of descriptor.hpp.
/// No layer over them, and no class derived from them: it may have its own idea of what passes.
template <class S>
concept splice_source = requires(S& s) {
  { detail::splice_end<S>::source(s) } -> std::same_as<detail::socket_state*>;
};
template <class S>
concept splice_sink = requires(S& s) {
  { detail::splice_end<S>::sink(s) } -> std::same_as<detail::socket_state*>;
};

namespace detail {

/// A pipe of our own; `held` is what has gone in and not come out. -1: closed.
struct pipe_ends {
  int reading = -1;
  int writing = -1;
  std::size_t capacity = 0;
  std::size_t held = 0;
};

}  // namespace detail

/// Moves what there is into the pipe or out of it: at least one byte, and says how many.
class [[nodiscard]] splice_operation : public detail::io, public leaf<splice_operation> {
 public:
  using value_type = std::size_t;
  static constexpr bool composed = false;
  splice_operation(detail::action a, detail::socket_state* s, detail::pipe_ends& through) noexcept
      : io(a, s) {
    extra = &through;
  }
  splice_operation(splice_operation&&) noexcept = default;
  [[nodiscard]] result<std::size_t> take() const noexcept { return count; }
};

/// A pipe that bytes pass through on their way. Move only, and only while no operation of it is in flight;
/// bytes that it holds when it is destroyed are lost. Two descriptors.
class FAIRLEAD_API splice_pipe {
 public:
  /// Bytes. Most of what a larger one could hold has not arrived yet.
  static constexpr std::size_t usual_capacity = std::size_t{1} << 20U;

  /// Of `wanted` bytes, or of as many as the user may have (/proc/sys/fs/pipe-max-size, and
  /// pipe-user-pages-soft for all pipes of a user): see capacity().
  [[nodiscard]] static result<splice_pipe> open(std::size_t wanted = usual_capacity);

  /// Waits until `from` has something and takes it: at most capacity() bytes. 0: `from` has ended.
  /// errc::no_buffer_space unless the pipe is empty. errc::invalid_argument: `from` cannot be spliced, for
  /// now or for ever (a descriptor that blocks, some devices, urgent data); nothing was taken, copy instead.
  template <splice_source S>
  splice_operation fill(S& from) noexcept {
    return {detail::action::fill, detail::splice_end<S>::source(from), ends_};
  }
  /// Gives `to` what it has room for, once it has any; 0 if the pipe is empty. Errors: those of sending,
  /// after which the pipe holds what it held. errc::invalid_argument: `to` cannot be spliced to (as above;
  /// and files opened to append): read() gets the bytes out.
  template <splice_sink S>
  splice_operation drain(S& to) noexcept {
    return {detail::action::drain, detail::splice_end<S>::sink(to), ends_};
  }
  /// Copies bytes out, at once: as many as there are and fit.
  [[nodiscard]] result<std::size_t> read(mutable_buffer into) noexcept;

  [[nodiscard]] std::size_t held() const noexcept { return ends_.held; }  ///< bytes in the pipe
  [[nodiscard]] std::size_t capacity() const noexcept { return ends_.capacity; }
  [[nodiscard]] bool is_open() const noexcept { return ends_.reading >= 0; }
  void close() noexcept;

  splice_pipe() = default;  ///< closed; to be assigned to
  splice_pipe(splice_pipe&& other) noexcept : ends_(std::exchange(other.ends_, {})) {}
  splice_pipe& operator=(splice_pipe&& other) noexcept {
    std::swap(ends_, other.ends_);
    return *this;
  }
  ~splice_pipe() { close(); }

 private:
  friend class conveyor;
  detail::pipe_ends ends_;
};

/// One direction of a relay. It begins by copying, which is what small messages are fastest with; while much
/// arrives it splices, and then has a pipe (two descriptors) open. Where splicing is impossible (see
/// splice_pipe) or costs more (from a pipe or file to TCP), or descriptors have run out, it goes on copying.
///
/// Both ends must outlive it. It uses one direction of each: nobody else may receive from `from`, or send to
/// `to`, while a move() is under way.
class FAIRLEAD_API conveyor {
 public:
  static constexpr std::size_t usual_piece = 65536;

  /// `piece`: bytes of memory, and copied at once at most.
  template <splice_source From, splice_sink To>
  conveyor(From& from, To& to, std::size_t piece = usual_piece) noexcept
      : conveyor(detail::splice_end<From>::source(from), detail::splice_end<To>::sink(to), piece) {}
  conveyor(detail::socket_state* from, detail::socket_state* to, std::size_t piece) noexcept
      : from_(from), to_(to), piece_(piece > 0 ? piece : 1) {}
  conveyor(const conveyor&) = delete;
  conveyor& operator=(const conveyor&) = delete;
  ~conveyor();

  /// Waits until `from` has something, takes it, and hands `to` what that has room for: at least one byte.
  /// Gives how many. 0: `from` has ended and everything was handed on; the end itself was not. The error is
  /// that of the side that failed: verb::recv or read (error::operation()) and its address, or verb::send or
  /// write. It has moved nothing then; what had been taken from `from` stays here, see held(), and is what
  /// the next move() begins with. So a stop or a deadline loses nothing.
  /// `deadline` is as .until(deadline), and cheaper.
  [[nodiscard]] task<result<std::size_t>> move(time_point deadline = time_point::max());

  /// Bytes that were taken from `from` and not yet handed to `to`; bounded by piece and the pipe.
  [[nodiscard]] std::size_t held() const noexcept { return rest_.size + pipe_.held(); }
  /// Whether it splices now, or copies.
  [[nodiscard]] bool splices() const noexcept { return pipe_.is_open(); }

 private:
  [[nodiscard]] mutable_buffer memory();
  void copied(std::size_t bytes);
  void spliced(std::size_t bytes) noexcept;
  void let_it_pile_up(std::size_t bytes) const noexcept;
  void give_up_splicing() noexcept;
  void stop_splicing() noexcept;
  result<void> spill();

  detail::socket_state* from_;
  detail::socket_state* to_;
  std::size_t piece_;
  std::byte* memory_ = nullptr;
  const_buffer rest_;  // of what was copied
  splice_pipe pipe_;
  std::uint8_t streak_ = 0;  // pieces in a row that speak for the other way
  bool never_ = false;
};

}  // namespace fairlead
