// SPDX-License-Identifier: MIT
// Signals as operations: signal_set quit{signal_number::interrupt, signal_number::terminate};
//                        int number = co_await or_return(quit.next());
#pragma once

#include <cstddef>
#include <initializer_list>
#include <string>
#include <utility>

#include <fairlead/error.hpp>
#include <fairlead/export.hpp>
#include <fairlead/operation.hpp>

namespace fairlead {

/// The signals that programs wait for, as in <csignal>; any other number will do as well.
namespace signal_number {
inline constexpr int hangup = 1;          ///< SIGHUP
inline constexpr int interrupt = 2;       ///< SIGINT: Ctrl-C
inline constexpr int quit = 3;            ///< SIGQUIT
inline constexpr int kill = 9;            ///< SIGKILL: cannot be waited for
inline constexpr int user1 = 10;          ///< SIGUSR1
inline constexpr int user2 = 12;          ///< SIGUSR2
inline constexpr int pipe = 13;           ///< SIGPIPE
inline constexpr int terminate = 15;      ///< SIGTERM
inline constexpr int child = 17;          ///< SIGCHLD
inline constexpr int window_change = 28;  ///< SIGWINCH
}  // namespace signal_number

/// "SIGINT"; "signal 99" for a number that means nothing here.
[[nodiscard]] FAIRLEAD_API std::string signal_name(int number);

/// Whether the process ignores it, and no signal_set wants it: as nohup(1) has arranged for SIGHUP, and
/// shells for SIGINT of what runs in the background. Who has started us wants it so.
[[nodiscard]] FAIRLEAD_API bool is_signal_ignored(int number) noexcept;

/// Gives the number of the next signal. One at a time for each set.
class [[nodiscard]] next_signal_operation : public detail::io, public leaf<next_signal_operation> {
 public:
  using value_type = int;
  static constexpr bool composed = false;
  next_signal_operation(detail::socket_state* s, const fairlead::error* broken) noexcept
      : io(detail::action::read, s), broken_(broken) {}
  next_signal_operation(next_signal_operation&&) noexcept = default;
  ~next_signal_operation() { give_up(); }

  void begin() noexcept {
    if (broken_ != nullptr) return detail::refuse_to_begin(*this, static_cast<int>(errc::invalid_argument));
    use(mutable_buffer(&number_, 1));
  }
  [[nodiscard]] result<int> take() const noexcept { return number_; }
  [[nodiscard]] fairlead::error why() const { return broken_ != nullptr ? *broken_ : io::why(); }

 private:
  const fairlead::error* broken_;
  unsigned char number_ = 0;
};

namespace detail {
struct signal_watch;
}

/// While it lives, these signals do not end the process: each waits here, in order of arrival, until next()
/// takes it. Several sets may want the same signal; each gets it. When the last one that wants a signal is
/// gone, the signal does again what it did before. No thread needs to block anything.
///
/// A set that could not be made (no descriptors left, a signal that cannot be caught) says so in next().
class FAIRLEAD_API signal_set {
 public:
  signal_set(std::initializer_list<int> numbers);
  signal_set(signal_set&& other) noexcept : watch_(std::exchange(other.watch_, nullptr)) {}
  signal_set& operator=(signal_set&& other) noexcept {
    std::swap(watch_, other.watch_);
    return *this;
  }
  ~signal_set();

  /// errc::bad_file_descriptor after the set was moved away.
  next_signal_operation next() noexcept;

 private:
  detail::signal_watch* watch_;
};

}  // namespace fairlead
