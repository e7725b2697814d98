#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Usage: scripts/verify.sh [STEP]...
# Everything beyond `make test` that must hold, one line for each step: quiet when it does, the end of
# its log when it does not. The last line counts the tests of all steps; a step without tests is one.
# A later step runs although an earlier one failed, so that one run tells all.
set -uo pipefail
cd "$(dirname "$0")/.." || exit

readonly logs=build/verify
mkdir -p "$logs"
passed=0 failed=0 skipped=0

wanted=("$@")

# step NAME WHAT COMMAND...: a last line "N passed, N failed" of the command is added to the total.
step() {
  local name=$1 what=$2 log=$logs/$1.log started=$SECONDS status=0 count result
  shift 2
  if ((${#wanted[@]} > 0)) && [[ " ${wanted[*]} " != *" $name "* ]]; then return; fi
  "$@" >"$log" 2>&1 </dev/null || status=$?
  count=$(tail -n 1 "$log" | grep -oE '^[0-9]+ passed, [0-9]+ failed(, [0-9]+ skipped)?$')
  if [[ -n $count ]]; then
    read -r p _ f _ s _ <<<"${count//,/}"
    passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + ${s:-0}))
    ((status != 0 && f == 0)) && failed=$((failed + 1))
  elif ((status == 0)); then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
  fi
  result=ok
  ((status == 0)) || result=FAILED
  printf '%-9s %-6s %4d s  %s%s\n' "$name" "$result" $((SECONDS - started)) "$what" "${count:+: $count}"
  if ((status != 0)); then
    sed 's/^/    /' "$log" | tail -n 120
    printf '    (all of it: %s)\n' "$log"
  fi
}

layering() { scripts/check-layering.py --self-test && scripts/check-layering.py; }
documents() { scripts/check-docs.py --self-test && scripts/check-docs.py; }
sanitized() { scripts/build.sh "$1" && TIMEOUT=900 scripts/run-tests.sh "build/$1"; }
minute_of_relaying() { FAIRLEAD_SOAK_SECONDS=60 build/release/bin/fairlead-test-tool --gtest_brief=1 --gtest_filter='RelaySoak*'; }
# The same inputs every time: a fixed seed and count, beginning with the corpus alone.
short_fuzz() { rm -rf build/asan/fuzz && scripts/fuzz.sh build/asan -seed=1 -runs=50000 -max_total_time=20; }

step layering "nobody includes what points back; the checker finds planted mistakes" layering
step docs     "documents quote what is there, their code compiles, their links lead somewhere" documents
step format   "every file is formatted and names its licence" scripts/check-format.sh
step headers  "each public header stands alone, and the umbrella is cheap" scripts/check-headers.sh
step snippets "what must not compile does not" scripts/check-must-not-compile.sh
step gcc      "g++ builds everything without warnings" scripts/build.sh release -t all -t benchmarks -DFAIRLEAD_BENCH=ON
step counts   "instructions, allocations and system calls of a message stay below their limits" bench/check_counts.sh build/release
step soak     "two hundred clients through one relay for a minute" minute_of_relaying
step package  "installed: find_package and pkg-config, shared and static" test/package/run.sh build/release
step asan     "clang 19 without warnings, AddressSanitizer and UBSan" sanitized asan
step fuzz     "a fixed run of every fuzz target" short_fuzz
step tsan     "clang 19, ThreadSanitizer, for all that has threads" sanitized tsan

printf '%d passed, %d failed' "$passed" "$failed"
((skipped == 0)) || printf ', %d skipped' "$skipped"
printf '\n'
((failed == 0 && passed > 0))
