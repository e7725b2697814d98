#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Usage: bench/echo_tools.sh BUILD_DIR     (QUICK=1: fewer pairs, shorter)
# What do tools echo that anybody can start from a shell? `fairlead listen --echo` beside socat, which has a process for
# each connection; the client is that of bench/echo_rate.sh. Processor time is that of all processes.
set -uo pipefail
cd "$(dirname "$0")/.." || exit
source bench/support/pairs.sh

ours=('fairlead listen, epoll    | epoll    | fairlead'
      'fairlead listen, io_uring | io_uring | fairlead')
peers=('socat                    | -        | socat')

milliseconds=400
[[ ${QUICK:-0} == 1 ]] && milliseconds=120
echo_with() {
  local server=(socat -d -d 'TCP4-LISTEN:0,bind=127.0.0.1,fork,nodelay,backlog=1024' PIPE)
  [[ $1 == socat ]] || server=("$bin/$1" listen --quiet --echo tcp://127.0.0.1:0)
  timeout 60 "$bin/bench-client-echo" "$connections" 64 "$milliseconds" -- bench/support/announced.sh "${server[@]}"
}
for connections in 1 50; do
  compare echo-tools "$connections" echo_with
done
finish
