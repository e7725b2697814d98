#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Usage: scripts/bench.sh [QUESTION]...     (QUICK=1: all of it in under five minutes; PAIRS=n: instead of 7)
# Builds the benchmarks into build/release/bin, runs every script bench/*.sh (or those named, "echo_rate" say) with
# build/release as its argument, and ends with one table of all that was compared. The same as JSON, and the plots,
# are in build/release/bench.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/build.sh release -t benchmarks -t peers -t fairlead_tool -DFAIRLEAD_BENCH=ON
out=build/release/bench
mkdir -p "$out"
export BENCH_RESULTS=$PWD/$out/results.tsv
: >"$BENCH_RESULTS"

scripts=()
if (($# > 0)); then scripts=("${@/#/bench/}") scripts=("${scripts[@]/%/.sh}"); else scripts=(bench/*.sh); fi
status=0
for script in "${scripts[@]}"; do
  started=$SECONDS
  printf '\n── %s\n' "$script"
  "$script" build/release || status=1
  printf '(%d s)\n' $((SECONDS - started))
done

[[ -s $BENCH_RESULTS ]] || exit $status
printf '\n── plots\n'
if command -v gnuplot >/dev/null; then bench/support/plots.sh "$BENCH_RESULTS" "$out" || status=1; else echo 'none: gnuplot is not here'; fi
python3 bench/support/report.py json "$BENCH_RESULTS" >"$out/results.json"
printf '\n── ours beside the peers: median, ratio of medians, smallest and largest ratio of a pair\n'
python3 bench/support/report.py table "$BENCH_RESULTS"
printf '\nas JSON: %s\n' "$out/results.json"
exit $status
