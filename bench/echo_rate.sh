#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Usage: bench/echo_rate.sh BUILD_DIR     (QUICK=1: fewer pairs, shorter, and fewer numbers of connections)
# How many 64-byte messages a second does one core echo, and what does each cost it? With 50 and 1000 connections,
# and in fewer pairs with others, up to 10,000, for the curve. Processor time is the steadier figure: when the machine
# has other work, a rate falls and a cost hardly changes.
set -uo pipefail
cd "$(dirname "$0")/.." || exit
source bench/support/pairs.sh

ours=('fairlead, epoll           | epoll    | bench-echo_server'
      'fairlead, io_uring        | io_uring | bench-echo_server')
peers=('epoll in C               | -        | bench-peer-raw_epoll'
       'io_uring in C            | -        | bench-peer-raw_uring'
       'io_uring in C, multishot | -        | bench-peer-raw_uring_multishot'
       'libuv                    | -        | bench-peer-libuv'
       'Asio, callbacks          | -        | bench-peer-asio_callbacks'
       'Asio, coroutines         | -        | bench-peer-asio_coroutines'
       'Asio, coroutines on io_uring | -    | bench-peer-asio_coroutines_uring'
       'Go                       | -        | bench-peer-go')

source bench/support/echo_curve.sh
echo_curve
finish
