#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Usage: bench/echo_calls.sh BUILD_DIR     (QUICK=1: fewer messages)
# What does an echoed message ask of the allocator and of the kernel? Allocations, counted by valgrind, and
# system calls, counted by strace, of the server for a 64-byte message over one of 20 TCP connections.
set -uo pipefail
cd "$(dirname "$0")/.." || exit
source bench/support/measure.sh

# system_calls BACKEND PROGRAM: for one message, "1.000 recvfrom, 1.000 sendto, …".
system_calls() {
  local n
  for n in $messages $((2 * messages)); do
    exchange "$1" "$2" "$n" 20 strace -f -c -o "$scratch/calls.$n" || return 1
  done
  # The columns of strace -c: time, seconds, microseconds a call, calls, errors (may be empty), name.
  awk -v n="$messages" '
    $1 ~ /^[0-9.]+$/ && $NF != "total" { if (FNR == NR) before[$NF] = $4; else printf "%.3f %s\n", ($4 - before[$NF]) / n, $NF }
  ' "$scratch/calls.$messages" "$scratch/calls.$((2 * messages))" |
    awk '$1 >= 0.015' | sort -rn | awk '{ printf "%s%s %s", (NR > 1 ? ", " : ""), $1, $2 }'
}

say "Allocations and system calls per echoed 64-byte message, 20 connections (ours may allocate nothing)"
status=0
while read -r program backend name; do
  [[ -n $program ]] || continue
  if ! allocated=$(allocations "$backend" "$program"); then
    printf '  %-28s not here\n' "$name"
    continue
  fi
  verdict=''
  if [[ $program == echo_server ]] && ((allocated > 0)); then verdict='  over the limit' status=1; fi
  calls=$(system_calls "$backend" "$program") || calls='not counted: strace may not trace here'
  printf '  %-28s %8s allocations%s; %s\n' "$name" "$(thousandths "$allocated")" "$verdict" "$calls"
done <<<"$ours$peers"
exit $status
