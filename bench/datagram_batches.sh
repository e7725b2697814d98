#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Usage: bench/datagram_batches.sh BUILD_DIR     (QUICK=1: fewer pairs, shorter)
# How many UDP datagrams of 1400 bytes a second arrive over loopback, when one core sends and another receives, and
# both do so by the batch? Beside segmentation offload in C, iperf3, and one system call for each in C. Ours and the first in C
# account for every datagram: what came and what the kernel says it dropped is what was sent, or they fail.
set -uo pipefail
cd "$(dirname "$0")/.." || exit
source bench/support/pairs.sh
source bench/support/iperf3.sh

ours=('fairlead, epoll        | epoll    | bench-datagram_batches'
      'fairlead, io_uring     | io_uring | bench-datagram_batches'
      'fairlead, epoll, polling | epoll  | bench-datagram_batches')
peers=('GSO and GRO in C      | -        | bench-peer-raw_gso'
       'send and recv in C    | -        | bench-peer-raw_datagrams'
       'iperf3                | -        | iperf3')

milliseconds=500
[[ ${QUICK:-0} == 1 ]] && milliseconds=200
batches() {
  if [[ $1 == iperf3 ]]; then
    iperf3_datagrams
  else
    local how=()
    [[ $name == *polling ]] && how=(polling)
    "$bin/bench-client-pair" 30 -- "$bin/$1" receive "${how[@]}" -- "$bin/$1" send PORT "$milliseconds"
  fi
}
compare datagrams '1400 bytes, in batches' batches
finish
