// SPDX-License-Identifier: MIT
// What passes, readable: --hex.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include <fairlead/clock.hpp>

#include "console.hpp"
#include "wire/witness.hpp"

namespace tool {

/// Lines of sixteen bytes with what they are as ASCII, each after `mark` and the offset of its first byte:
///   > 00000000  68 65 6c 6c 6f 0a                                hello.
[[nodiscard]] std::string hex_lines(fairlead::const_buffer content, std::uint64_t offset, char mark);

/// Dumps one conversation on standard error, each piece with a line that says when and whose it is. Offsets
/// count for each direction by itself.
class hex_dump final : public witness {
 public:
  /// `first` and `second` are the names of the ends, `number` that of the conversation where there are many;
  /// 0: there is only this one. Times count from `start`.
  hex_dump(std::string first, std::string second, std::uint32_t number, fairlead::time_point start,
           const console& out)
      : names_{std::move(first), std::move(second)}, number_(number), start_(start), out_(out) {}

  void passed(direction d, fairlead::const_buffer content) override;
  void ended(direction d, const fairlead::result<void>& how, bool dismissed) override;

 private:
  [[nodiscard]] std::string head(direction d, const std::string& what) const;

  std::array<std::string, 2> names_;
  std::uint32_t number_;
  fairlead::time_point start_;
  const console& out_;
  std::array<std::uint64_t, 2> offsets_{};
};

}  // namespace tool
