#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Usage: bench/tls_memory.sh BUILD_DIR
# How much memory does a TLS connection cost a server in user space, that has spoken once and waits? Each of the last
# 1000 of 2000, beside OpenSSL on epoll by hand, with SSL_MODE_RELEASE_BUFFERS. It is nearly the same every time.
set -uo pipefail
cd "$(dirname "$0")/.." || exit
source bench/support/pairs.sh
source bench/support/certificates.sh

servers=('fairlead, epoll                  | epoll    | bench-tls_echo'
         'fairlead, io_uring               | io_uring | bench-tls_echo'
         'OpenSSL on epoll, in C           | -        | bench-peer-openssl_echo')

numbers=1000,2000
if (($(ulimit -H -n) < 2100)); then
  numbers=300,600
  printf 'only %d descriptors are allowed here: up to 600 connections\n' "$(ulimit -H -n)"
fi

question=tls-memory setting=idle
for server in "${servers[@]}"; do
  contestant "$server"
  if ! said=$(on "$backend" timeout 60 "$bin/bench-client-tls_memory" "$numbers" -- "$bin/$program" "$certificates" "${numbers##*,}" 2>"$scratch/error"); then
    printf 'left out: %s (%s)\n' "$name" "$(tail -n 1 "$scratch/error")"
    continue
  fi
  awk -v name="$name" '{ at[NR] = $1; kib[NR] = $2 }
    END { printf "%s|%d\n", name, (kib[3] - kib[2]) * 1024 / (at[3] - at[2]) }' <<<"$said" >>"$scratch/idle"
done
counted resident bytes/connection <"$scratch/idle"
finish
