#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Usage: bench/latency_polling.sh BUILD_DIR     (QUICK=1: fewer pairs, shorter)
# How long is a round trip of 64 bytes over one TCP connection, when both ends poll before they sleep? Ours by the
# library's adaptive polling, beside sockets in C that are asked without end, and Asio as it is and with its context
# polled without end. Both ends are of the same make.
set -uo pipefail
cd "$(dirname "$0")/.." || exit
source bench/support/pairs.sh

ours=('fairlead, epoll               | epoll    | bench-round_trips'
      'fairlead, io_uring            | io_uring | bench-round_trips')
peers=('polling sockets in C         | -        | bench-peer-raw_spin'
       'Asio, coroutines, polled     | -        | bench-peer-asio_round_trips'
       'Asio, coroutines             | -        | bench-peer-asio_round_trips')

milliseconds=400
[[ ${QUICK:-0} == 1 ]] && milliseconds=150
round_trips() {
  local how=()
  [[ $name == *polled ]] && how=(poll)
  "$bin/bench-client-pair" 30 -- "$bin/$1" serve "${how[@]}" -- "$bin/$1" ask PORT 64 "$milliseconds" "${how[@]}"
}
compare latency polling round_trips
finish
