#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Usage: bench/compile_cost.sh BUILD_DIR     (QUICK=1: one pair instead of five)
# What does an include cost its user? Preprocessed lines of every public header, and the time to compile the
# coroutine echo server beside Asio's. Fails when the umbrella has too many lines; times are only told, because
# they are the machine's. CXX chooses the compiler.
set -uo pipefail
cd "$(dirname "$0")/.." || exit
source bench/support/measure.sh

readonly compiler=${CXX:-g++} limit=75000
status=0

say "Preprocessed lines of one include ($compiler; limit for fairlead.hpp: $limit)"
for header in include/fairlead/*.hpp; do
  name=${header#include/}
  printf '%8d  %s\n' "$(preprocessed "$name" "$compiler")" "$name"
done | sort -n | tee "$scratch/lines"
if (($(awk '$2 == "fairlead/fairlead.hpp" { print $1 }' "$scratch/lines") > limit)); then
  say "fairlead.hpp is over the limit of $limit"
  status=1
fi
for name in expected coroutine string system_error chrono stop_token asio.hpp uv.h; do
  lines=$(preprocessed "$name" "$compiler" 2>/dev/null)
  ((lines > 1000)) && printf '%8d  %s\n' "$lines" "$name"
done | sort -n | sed 's/$/   (for comparison)/'

# compile SOURCE: seconds of processor time for one object, optimized as in a release.
compile() {
  local TIMEFORMAT='%U %S'
  { time "$compiler" -std=c++23 -O2 -DNDEBUG -DFAIRLEAD_STATIC -Iinclude -c "$1" -o "$scratch/object.o" 2>/dev/null; } 2>&1 |
    awk '{ print $1 + $2 }'
}
median() { sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }

pairs=5
[[ ${QUICK:-0} == 1 ]] && pairs=1
for ((i = 0; i < pairs; ++i)); do
  compile bench/echo_server.cpp >>"$scratch/ours"
  compile bench/peers/asio_coroutines.cpp >>"$scratch/asio"
  paste "$scratch/ours" "$scratch/asio" | tail -n 1 | awk '{ print $1 / $2 }' >>"$scratch/ratio"
done
say ''
say "Processor time to compile the coroutine echo server, seconds (median of $pairs, taken in turn)"
printf '  %-18s %6.2f\n' 'fairlead' "$(median <"$scratch/ours")" 'Asio' "$(median <"$scratch/asio")"
printf '  %-18s %6.2f  (aim: at most 0.40)\n' 'fairlead / Asio' "$(median <"$scratch/ratio")"
exit $status
