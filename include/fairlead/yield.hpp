// SPDX-License-Identifier: MIT
// A task that has much to do and waits for nothing lets the others of its loop run in between.
#pragma once

#include <coroutine>

#include <fairlead/export.hpp>
#include <fairlead/operation.hpp>

namespace fairlead {

/// co_await yield(): lets everything else that is ready run first.
class FAIRLEAD_API yield {
 public:
  [[nodiscard]] bool await_ready() const noexcept { return false; }
  bool await_suspend(std::coroutine_handle<> waiter) noexcept;
  void await_resume() const noexcept {}
  yield() = default;
  yield(const yield&) = delete;
  yield& operator=(const yield&) = delete;
  ~yield();

 private:
  detail::runnable turn_;
};

}  // namespace fairlead
