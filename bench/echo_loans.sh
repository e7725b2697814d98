#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Usage: bench/echo_loans.sh BUILD_DIR     (QUICK=1: fewer pairs, shorter, and fewer numbers of connections)
# What does an echoed message cost a server whose connections hold no buffer while they wait? As bench/echo_rate.sh,
# with lent buffers on our side; what they save is in bench/memory.sh.
set -uo pipefail
cd "$(dirname "$0")/.." || exit
source bench/support/pairs.sh

ours=('fairlead, lent buffers, epoll    | epoll    | bench-echo_loans'
      'fairlead, lent buffers, io_uring | io_uring | bench-echo_loans')
peers=('epoll in C                      | -        | bench-peer-raw_epoll'
       'libuv                           | -        | bench-peer-libuv'
       'Asio, coroutines                | -        | bench-peer-asio_coroutines'
       'Go                              | -        | bench-peer-go')
source bench/support/echo_curve.sh
series=lent curve_pairs=1
[[ ${QUICK:-0} == 1 ]] && curve=("${curve[@]:1}")
echo_curve
finish
