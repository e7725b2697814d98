#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Usage: bench/tls_bulk.sh BUILD_DIR     (QUICK=1: fewer pairs, shorter)
# How fast does one stream go over TLS 1.3, sent in pieces of 16, 64 or 128 KiB, beside SSL_write and SSL_read on
# blocking sockets? Sender and receiver are of the same make and have a core each.
set -uo pipefail
cd "$(dirname "$0")/.." || exit
source bench/support/pairs.sh
source bench/support/certificates.sh

ours=('fairlead, wait()        | -        | bench-tls_bulk'
      'fairlead, epoll         | epoll    | bench-tls_bulk'
      'fairlead, io_uring      | io_uring | bench-tls_bulk')
peers=('OpenSSL by hand, in C  | -        | bench-peer-openssl_bulk')

milliseconds=600
pieces=(16 64 128)
[[ ${QUICK:-0} == 1 ]] && milliseconds=200 pieces=(16 64)

stream() {
  local how=()
  [[ $name == *'wait()' ]] && how=(wait)
  timeout 60 "$bin/bench-client-pair" 30 -- "$bin/$1" receive "$certificates" "${how[@]}" \
    -- "$bin/$1" send "$certificates" PORT "$size" "$milliseconds" "${how[@]}"
}
for kib in "${pieces[@]}"; do
  size=$((kib * 1024))
  compare tls-bulk "one stream, pieces of $kib KiB" stream
done
finish
