#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Usage: bench/echo_calls.sh BUILD_DIR     (QUICK=1: fewer messages)
# What does an echoed message ask of the allocator and of the kernel? Allocations, counted by valgrind, and
# system calls, counted by strace, of the server for a 64-byte message over one of 20 TCP connections.
set -uo pipefail
cd "$(dirname "$0")/.." || exit
source bench/support/measure.sh

say "Allocations and system calls per echoed 64-byte message, 20 connections (ours may allocate nothing)"
status=0
question=echo setting=20
while read -r program backend name; do
  [[ -n $program ]] || continue
  if ! allocated=$(allocations "$backend" "$program"); then
    printf '  %-28s not here\n' "$name"
    continue
  fi
  verdict=''
  if [[ $program == echo_server ]] && ((allocated > 0)); then verdict='  over the limit' status=1; fi
  if calls=$(system_calls "$backend" "$program"); then
    printf '%s|%s\n' "$name" "$(awk '{ n += $1 } END { printf "%.3f", n }' <<<"$calls")" >>"$scratch/counts"
    calls=$(sort -rn <<<"$calls" | awk '$1 >= 0.015 { printf "%s%s %s", (n++ ? ", " : ""), $1, $2 }')
  else
    calls='not counted: strace may not trace here'
  fi
  printf '  %-28s %8s allocations%s; %s\n' "$name" "$(thousandths "$allocated")" "$verdict" "$calls"
done <<<"$ours$peers"
[[ ! -s $scratch/counts ]] || counted system-calls /message <"$scratch/counts"
exit $status
