// SPDX-License-Identifier: MIT
// So many at once and no more; the others wait in line, on whatever loop or thread they are.
#pragma once

#include <list>
#include <mutex>
#include <stop_token>

#include <fairlead/error.hpp>
#include <fairlead/task.hpp>

namespace fairlead::lookup {

class gate {
 public:
  explicit gate(unsigned places) noexcept : free_(places) {}

  /// One who wants in; lives in the frame of its task. Leaves the line or the place when it is destroyed.
  class visitor {
   public:
    explicit visitor(gate& g) noexcept : gate_(g) {}
    visitor(const visitor&) = delete;
    visitor& operator=(const visitor&) = delete;
    ~visitor() { leave(); }
    /// Fails only with the caller's deadline or stop. Once.
    [[nodiscard]] task<result<void>> enter();
    void leave() noexcept;

   private:
    friend class gate;
    enum class stage { outside, in_line, inside };
    bool try_enter();
    [[nodiscard]] bool is_inside() const;

    gate& gate_;
    stage at_ = stage::outside;
    std::stop_source turn_{std::nostopstate};
    std::list<visitor*>::iterator in_line_;
  };

 private:
  std::mutex mutex_;
  unsigned free_;
  std::list<visitor*> line_;
};

}  // namespace fairlead::lookup
