#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Usage: bench/tls.sh BUILD_DIR     (QUICK=1: fewer pairs)
# What does our TLS cost beside OpenSSL driven by hand over blocking sockets? 1 GB one way; full and resumed
# handshakes; the memory of two ends that wait for each other.
set -uo pipefail
cd "$(dirname "$0")/.." || exit
source bench/support/pairs.sh
ulimit -n 8192

ours=('fairlead, wait()    | -        | bench-tls'
      'fairlead, epoll     | epoll    | bench-tls'
      'fairlead, io_uring  | io_uring | bench-tls')
peers=('OpenSSL by hand     | -        | bench-peer-raw_tls')

tls() {
  local how=()
  [[ $name == *'wait()' ]] && how=(wait)
  timeout 100 "$bin/$1" "$what" "${how[@]}"
}
for what in bulk full resumed; do compare tls "$what" tls; done
what=memory ours=("${ours[@]:1}")
compare tls "$what" tls
finish
