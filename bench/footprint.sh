#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Usage: bench/footprint.sh BUILD_DIR     (QUICK=1: fewer connections)
# How much memory does a connection cost? Heap and resident memory of the echo server for each connection that
# has spoken once and waits, its 4096-byte buffer included; and the sizes of what lives in a coroutine's frame.
set -uo pipefail
cd "$(dirname "$0")/.." || exit
source bench/support/measure.sh

ulimit -n "$(ulimit -H -n)" 2>/dev/null
many=10000 few=1000
[[ ${QUICK:-0} == 1 ]] && many=2000 few=400
question=memory setting=idle
if (($(ulimit -n) < many + 100)); then
  many=$(($(ulimit -n) - 100))
  say "only $(ulimit -n) descriptors are allowed here: $many connections"
  ((many >= 2 * few)) || exit 0
fi

# resident BACKEND PROGRAM CONNECTIONS: KiB of the server while all wait.
resident() {
  local port='' line='' kib='' server
  [[ -x $bin/bench-$2 ]] || return 1
  [[ $1 == - ]] || local -x FAIRLEAD_BACKEND=$1
  exec {from_server}< <(exec timeout 300 "$bin/bench-$2" "$3" 2>/dev/null)
  server=$!
  if read -r -t 60 port <&"$from_server"; then
    coproc load { exec "$bin/bench-load" "$port" "$3" "$3" 64 hold; }
    read -r -t 60 line <&"${load[0]}" && [[ $line == idle ]] &&
      kib=$(awk '/^VmRSS:/ { print $2 }' "/proc/$(pgrep -P "$server" -f "bench-$2" || echo "$server")/status")
    exec {load[1]}>&-
    wait "$load_PID" 2>/dev/null
  fi
  wait "$server" 2>/dev/null
  exec {from_server}<&-
  [[ -n $kib ]] && printf '%d' "$kib"
}

# heap BACKEND PROGRAM: bytes that the server asks for, for each further connection.
heap() {
  local total=() n
  for n in 20 120; do
    exchange "$1" "$2" "$n" "$n" valgrind --leak-check=no || return 1
    total+=("$(sed -nE 's/.*total heap usage: .* frees, ([0-9,]+) bytes allocated.*/\1/p' "$scratch/said" | tr -d ,)")
  done
  printf '%d' $(((total[1] - total[0]) / 100))
}

say "Memory for each of $many idle connections that have spoken once, bytes; the server lends each a buffer of 4096"
printf '  %-28s %10s %10s\n' '' 'from heap' 'resident'
while read -r program backend name; do
  [[ -n $program ]] || continue
  if ! base=$(resident "$backend" "$program" $few) || ! all=$(resident "$backend" "$program" $many); then
    printf '  %-28s   not here\n' "$name"
    continue
  fi
  # What valgrind cannot run, as a runtime with a heap of its own, has no figure there.
  asked=-
  [[ $program == peer-go ]] || asked=$(heap "$backend" "$program")
  each=$(((all - base) * 1024 / (many - few)))
  printf '  %-28s %10s %10d\n' "$name" "$asked" "$each"
  printf '%s|%d\n' "$name" "$each" >>"$scratch/resident"
done <<<"$ours$peers
peer-go                      -         Go"
counted resident bytes <"$scratch/resident"

say ''
say 'Sizes in bytes'
"$bin/bench-sizes"
