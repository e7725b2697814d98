#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Usage: bench/echo_instructions.sh BUILD_DIR     (QUICK=1: fewer messages)
# What does a library add to an echoed message? User-space instructions of the server for a 64-byte message over
# one of 20 TCP connections, counted by callgrind: the same on every machine, whatever else it is doing.
set -uo pipefail
cd "$(dirname "$0")/.." || exit
source bench/support/measure.sh

readonly limit=400
status=0
question=echo setting=20
say "User-space instructions per echoed 64-byte message, 20 connections (limit for ours: $limit)"
while read -r program backend name; do
  [[ -n $program ]] || continue
  if ! count=$(instructions "$backend" "$program"); then
    printf '  %-28s %8s\n' "$name" 'not here'
    continue
  fi
  verdict=''
  if [[ $program == echo_server ]] && ((count > limit)); then verdict='  over the limit' status=1; fi
  printf '  %-28s %8d%s\n' "$name" "$count" "$verdict"
  printf '%s|%d\n' "$name" "$count" >>"$scratch/counts"
done <<<"$ours$peers"
counted instructions /message <"$scratch/counts"
exit $status
