#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Usage: scripts/fuzz.sh BUILD_DIR [LIBFUZZER_FLAG]...
# Runs every fuzz target of a build with the flags, beginning with what test/fuzz/corpus/NAME holds. An
# input that breaks a target is kept in BUILD_DIR/fuzz. Ends with "N passed, N failed", one per target.
set -uo pipefail
build=$(cd "${1:?usage: scripts/fuzz.sh BUILD_DIR [LIBFUZZER_FLAG]...}" && pwd) || exit 2
shift
source_dir=$(cd "$(dirname "$0")/.." && pwd)
mkdir -p "$build/fuzz"
export UBSAN_OPTIONS=print_stacktrace=1
symbolizer=$(command -v llvm-symbolizer-19 || command -v llvm-symbolizer) && export ASAN_SYMBOLIZER_PATH=$symbolizer

fuzz_one() {
  local program=$1 name corpus seeds=() flags=()
  shift
  name=${program##*/fuzz-}
  corpus=$build/fuzz/corpus-$name
  mkdir -p "$corpus"
  [[ -d $source_dir/test/fuzz/corpus/$name ]] && seeds+=("$source_dir/test/fuzz/corpus/$name")
  [[ -e $source_dir/test/fuzz/$name.dict ]] && flags+=("-dict=$source_dir/test/fuzz/$name.dict")
  "$program" -artifact_prefix="$build/fuzz/$name-" -rss_limit_mb=2048 -timeout=10 "${flags[@]}" "$@" \
    "$corpus" "${seeds[@]}" >"$build/fuzz/$name.log" 2>&1 </dev/null
  echo $? >"$build/fuzz/$name.status"
}

programs=()
if [[ -e $build/fuzzers.txt ]]; then
  while read -r name; do [[ -z $name ]] || programs+=("$build/bin/fuzz-$name"); done <"$build/fuzzers.txt"
fi
for program in "${programs[@]}"; do
  while (($(jobs -rp | wc -l) >= ${JOBS:-$(nproc)})); do wait -n; done
  fuzz_one "$program" "$@" &
done
wait
passed=0 failed=0
for program in "${programs[@]}"; do
  name=${program##*/fuzz-}
  if [[ $(cat "$build/fuzz/$name.status") == 0 ]]; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    printf '\n──── fuzz-%s failed; the input is in %s\n' "$name" "$build/fuzz"
    tail -n 60 "$build/fuzz/$name.log"
  fi
done
printf '%d passed, %d failed\n' "$passed" "$failed"
((failed == 0 && passed > 0))
