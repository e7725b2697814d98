// SPDX-License-Identifier: MIT
#include "option/tables.hpp"

namespace tool {

namespace {

constexpr flag of_names[] = {
    {"ipv4", '4', "", "addresses of IPv4 only", "", on_resolve, false, &names_settings::ipv4},
    {"ipv6", '6', "", "addresses of IPv6 only", "", on_resolve, false, &names_settings::ipv6},
    {"srv", 0, "", "where a service is: _https._tcp.example.org; priority, weight, port, host", "",
     on_resolve, false, &names_settings::srv},
    {"mx", 0, "", "who takes mail for a domain; preference, host", "", on_resolve, false,
     &names_settings::mx},
    {"txt", 0, "", "texts; bytes that cannot be shown are written \\xNN", "", on_resolve, false,
     &names_settings::txt},
    {"server", 0, "ADDRESS",
     "asks this name server instead of the system's, and not /etc/hosts; several in turn", "the system's",
     on_resolve, false, &names_settings::servers},
    {"count", 'n', "N", "tries N times, one after the other", "3", on_probe, false, &names_settings::count},
    {"interval", 0, "DURATION", "pause between two tries", "200ms", on_probe, false,
     &names_settings::interval},
};

}  // namespace

std::span<const flag> names_flags() noexcept { return of_names; }

}  // namespace tool
