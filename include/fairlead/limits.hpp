// SPDX-License-Identifier: MIT
// What ends something early: a deadline, and a request to stop. For operation.hpp and task.hpp.
#pragma once

#include <cstdint>
#include <optional>
#include <stop_token>

#include <fairlead/clock.hpp>
#include <fairlead/export.hpp>

namespace fairlead::detail {

class loop_core;

/// Why an operation was asked to end early. After `abandoned` nobody is there to take what would still come.
enum class cause : std::uint8_t { none, canceled, timed_out, abandoned };

/// Links a deadline into the loop's timer wheel. Its owner outlives its stay there.
struct timer_node {
  timer_node* next = nullptr;
  timer_node* prev = nullptr;
  time_point when;
  void (*fire)(timer_node&) = nullptr;
  std::uint16_t slot = 0;
  bool armed = false;
};

/// Links a request from any thread into a loop's inbox.
struct inbox_node {
  inbox_node* next = nullptr;
  inbox_node* prev = nullptr;
  void (*deliver)(inbox_node&) = nullptr;
  bool queued = false;
};

/// A deadline and a stop token, watched while something runs on a loop. Exists only where it was asked for.
struct FAIRLEAD_API limits {
  time_point deadline = time_point::max();
  std::stop_token stop;

  limits() = default;
  limits(const limits&) = delete;
  limits& operator=(const limits&) = delete;
  ~limits();

  /// From now on `expire` is called, on the loop's thread, at the deadline or when a stop is asked for.
  void arm(loop_core& on, void (*expire)(limits&, cause));
  void disarm() noexcept;

 private:
  struct on_stop {
    limits* self;
    FAIRLEAD_API void operator()() const noexcept;
  };
  struct clock_node : timer_node {
    limits* self = nullptr;
  };
  struct mail_node : inbox_node {
    limits* self = nullptr;
  };
  loop_core* loop_ = nullptr;
  void (*expire_)(limits&, cause) = nullptr;
  clock_node timer_;
  mail_node mail_;
  std::optional<std::stop_callback<on_stop>> callback_;
};

}  // namespace fairlead::detail
