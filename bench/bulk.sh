#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Usage: bench/bulk.sh BUILD_DIR     (QUICK=1: fewer pairs, shorter)
# How fast does one TCP stream go, when its receiver reads all of it, 128 KiB at a time? One sender in C for all but
# iperf3, which brings its own; sender and receiver have a core each.
set -uo pipefail
cd "$(dirname "$0")/.." || exit
source bench/support/pairs.sh
source bench/support/iperf3.sh

ours=('fairlead, wait()        | -        | bench-sink'
      'fairlead, epoll         | epoll    | bench-sink'
      'fairlead, io_uring      | io_uring | bench-sink')
peers=('recv in C              | -        | bench-peer-raw_sink'
       'Asio, coroutines       | -        | bench-peer-asio_sink'
       'Go                     | -        | bench-peer-go_sink'
       'iperf3                 | -        | iperf3')

milliseconds=600
[[ ${QUICK:-0} == 1 ]] && milliseconds=200

# iperf3 measures whole seconds; its processor time is that of its server.
stream() {
  if [[ $1 == iperf3 ]]; then
    iperf3_run "$scratch/json" -t 1 -l 128K || return
    python3 -c '
import json, sys
end = json.load(open(sys.argv[1]))["end"]
got = end["sum_received"]
print("rate GB/s more %.3f" % (got["bits_per_second"] / 8e9))
used = end["cpu_utilization_percent"]["remote_total"] / 100 * got["seconds"]
print("server-cpu s/GB less %.4f" % (used / got["bytes"] * 1e9))' "$scratch/json"
  else
    local how=()
    [[ $name == *'wait()' ]] && how=(wait)
    timeout 60 "$bin/bench-client-bulk" "$milliseconds" -- "$bin/$1" "${how[@]}"
  fi
}
compare bulk 'one stream' stream
finish
