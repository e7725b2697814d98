#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Usage: bench/datagrams.sh BUILD_DIR     (QUICK=1: fewer pairs, shorter)
# How many UDP datagrams of 1400 bytes a second arrive over loopback, when one core sends and another receives?
# Sender and receiver are of the same make. What is received counts; what is lost on the way is in the JSON.
set -uo pipefail
cd "$(dirname "$0")/.." || exit
source bench/support/pairs.sh
source bench/support/iperf3.sh

# A further program (batches, segmentation offload) is a further line: it takes "receive" or "send PORT MILLISECONDS".
ours=('fairlead, epoll        | epoll    | bench-datagrams'
      'fairlead, io_uring     | io_uring | bench-datagrams')
peers=('send and recv in C    | -        | bench-peer-raw_datagrams'
       'iperf3                | -        | iperf3')

milliseconds=500
[[ ${QUICK:-0} == 1 ]] && milliseconds=200

datagrams() {
  if [[ $1 == iperf3 ]]; then
    iperf3_run "$scratch/json" -u -b 0 -l 1400 -w 4M -t 1 || return
    python3 -c '
import json, sys
end = json.load(open(sys.argv[1]))["end"]
got = end["sum_received"]
came = got["packets"] - got["lost_packets"]
print("received M/s more %.4f" % (came / got["seconds"] / 1e6))
used = end["cpu_utilization_percent"]["remote_total"] / 100 * got["seconds"]
print("receiver-cpu µs/datagram less %.4f" % (used / came * 1e6))
print("lost share - %.4f" % (got["lost_packets"] / got["packets"]))' "$scratch/json"
    return
  fi
  local port='' said pid status=1
  exec {said}< <(exec taskset -c "$first_core" timeout 60 "$bin/$1" receive)
  pid=$!
  if read -r -t 10 port <&"$said"; then
    taskset -c "$second_core" timeout 60 "$bin/$1" send "$port" "$milliseconds" >&2
    cat <&"$said"
    wait "$pid"
    status=$?
  fi
  exec {said}<&-
  return $status
}
compare datagrams '1400 bytes' datagrams
finish
