#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Usage: bench/tls_handshakes.sh BUILD_DIR     (QUICK=1: fewer pairs, shorter)
# How many TLS handshakes a second, full and resumed, with one byte there and back on each connection, 8 connections at
# once? We have one loop at each end, OpenSSL by hand has 8 threads on blocking sockets; client and server are of the
# same make and have a core each. The server's certificate is verified. And how many resumed ones for each full one?
set -uo pipefail
cd "$(dirname "$0")/.." || exit
source bench/support/pairs.sh
source bench/support/certificates.sh

count=2000
[[ ${QUICK:-0} == 1 ]] && count=500

# handshakes PROGRAM: of $kind and $version.
handshakes() {
  local which=$kind
  [[ $name == *'full handshakes' ]] && which=full
  timeout 60 "$bin/bench-client-pair" 30 -- "$bin/$1" serve "$certificates" "$version" "$count" 8 \
    -- "$bin/$1" connect "$certificates" "$version" "$count" 8 PORT "$which"
}

for version in 1.3 1.2; do
  ours=('fairlead, epoll         | epoll    | bench-tls_handshakes'
        'fairlead, io_uring      | io_uring | bench-tls_handshakes')
  peers=('OpenSSL by hand, in C  | -        | bench-peer-openssl_handshakes')
  for kind in full resumed; do compare tls-handshakes "TLS $version, $kind" handshakes; done
  # Ours beside ours.
  ours=('fairlead, epoll         | epoll    | bench-tls_handshakes')
  peers=('its own full handshakes | epoll   | bench-tls_handshakes')
  compare tls-handshakes "TLS $version, resumed beside full" handshakes
done
finish
