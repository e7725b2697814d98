#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Usage: bench/per_core.sh BUILD_DIR     (QUICK=1: fewer pairs, shorter)
# What do two loops on two cores serve that one does not? 200 connections, over which the kernel spreads them by
# SO_REUSEPORT. Nothing is pinned, and the client needs a part of the same two cores: with the echo alone the client
# and one loop already fill both, and a second loop can gain little. With 100,000 steps of work for each message, some
# 80 µs, the client is small beside the server, and the rate shows whether two loops hinder each other.
set -uo pipefail
cd "$(dirname "$0")/.." || exit
source bench/support/pairs.sh

ours=('fairlead, two loops, epoll    | epoll    | bench-echo_per_core'
      'fairlead, two loops, io_uring | io_uring | bench-echo_per_core')
peers=('one loop of ours, epoll      | epoll    | bench-echo_per_core'
       'one loop of ours, io_uring   | io_uring | bench-echo_per_core'
       'two threads with epoll in C  | -        | bench-peer-raw_epoll_threads')

milliseconds=500
[[ ${QUICK:-0} == 1 ]] && milliseconds=200
spread() {
  local loops=2
  [[ $name == one* ]] && loops=1
  timeout 60 "$bin/bench-client-echo" 200 64 "$milliseconds" anywhere -- "$bin/$1" "$loops" "$steps"
}
steps=0
compare cores 'echo alone' spread
steps=100000
compare cores 'echo and 80 µs of work' spread
finish
