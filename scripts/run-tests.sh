#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Usage: scripts/run-tests.sh BUILD_DIR [SUITE]...
# Runs the test programs of a build and ends with "N passed, N failed[, N skipped]" alone on a line.
# What a program printed is shown only when it failed. A program that crashed, hung or left without a
# report counts as one failed test more.
#   JOBS=N     programs at a time (2: most of them wait most of the time)
#   TIMEOUT=N  seconds for one program (600)
#   V=1        also names the slowest runs
#   FILTER=…   passed on as --gtest_filter
set -uo pipefail

build=$(cd "${1:?usage: scripts/run-tests.sh BUILD_DIR [SUITE]...}" && pwd) || exit 2
shift
source_dir=$(cd "$(dirname "$0")/.." && pwd)

# Short, because the path of a Unix socket has room for 107 bytes.
scratch=$(mktemp -d /tmp/fairlead.XXXXXX)
trap 'rm -rf "$scratch"' EXIT

# Harmless where no sanitizer is compiled in.
options() { printf '%s' "${1:+$1:}$2"; }
export ASAN_OPTIONS UBSAN_OPTIONS TSAN_OPTIONS
ASAN_OPTIONS=$(options "${ASAN_OPTIONS:-}" detect_stack_use_after_return=1:check_initialization_order=1:strict_string_checks=1:detect_leaks=1)
UBSAN_OPTIONS=$(options "${UBSAN_OPTIONS:-}" print_stacktrace=1)
TSAN_OPTIONS=$(options "${TSAN_OPTIONS:-}" second_deadlock_stack=1:history_size=4)
for kind in asan lsan tsan ubsan; do
  suppressions=$source_dir/test/support/$kind.supp
  if [[ -e $suppressions ]]; then
    variable=${kind^^}_OPTIONS
    export "$variable=$(options "${!variable:-}" "suppressions=$suppressions")"
  fi
done
symbolizer=$(command -v llvm-symbolizer-19 || command -v llvm-symbolizer) &&
  export ASAN_SYMBOLIZER_PATH=$symbolizer TSAN_SYMBOLIZER_PATH=$symbolizer UBSAN_SYMBOLIZER_PATH=$symbolizer

# The build lists its suites, with the number of runs that share the tests ("tool/2"), the backend that a second run is
# to force and the tests that it is to leave out; what an earlier build left in the directory does not count.
runs=()
declare -A suites=() backends=() filters=() shards=()
while read -r suite backend filter; do
  [[ -n $suite ]] || continue
  parts=1
  [[ $suite != */* ]] || parts=${suite#*/} suite=${suite%/*}
  (($# == 0)) || [[ " $* " == *" $suite "* ]] || continue
  for ((part = 0; part < parts; ++part)); do
    name=$suite${backend:+.$backend}
    ((parts == 1)) || name+="-$((part + 1))of$parts"  # which is part of paths: no colon
    runs+=("$name")
    suites[$name]=$suite backends[$name]=$backend filters[$name]=$filter shards[$name]="$parts $part"
  done
done < <(cat "$build/suites.txt" 2>/dev/null)
for suite in "$@"; do
  [[ " ${suites[*]} " == *" $suite "* ]] || { printf 'there is no suite "%s" in %s\n0 passed, 1 failed\n' "$suite" "$build"; exit 2; }
done

# Makes one run; leaves "passed failed skipped milliseconds status name" in NAME.count.
run_one() {
  local name=$1 program=$build/bin/fairlead-test-${suites[$1]} out xml status started
  [[ -z ${backends[$name]} ]] || export FAIRLEAD_BACKEND=${backends[$name]}
  # GoogleTest shares the tests out; without them in the environment it runs them all.
  export GTEST_TOTAL_SHARDS=${shards[$name]% *} GTEST_SHARD_INDEX=${shards[$name]#* }
  local filter=${FILTER:-${filters[$name]:-}}
  out=$scratch/$name.out xml=$scratch/$name.xml
  mkdir -p "$scratch/$name"
  started=$(date +%s%N)
  (
    cd "$scratch/$name" && TMPDIR=$scratch/$name exec timeout -k 5 "${TIMEOUT:-600}" \
      "$program" --gtest_color=no "--gtest_output=xml:$xml" ${filter:+"--gtest_filter=$filter"}
  ) >"$out" 2>&1 </dev/null
  status=$?
  local elapsed=$((($(date +%s%N) - started) / 1000000))
  rm -rf "${scratch:?}/$name"
  if [[ -s $xml ]]; then
    # The root element counts; what was skipped stands with the test cases only.
    awk -v status=$status -v ms=$elapsed -v name="$name" '
      function number(key) { return match($0, " " key "=\"[0-9]+\"") ? substr($0, RSTART + length(key) + 3, RLENGTH - length(key) - 4) + 0 : 0 }
      /^<testsuites / { tests = number("tests"); failed = number("failures"); disabled = number("disabled") }
      /^    <testcase .* result="skipped"/ { skipped++ }
      END {
        passed = tests - failed - disabled - skipped
        if (status != 0 && failed == 0) failed = 1
        print passed, failed, skipped + 0, ms, status, name
      }' "$xml" >"$scratch/$name.count"
  else
    # No report: it crashed or hung. What it had finished is counted; the test it was in failed.
    awk -v status=$status -v ms=$elapsed -v name="$name" '
      /^\[       OK \]/ { passed++ }
      /^\[  SKIPPED \] .*\(/ { skipped++ }
      /^\[  FAILED  \] .*\([0-9]+ ms\)$/ { failed++ }
      END { print passed + 0, failed + 1, skipped + 0, ms, status, name }' "$out" >"$scratch/$name.count"
  fi
}

# Each failed test with what it printed, without those that passed.
failed_tests() {
  awk '/^\[ RUN      \]/ { block = ""; inside = 1 }
       inside { block = block $0 "\n" }
       /^\[       OK \]|^\[  SKIPPED \]/ { inside = 0; block = "" }
       /^\[  FAILED  \]/ && inside { printf "%s", block; inside = 0 }' "$1" | head -n 200
}

# What went wrong in one program, as short as it can be told.
explain() {
  local name=$1 status=$2 out=$scratch/$1.out xml=$scratch/$1.xml
  printf '\n──── %s ' "$name"
  if [[ -s $xml ]] && ((status < 2)); then
    printf 'failed\n'
    failed_tests "$out"
  else
    local before
    before=$(failed_tests "$out")
    if ((status == 124 || status == 137)); then
      printf 'did not end within %s seconds' "${TIMEOUT:-600}"
    elif ((status > 128)); then
      printf 'was ended by signal %d (%s)' $((status - 128)) "$(kill -l $((status - 128)))"
    else
      printf 'left with status %d' "$status"
    fi
    printf ', in: %s\n' "$(grep '^\[ RUN      \]' "$out" | tail -n 1 | cut -c14-)"
    [[ -z $before ]] || printf '%s\n' "$before"
    # A sanitizer's first report is the one that tells; otherwise what was printed last.
    local report
    report=$(grep -nE -m 1 '(ERROR|WARNING): [A-Za-z]+Sanitizer|runtime error:' "$out" | cut -d: -f1)
    if [[ -n $report ]]; then tail -n "+$report" "$out" | head -n 80; else tail -n 80 "$out"; fi
  fi
}

jobs=${JOBS:-2}
for run in "${runs[@]}"; do
  while (($(jobs -rp | wc -l) >= jobs)); do wait -n; done
  run_one "$run" 2>/dev/null &  # the shell's own remark on a crash; explain() makes its own
done
wait

passed=0 failed=0 skipped=0
for run in "${runs[@]}"; do
  read -r p f s _ status _ <"$scratch/$run.count"
  passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
  ((f == 0 && status == 0)) || explain "$run" "$status"
done
if [[ ${V:-0} == 1 ]] && ((${#runs[@]} > 0)); then
  sort -rnk4 "$scratch"/*.count | awk '{ printf "%8.1f s  %5d tests  %s\n", $4 / 1000, $1 + $2 + $3, $6 }' | head -n 10
fi
if ((passed + failed + skipped == 0)); then
  printf 'no test ran: %s holds no suite, or the filter names no test\n' "$build"
fi
printf '%d passed, %d failed' "$passed" "$failed"
((skipped == 0)) || printf ', %d skipped' "$skipped"
printf '\n'
((failed == 0 && passed > 0))
