#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Usage: bench/datagrams.sh BUILD_DIR     (QUICK=1: fewer pairs, shorter)
# How many UDP datagrams of 1400 bytes a second arrive over loopback, when one core sends and another receives?
# One system call for each. Sender and receiver are of the same make. What is received counts; what is lost on the way
# is in the JSON.
set -uo pipefail
cd "$(dirname "$0")/.." || exit
source bench/support/pairs.sh
source bench/support/iperf3.sh

ours=('fairlead, epoll        | epoll    | bench-datagrams'
      'fairlead, io_uring     | io_uring | bench-datagrams')
peers=('send and recv in C    | -        | bench-peer-raw_datagrams'
       'iperf3                | -        | iperf3')

milliseconds=500
[[ ${QUICK:-0} == 1 ]] && milliseconds=200

datagrams() {
  if [[ $1 == iperf3 ]]; then
    iperf3_datagrams
    return
  fi
  "$bin/bench-client-pair" 30 -- "$bin/$1" receive -- "$bin/$1" send PORT "$milliseconds"
}
compare datagrams '1400 bytes' datagrams
finish
