// SPDX-License-Identifier: MIT
// loop: what co_await runs on. One thread runs one loop; the backend is chosen at run time.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <utility>

#include <fairlead/error.hpp>
#include <fairlead/operation.hpp>
#include <fairlead/task.hpp>
#include <fairlead/yield.hpp>

namespace fairlead {

/// How a loop waits for the kernel.
enum class backend : std::uint8_t {
  automatic,  ///< FAIRLEAD_BACKEND if set, else io_uring where it is permitted, else epoll
  epoll,
  io_uring,
};

[[nodiscard]] FAIRLEAD_API std::string_view to_string(backend b) noexcept;
/// Whether this process may use `b` on this kernel; the first call asks the kernel.
[[nodiscard]] FAIRLEAD_API bool available(backend b) noexcept;

/// What a loop does that has nothing to do. Being woken by another core is most of a round trip between
/// threads; polling costs a core. docs/design/polling.md.
enum class polling : std::uint8_t {
  off,       ///< sleeps at once
  adaptive,  ///< polls first, for at most polling_bound, where it has lately been woken within that time
  always,    ///< never sleeps
};

struct loop_options {
  fairlead::backend backend = fairlead::backend::automatic;
  fairlead::polling polling = fairlead::polling::off;
  duration polling_bound = std::chrono::microseconds(200);
};

namespace detail {
/// Called once on the loop's thread, then deleted.
struct FAIRLEAD_API posted : inbox_node {
  virtual ~posted();
  virtual void call() = 0;
  posted() noexcept;
  posted(const posted&) = delete;
  posted& operator=(const posted&) = delete;
};
}  // namespace detail

/// Runs tasks. Belongs to the thread that first runs it; only post() may be called from others.
class FAIRLEAD_API loop {
 public:
  /// Fails with what the kernel said (too_many_files_open, …), or, for a forced backend that is not
  /// permitted here, with its reason.
  [[nodiscard]] static result<loop> create(loop_options options = {});
  loop(loop&& other) noexcept : core_(std::exchange(other.core_, nullptr)) {}
  loop& operator=(loop&& other) noexcept {
    std::swap(core_, other.core_);
    return *this;
  }
  ~loop();

  /// Runs until `t` has its result. May be called again afterwards, on the same thread.
  template <class T>
  T run(task<T> t) {
    if (std::optional<error> refused = drive(t.handle(), t.handle().promise()))
      return fail<T>(std::move(*refused));
    return t.handle().promise().take();
  }

  /// Which one runs: epoll or io_uring, never automatic.
  [[nodiscard]] fairlead::backend backend() const noexcept;

  /// Has `f()` called on the loop's thread, in order, while or as soon as the loop runs. From any thread.
  /// `f` must not throw.
  template <class F>
  void post(F f) {
    struct call_it final : detail::posted {
      explicit call_it(F&& g) : function(std::move(g)) {}
      void call() override { function(); }
      F function;
    };
    enqueue(new call_it(std::move(f)));
  }

  /// How a task that cannot run at all ends: an error where T can say one, an exception elsewhere.
  template <class T>
  [[nodiscard]] static T fail(error e) {
    if constexpr (detail::is_result<T>) {
      return std::unexpected(std::move(e));
    } else {
      throw std::system_error(e.code(), e.message());
    }
  }

 private:
  explicit loop(detail::loop_core* core) noexcept : core_(core) {}
  std::optional<error> drive(std::coroutine_handle<> h, detail::promise_base& p);
  void enqueue(detail::posted* p) noexcept;

  detail::loop_core* core_;
};

/// For main: makes a loop, runs `t` on it to its end.
template <class T>
T run(task<T> t, loop_options options = {}) {
  result<loop> made = loop::create(options);
  if (!made) return loop::fail<T>(std::move(made.error()));
  return made->run(std::move(t));
}

namespace detail {
FAIRLEAD_API result<void> run_loops(unsigned count, loop_options options,
                                    task<result<void>> (*make)(void* factory, unsigned index), void* factory);
}

/// Runs `make(index)` on `count` loops, each on a thread of its own (0: one per core this process may use).
/// With SO_REUSEPORT listeners the kernel spreads connections over them. The first error stops the others
/// and is returned.
template <class Make>
result<void> run_per_core(Make make, unsigned count = 0, loop_options options = {}) {
  return detail::run_loops(
      count, options,
      [](void* factory, unsigned index) -> task<result<void>> {
        return (*static_cast<Make*>(factory))(index);
      },
      &make);
}

}  // namespace fairlead
