// SPDX-License-Identifier: MIT
// What `fairlead bench` is told.
#pragma once

#include <cstdint>
#include <optional>

#include <fairlead/clock.hpp>
#include <fairlead/loop.hpp>

#include "option/values.hpp"

namespace tool {

struct bench_settings {
  bool serve = false;
  std::optional<std::uint64_t> streams;
  bool reverse = false;
  bool both = false;
  std::optional<std::uint64_t> connections;
  std::optional<std::uint64_t> rate;
  bool connect = false;
  bool iperf3 = false;
  std::optional<byte_count> size;
  std::optional<fairlead::duration> time;
  std::optional<fairlead::duration> warmup;
  std::optional<std::uint64_t> loops;
  std::optional<fairlead::polling> polling;
  bool resume = false;
};

}  // namespace tool
