#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Usage: bench/latency.sh BUILD_DIR     (QUICK=1: fewer pairs, shorter)
# How long is a round trip of 64 bytes over one TCP connection, when both ends sleep until there is something to
# do? The client is the same for all: blocking sockets in C.
set -uo pipefail
cd "$(dirname "$0")/.." || exit
source bench/support/pairs.sh

ours=('fairlead, wait()              | -        | bench-echo_blocking'
      'fairlead, epoll               | epoll    | bench-echo_server'
      'fairlead, io_uring            | io_uring | bench-echo_server')
peers=('blocking in C                | -        | bench-peer-raw_blocking'
       'epoll in C                   | -        | bench-peer-raw_epoll'
       'io_uring in C, multishot     | -        | bench-peer-raw_uring_multishot'
       'libuv                        | -        | bench-peer-libuv'
       'Asio, callbacks              | -        | bench-peer-asio_callbacks'
       'Asio, coroutines             | -        | bench-peer-asio_coroutines'
       'Asio, coroutines on io_uring | -        | bench-peer-asio_coroutines_uring'
       'Go                           | -        | bench-peer-go')

milliseconds=300
[[ ${QUICK:-0} == 1 ]] && milliseconds=120
round_trips() { timeout 60 "$bin/bench-client-latency" 64 "$milliseconds" -- "$bin/$1" 1; }
compare latency sleeping round_trips
finish
