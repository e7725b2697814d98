// SPDX-License-Identifier: MIT
// A conversation for the report that has no witness, because nobody could look at each byte of it and measure
// as well: whoever carries it counts by himself.
#pragma once

#include <string>
#include <string_view>

#include "evidence/evidence.hpp"

namespace tool {

/// Tells when it goes. Does nothing without evidence, or where nobody wants a report.
class account {
 public:
  account() = default;
  account(evidence* to, std::string_view first, std::string_view second, bool messages)
      : to_(to != nullptr && to->reports() ? to : nullptr) {
    if (to_ != nullptr) number_ = to_->begin({std::string(first), std::string(second), messages});
  }
  account(const account&) = delete;
  account& operator=(const account&) = delete;
  ~account() {
    if (to_ != nullptr) to_->end(number_, all_);
  }

  /// What the first side has sent, and the second one.
  [[nodiscard]] flow& there() noexcept { return all_[0]; }
  [[nodiscard]] flow& back() noexcept { return all_[1]; }

 private:
  evidence* to_ = nullptr;
  std::uint32_t number_ = 0;
  flows all_;
};

}  // namespace tool
