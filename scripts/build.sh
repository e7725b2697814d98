#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Usage: scripts/build.sh PRESET [-t TARGET]... [-DNAME=VALUE]...
# Configures build/PRESET and builds it: one line when it works, the compiler's words when it does not.
# With -t it builds those targets only, and a directory that is new gets no tests, so that a machine
# without the packages for testing can build the tool.
set -euo pipefail
cd "$(dirname "$0")/.."

preset=$1
shift
targets=() definitions=()
while (($# > 0)); do
  case $1 in
    -t) targets+=(--target "$2"); shift ;;
    *) definitions+=("$1") ;;
  esac
  shift
done

directory=build/$preset
log=$directory/build.log
mkdir -p "$directory"
# A directory keeps the generator it began with.
if [[ ! -e $directory/CMakeCache.txt && -z ${CMAKE_GENERATOR:-} ]] && command -v ninja >/dev/null; then
  export CMAKE_GENERATOR=Ninja
fi

if ((${#targets[@]} == 0)); then
  [[ $preset == fuzz ]] || definitions+=(-DFAIRLEAD_TESTS=ON)
elif [[ ! -e $directory/CMakeCache.txt ]]; then
  definitions=(-DFAIRLEAD_TESTS=OFF "${definitions[@]}")
fi

started=$SECONDS
[[ -t 1 ]] && printf 'building %s …\r' "$preset"
if ! { cmake --preset "$preset" "${definitions[@]}" &&
       cmake --build "$directory" --parallel "${JOBS:-$(nproc)}" "${targets[@]}"; } >"$log" 2>&1 </dev/null; then
  # The errors with what follows each; not the command lines, which are as long as they are dull.
  grep -E -A12 -m 8 'error: |CMake Error|undefined reference|multiple definition' "$log" | cut -c1-300 || tail -n 60 "$log"
  printf 'build: %s failed; the whole log is %s\n' "$preset" "$log"
  exit 1
fi
printf 'built %s in %d s\n' "$directory" $((SECONDS - started))
