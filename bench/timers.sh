#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Usage: bench/timers.sh BUILD_DIR     (QUICK=1: fewer pairs)
# How many timers a second can be scheduled and cancelled, while a million others are pending? Of processor time, on one core.
set -uo pipefail
cd "$(dirname "$0")/.." || exit
source bench/support/pairs.sh

ours=('fairlead, a sleep       | epoll    | bench-timers'
      'fairlead, a task that sleeps | epoll | bench-timers')
peers=('Asio, steady_timer     | -        | bench-peer-asio_timers'
       'libuv                  | -        | bench-peer-libuv_timers'
       'Go                     | -        | bench-peer-go_timers')
timers() {
  local how=()
  [[ $name == *task* ]] && how=(task)
  taskset -c "$first_core" timeout 100 "$bin/$1" "${how[@]}"
}
compare timers 'million pending' timers
finish
