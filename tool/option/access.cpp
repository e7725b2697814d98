// SPDX-License-Identifier: MIT
#include "option/tables.hpp"

namespace tool {

namespace {

constexpr unsigned serving = on_listen | on_relay | on_receive;
constexpr unsigned guarded = serving | on_bench | on_replay;

constexpr flag of_access[] = {
    {"allow", 0, "WHO",
     "lets nobody in but WHO: an address, a network as 10.0.0.0/8 or 2001:db8::/32, or over Unix sockets "
     "user:NAME, group:NAME, uid:N or gid:N; may be given several times",
     "everybody", guarded, false, &access_settings::allow},
    {"deny", 0, "WHO", "does not let WHO in, whatever --allow says; may be given several times", "nobody",
     guarded, false, &access_settings::deny},
    {"proxy-from", 0, "WHO",
     "takes a PROXY header from WHO only, with --proxy-protocol; --allow and --deny are for whom it names",
     "from everybody", serving, false, &access_settings::proxy_from},
    {"max-per-address", 0, "N",
     "serves at most N clients at a time from one IPv4 address, from one IPv6 /64, or of one user over a "
     "Unix "
     "socket",
     "no limit", serving | on_bench, false, &access_settings::max_per_address},
    {"rate", 0, "SIZE", "lets each client send and be sent at most SIZE bytes a second (64k, 10m)",
     "no limit", serving | on_replay, false, &access_settings::client_rate},
    {"rate-all", 0, "SIZE", "lets all clients together send and be sent at most SIZE bytes a second",
     "no limit", serving, false, &access_settings::total_rate},
    {"for", 0, "DURATION", "stops listening after so long; clients that are here finish (status 0)",
     "until it is interrupted", guarded, false, &access_settings::listen_for},
};

}  // namespace

std::span<const flag> access_flags() noexcept { return of_access; }

}  // namespace tool
