#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Usage: bench/fairness.sh BUILD_DIR     (QUICK=1: fewer pairs, shorter)
# Does a server treat its connections alike? Under full load: the p99 of the round trips of each of 50 connections,
# of the slowest beside the median one. And with one connection that floods the server among a thousand quiet ones,
# which say something 2000 times a second in all: how long do these wait?
set -uo pipefail
cd "$(dirname "$0")/.." || exit
source bench/support/pairs.sh

ours=('fairlead, epoll           | epoll    | bench-echo_server'
      'fairlead, io_uring        | io_uring | bench-echo_server'
      'fairlead, lent buffers, io_uring | io_uring | bench-echo_loans')
peers=('epoll in C               | -        | bench-peer-raw_epoll'
       'Asio, coroutines         | -        | bench-peer-asio_coroutines'
       'Go                       | -        | bench-peer-go')

milliseconds=500
[[ ${QUICK:-0} == 1 ]] && milliseconds=150
alike() { timeout 60 "$bin/bench-client-fairness" 50 64 "$milliseconds" -- "$bin/$1" 50; }
flooded() { timeout 60 "$bin/bench-client-flood" 1000 2000 131072 "$milliseconds" -- "$bin/$1" 1001; }

compare fairness '50 under full load' alike
compare fairness 'one floods, 1000 quiet' flooded
finish
