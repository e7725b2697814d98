#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Usage: bench/memory.sh BUILD_DIR
# How much memory does a connection cost a server in user space, that has spoken once and waits? With 1 to 10,000
# connections. Some servers have a buffer of 4096 bytes for each connection, others lend one to those that speak.
# What each of the last 9,000 costs is told in the table; the curve begins with the first. It is the same every time.
set -uo pipefail
cd "$(dirname "$0")/.." || exit
source bench/support/pairs.sh

servers=('fairlead, lent buffers, epoll    | epoll    | bench-echo_loans'
         'fairlead, lent buffers, io_uring | io_uring | bench-echo_loans'
         'fairlead, epoll                  | epoll    | bench-echo_server'
         'fairlead, io_uring               | io_uring | bench-echo_server'
         'epoll in C                       | -        | bench-peer-raw_epoll'
         'io_uring in C, multishot         | -        | bench-peer-raw_uring_multishot'
         'libuv                            | -        | bench-peer-libuv'
         'Asio, callbacks                  | -        | bench-peer-asio_callbacks'
         'Asio, coroutines                 | -        | bench-peer-asio_coroutines'
         'Go                               | -        | bench-peer-go')

numbers=1,10,100,1000,10000
# Both ends have a descriptor for each connection, and some for themselves.
if (($(ulimit -H -n) < 10100)); then
  numbers=1,10,100,1000
  printf 'only %d descriptors are allowed here: up to 1000 connections\n' "$(ulimit -H -n)"
fi

question=memory setting=idle
printf 'memory, idle: bytes in user space for each of %d connections, and for each of the first\n' "${numbers##*,}"
for server in "${servers[@]}"; do
  contestant "$server"
  if ! said=$(on "$backend" timeout 60 "$bin/bench-client-memory" "$numbers" -- "$bin/$program" "${numbers##*,}" 2>"$scratch/error"); then
    printf 'left out: %s (%s)\n' "$name" "$(tail -n 1 "$scratch/error")"
    continue
  fi
  none=0 before=0 before_kib=0 many=0 many_kib=0 listed=''
  while read -r at kib; do
    if ((at == 0)); then
      none=$kib
    else
      each=$(((kib - none) * 1024 / at))
      setting=$at figures "resident bytes/connection - $each" "$name" "$name/1"
      listed+=$(printf '%8d of %d' "$each" "$at")
    fi
    before=$many before_kib=$many_kib many=$at many_kib=$kib
  done <<<"$said"
  printf '  %-34s %s\n' "$name" "$listed"
  printf '%s|%d\n' "$name" $(((many_kib - before_kib) * 1024 / (many - before))) >>"$scratch/idle"
done
counted resident bytes/connection <"$scratch/idle"
finish
