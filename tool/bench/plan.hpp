// SPDX-License-Identifier: MIT
// What is to be measured, from what the user asked for.
#pragma once

#include <expected>
#include <optional>
#include <string>

#include <fairlead/client.hpp>
#include <fairlead/url.hpp>

#include "bench/protocol.hpp"
#include "option.hpp"

namespace tool::bench_parts {

constexpr std::uint64_t most_loops = 256;

struct plan {
  mode what = mode::bulk;
  std::uint8_t directions = 0;        ///< of bulk
  bool iperf3 = false;                ///< the server is one of iperf3
  bool datagrams = false;             ///< messages get lost, and nothing ends by itself
  std::uint64_t count = 1;            ///< streams or connections
  std::uint32_t size = 0;             ///< bytes
  std::optional<std::uint64_t> rate;  ///< requests or datagrams a second, of all together
  fairlead::duration time{};
  fairlead::duration warmup{};
  fairlead::duration timeout{};    ///< for each step that is not measured: connecting, the last report
  fairlead::client_options terms;  ///< how to connect
  evidence* proof = nullptr;       ///< is told where connections go, and what they carry

  [[nodiscard]] hello greeting() const;
  /// "1 connection, 64 B, 1,000 requests a second"
  [[nodiscard]] std::string describe() const;
};

/// The error is one sentence.
[[nodiscard]] std::expected<plan, std::string> make_plan(const settings& asked, const fairlead::url& at);

}  // namespace tool::bench_parts
