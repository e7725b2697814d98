#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Usage: bench/ping_pong.sh BUILD_DIR     (QUICK=1: fewer pairs, shorter)
# Do two tools that measure round trips find the same? `fairlead bench` beside sockperf, each with its own server, for
# messages of 64 bytes over UDP and over TCP; all sleep until there is something to do.
set -uo pipefail
cd "$(dirname "$0")/.." || exit
source bench/support/pairs.sh

ours=('fairlead bench, epoll    | epoll    | fairlead'
      'fairlead bench, io_uring | io_uring | fairlead')
peers=('sockperf                | -        | sockperf')

# sockperf measures whole seconds, and takes two more to prepare.
time=1s
[[ ${QUICK:-0} == 1 ]] && time=300ms pairs=1
ping_pong() {
  if [[ $1 == sockperf ]]; then
    local how=()
    [[ $transport == tcp ]] && how=(--tcp)
    "$bin/bench-client-pair" 30 serving -- bench/support/sockperf_server.sh "${how[@]}" -- \
      sockperf ping-pong -i 127.0.0.1 -p PORT "${how[@]}" -m 64 -t 1 --full-rtt
  else
    "$bin/bench-client-pair" 30 serving -- bench/support/announced.sh "$bin/$1" bench --quiet --serve "$transport://127.0.0.1:0" -- \
      "$bin/$1" bench --json --quiet --connections 1 --size 64 --warmup 100ms --time "$time" "$transport://127.0.0.1:PORT"
  fi | bench/support/percentiles_of.py "$1"
}
for transport in udp tcp; do
  compare ping-pong "$transport" ping_pong
done
finish
