#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Usage: bench/check_counts.sh BUILD_DIR
# The counts that must hold, and nothing that depends on the machine's speed: instructions, allocations and, on
# io_uring, system calls of an echoed message, and the preprocessed lines of the umbrella header. Seconds.
set -uo pipefail
cd "$(dirname "$0")/.." || exit
QUICK=1
source bench/support/measure.sh

passed=0 failed=0 skipped=0
# at_most LIMIT COUNT WHAT
at_most() {
  if (($2 <= $1)); then
    passed=$((passed + 1))
    printf '%8d of %-6d %s\n' "$2" "$1" "$3"
  else
    failed=$((failed + 1))
    printf '%8d, more than %d: %s\n' "$2" "$1" "$3"
  fi
}

while read -r program backend name; do
  [[ -n $program ]] || continue
  if count=$(instructions "$backend" "$program"); then
    at_most 400 "$count" "instructions per echoed message, $name"
    at_most 0 "$(allocations "$backend" "$program")" "allocations per thousand echoed messages, $name"
  elif [[ $backend == io_uring ]] && grep -q 'not permitted' "$scratch/said"; then
    skipped=$((skipped + 2))
    printf '%s: not permitted here\n' "$name"
  else
    failed=$((failed + 1))
    printf '%s: the server did not run\n' "$name"
    cat "$scratch/said"
  fi
done <<<"$ours"
if count=$(system_calls io_uring echo_server 50 | awk '{ n += $1 * 1000 } END { printf "%d", n }') && ((count > 0)); then
  at_most 100 "$count" 'system calls per thousand echoed messages, 50 connections, io_uring'
else
  skipped=$((skipped + 1))
  printf 'system calls on io_uring: not counted (strace may not trace here, or io_uring is not permitted)\n'
fi
at_most 75000 "$(preprocessed fairlead/fairlead.hpp "${CXX:-g++}")" 'preprocessed lines of fairlead.hpp'

printf '%d passed, %d failed' "$passed" "$failed"
((skipped == 0)) || printf ', %d skipped' "$skipped"
printf '\n'
((failed == 0))
