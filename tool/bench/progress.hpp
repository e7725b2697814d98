// SPDX-License-Identifier: MIT
// What is told while it is measured: a line on a terminal that is written over, or a line of JSON each
// second.
#pragma once

#include <map>
#include <mutex>

#include <fairlead/clock.hpp>

#include "bench/run.hpp"
#include "console.hpp"

namespace tool::bench_parts {

struct interval {
  fairlead::duration from;
  fairlead::duration to;
  totals counted;
  const histogram& latencies;
};

/// For all loops of a client, which may call it at the same time.
class progress {
 public:
  progress(const console& out, const plan& p, bool json, std::uint64_t loops)
      : out_(out), plan_(p), json_(json), loops_(loops) {}
  void warm_up(fairlead::duration lasts);
  /// What one loop has done in that second; it is told when all loops have said so.
  void passed(unsigned second, const interval& i);
  /// Nothing more will be told: the line on the terminal goes.
  void end();

 private:
  struct sum {
    std::uint64_t loops = 0;
    fairlead::duration from{};
    fairlead::duration to{};
    totals counted;
    histogram latencies;
  };
  void tell(const interval& i) const;

  std::mutex guard_;
  std::map<unsigned, sum> waiting_;
  const console& out_;
  const plan& plan_;
  bool json_;
  std::uint64_t loops_;
};

/// "1.20 GB/s (9.60 Gbit/s)"
[[nodiscard]] std::string speed_text(std::uint64_t bytes, fairlead::duration in);
/// Of something that is counted: "12,345".
[[nodiscard]] std::string rate_text(std::uint64_t count, fairlead::duration in);
[[nodiscard]] double per_second(std::uint64_t count, fairlead::duration in);
/// A histogram of nanoseconds as a JSON object.
[[nodiscard]] std::string json_of(const histogram& h);
/// "0.123456", without an exponent.
[[nodiscard]] std::string json_seconds(fairlead::duration d);
[[nodiscard]] std::string json_number(double d);

}  // namespace tool::bench_parts
