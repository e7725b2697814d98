#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Usage: bench/accepts.sh BUILD_DIR     (QUICK=1: fewer pairs, shorter)
# How many connections a second does one core accept, serve a byte and close, and what does each cost it? The client
# opens 32 at a time and resets them afterwards.
set -uo pipefail
cd "$(dirname "$0")/.." || exit
source bench/support/pairs.sh

ours=('fairlead, epoll           | epoll    | bench-accept_server'
      'fairlead, io_uring        | io_uring | bench-accept_server')
peers=('epoll in C               | -        | bench-peer-raw_epoll_accept'
       'io_uring in C, multishot | -        | bench-peer-raw_uring_accept'
       'libuv                    | -        | bench-peer-libuv_accept'
       'Asio, coroutines         | -        | bench-peer-asio_coroutines_accept'
       'Go                       | -        | bench-peer-go_accept')

milliseconds=400
[[ ${QUICK:-0} == 1 ]] && milliseconds=150
connections() { timeout 60 "$bin/bench-client-accepts" 32 "$milliseconds" -- "$bin/$1"; }
compare accepts '32 at a time' connections
finish
