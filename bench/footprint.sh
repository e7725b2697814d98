#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Usage: bench/footprint.sh BUILD_DIR
# Of what does a connection's memory consist? What the echo server asks of the heap for each, and the sizes of what
# lives in a coroutine's frame. What it comes to is in bench/memory.sh.
set -uo pipefail
cd "$(dirname "$0")/.." || exit
source bench/support/measure.sh

# heap BACKEND PROGRAM: bytes that the server asks for, for each further connection.
heap() {
  local total=() n
  for n in 20 120; do
    exchange "$1" "$2" "$n" "$n" valgrind --leak-check=no || return 1
    total+=("$(sed -nE 's/.*total heap usage: .* frees, ([0-9,]+) bytes allocated.*/\1/p' "$scratch/said" | tr -d ,)")
  done
  printf '%d' $(((total[1] - total[0]) / 100))
}

say 'What a further connection asks of the heap, bytes; those that lend it no buffer have one of 4096 in it'
while read -r program backend name; do
  [[ -n $program ]] || continue
  if asked=$(heap "$backend" "$program"); then
    printf '  %-28s %10s\n' "$name" "$asked"
  else
    printf '  %-28s   not here\n' "$name"
  fi
done <<<"
echo_loans                   epoll     fairlead, lent buffers$ours$peers"

say ''
say 'Sizes in bytes'
"$bin/bench-sizes"
