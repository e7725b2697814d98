#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Usage: bench/tls_handshakes.sh BUILD_DIR     (QUICK=1: fewer pairs, shorter)
# How many TLS handshakes a second, full and resumed, with one byte there and back on each connection? One at a
# time on blocking sockets, and 8 at once: then we have one loop at each end, and OpenSSL by hand has 8 threads. Client
# and server are of the same make and have a core each. The server's certificate is verified, which has a root above it.
# And how many resumed ones are there for each full one, with keys on P-256 and with RSA's?
set -uo pipefail
cd "$(dirname "$0")/.." || exit
source bench/support/pairs.sh
source bench/support/certificates.sh

count=2000
versions=(1.3 1.2)
[[ ${QUICK:-0} == 1 ]] && count=500 versions=(1.3)

# handshakes PROGRAM: of $kind and $version, $at_once.
handshakes() {
  local which=$kind
  [[ $name == *'full handshakes' ]] && which=full
  timeout 60 "$bin/bench-client-pair" 30 -- "$bin/$1" serve "$certificates" "$version" "$count" "$at_once" \
    -- "$bin/$1" connect "$certificates" "$version" "$count" "$at_once" PORT "$which"
}

for version in "${versions[@]}"; do
  peers=('OpenSSL by hand, in C  | -        | bench-peer-openssl_handshakes')
  ours=('fairlead, wait()        | -        | bench-tls_handshakes')
  at_once=1
  for kind in full resumed; do compare tls-handshakes "TLS $version, $kind, one at a time" handshakes; done
  ours=('fairlead, epoll         | epoll    | bench-tls_handshakes'
        'fairlead, io_uring      | io_uring | bench-tls_handshakes')
  at_once=8
  for kind in full resumed; do compare tls-handshakes "TLS $version, $kind, 8 at once" handshakes; done
  # Ours beside ours.
  ours=("${ours[0]}")
  peers=('its own full handshakes | epoll   | bench-tls_handshakes')
  compare tls-handshakes "TLS $version, resumed beside full" handshakes
done
if [[ ${QUICK:-0} != 1 ]]; then
  certificates=$scratch/rsa version=1.3
  make_certificates "$certificates" -newkey rsa:2048
  compare tls-handshakes "TLS $version, RSA with 2048 bits, resumed beside full" handshakes
fi
finish
