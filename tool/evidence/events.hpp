// SPDX-License-Identifier: MIT
// What happens, as lines of JSON on standard error: --json of whatever has no results to print.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include <fairlead/clock.hpp>

#include "evidence/fields.hpp"
#include "wire/witness.hpp"

namespace tool {

/// {"event":"accepted","seconds":0.001234,…} and the end of the line. `at` is since the beginning.
[[nodiscard]] std::string event_line(std::string_view event, fairlead::duration at,
                                     const event_fields& fields);
/// Writes it at once and whole.
void emit(std::string_view event, fairlead::duration at, const event_fields& fields);

/// Tells when each side of a conversation finishes, of its end, and how a command has left.
class event_log final : public witness {
 public:
  event_log(std::string first, std::string second, std::uint32_t number, fairlead::time_point start)
      : names_{std::move(first), std::move(second)}, number_(number), start_(start) {}
  void passed(direction d, fairlead::const_buffer content) override;
  void ended(direction d, const fairlead::result<void>& how, bool dismissed) override;
  void exited(direction d, fairlead::exit_status how) override;

 private:
  std::array<std::string, 2> names_;
  std::uint32_t number_;
  fairlead::time_point start_;
  std::array<std::uint64_t, 2> bytes_{};
  std::array<std::string, 2> words_;
};

}  // namespace tool
