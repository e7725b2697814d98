#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Usage: bench/lookups.sh BUILD_DIR     (QUICK=1: fewer pairs, shorter)
# How many look-ups a second: 1,000 at once by one loop, beside getaddrinfo(3) on eight threads, of IPv4 and IPv6. Both
# ask the same dnsmasq, or a server that takes 5 ms for each answer. The C library asks whom /etc/resolv.conf names, at
# port 53; so all of it runs in namespaces of its own, where that file is ours and port 53 of 127.0.0.1 is free.
set -uo pipefail
cd "$(dirname "$0")/.." || exit
if [[ ${IN_NAMESPACES:-} != 1 ]]; then
  if ! unshare --map-root-user --net --mount true 2>/dev/null; then
    echo 'left out: look-ups (this machine permits no namespaces)'
    exit 0
  fi
  IN_NAMESPACES=1 exec unshare --map-root-user --net --mount "$0" "$@"
fi
command -v dnsmasq >/dev/null || { echo 'left out: look-ups (dnsmasq is not here: scripts/setup.sh test)'; exit 0; }
source bench/support/pairs.sh

ours=('fairlead, epoll         | epoll    | bench-lookups'
      'fairlead, io_uring      | io_uring | bench-lookups')
peers=('getaddrinfo, 8 threads | -        | bench-peer-getaddrinfo')

ip link set lo up
printf 'nameserver 127.0.0.1\n' >"$scratch/resolv.conf"
mount --bind "$scratch/resolv.conf" "$(readlink -f /etc/resolv.conf)" || exit
# As hosts, which dnsmasq hashes; it would walk through a list of host records for every question.
for n in {0..999}; do printf '192.0.2.%d n%d.test\n2001:db8::%x n%d.test\n' $((n % 250 + 1)) "$n" $((n + 1)) "$n"; done >"$scratch/names"

# with_server COMMAND...: compares while that server runs.
with_server() {
  "$@" 2>/dev/null &
  server=$!
  trap 'kill "$server"; rm -rf "$scratch"' EXIT
  until getent ahosts n0.test >/dev/null; do kill -0 "$server" || exit; done
  compare look-ups "$setting" lookups
  kill "$server"
  wait "$server" 2>/dev/null
  trap 'rm -rf "$scratch"' EXIT
}
dnsmasq_here=(dnsmasq --no-daemon --conf-file=/dev/null --addn-hosts="$scratch/names" --cache-size=5000 --local-ttl=300
  --no-resolv --no-hosts --local=/test/ --listen-address=127.0.0.1 --bind-interfaces --pid-file=)

keep=()
lookups() {
  local more=()
  [[ $1 == bench-lookups ]] && more=("${keep[@]}")
  timeout 60 "$bin/$1" "$rounds" "${more[@]}"
}
rounds=20
[[ ${QUICK:-0} == 1 ]] && rounds=5
setting='1000 at once, without a cache' with_server "${dnsmasq_here[@]}"
# As a resolver is by default; what the first round brought is kept for 300 s.
keep=(keep)
setting='1000 at once, ours with its cache' with_server "${dnsmasq_here[@]}"
keep=()
rounds=3
[[ ${QUICK:-0} == 1 ]] && rounds=1
setting='1000 at once, a server 5 ms away' with_server "$bin/bench-client-name_server" 5000
finish
