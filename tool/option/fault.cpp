// SPDX-License-Identifier: MIT
#include "option/tables.hpp"

namespace tool {

namespace {

constexpr flag of_fault[] = {
    {"fault", 0, "FAULTS",
     "treats what passes as a bad network would: latency=50ms±10ms, drop=1%, reorder=2%, duplicate=1%, "
     "corrupt=0.1%, rate=1Mbit, reset-after=10s, half-open-after=5s, and seed=42 to have the same again; "
     "several "
     "with commas; there: or back: before them for one direction; may be given several times",
     "", on_relay, false, &fault_settings::faults},
};

}  // namespace

std::span<const flag> fault_flags() noexcept { return of_fault; }

}  // namespace tool
