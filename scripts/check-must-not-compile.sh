#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Usage: scripts/check-must-not-compile.sh [DIRECTORY]     (test/compile)
# Every snippet in DIRECTORY must be refused by the compiler, with a message that matches the regular
# expression after "// expect: " near its top. So that a snippet cannot fail for another reason (a
# missing include, a typo):
#   - a file with "// expect: compiles" is a control and must compile; there must be one;
#   - a snippet that mentions FAIRLEAD_CONTROL must compile when that macro is defined.
# Ends with the count of snippets, "N passed, N failed".
set -uo pipefail
cd "$(dirname "$0")/.." || exit

directory=${1:-test/compile}
compiler=${CXX:-g++}
compile() { "$compiler" -std=c++23 -fsyntax-only -Wall -Wextra -Werror=unused-result -Iinclude -Isrc -Itest "$@" 2>&1 </dev/null; }

# Says what is wrong with one snippet; silent when all is as it should be.
check() {
  local file=$1 expected output
  expected=$(sed -nE '1,5s|^// expect: *(.*[^ ]) *$|\1|p' "$file" | head -n 1)
  if [[ -z $expected ]]; then
    printf '%s: has no line "// expect: REGEX" at its top\n' "$file"
  elif [[ $expected == compiles ]]; then
    output=$(compile "$file") || printf '%s: a control, and it does not compile:\n%s\n' "$file" "$(head -n 20 <<<"$output")"
  else
    if output=$(compile "$file"); then
      printf '%s: compiles, and must not\n' "$file"
    elif ! grep -qE -- "$expected" <<<"$output"; then
      printf '%s: is refused, but not with "%s":\n%s\n' "$file" "$expected" "$(head -n 20 <<<"$output")"
    fi
    if grep -q FAIRLEAD_CONTROL "$file" && ! output=$(compile -DFAIRLEAD_CONTROL "$file"); then
      printf '%s: does not compile with FAIRLEAD_CONTROL either:\n%s\n' "$file" "$(head -n 20 <<<"$output")"
    fi
  fi
}

shopt -s nullglob
files=("$directory"/*.cpp)
if ((${#files[@]} == 0)); then
  printf '%s holds no snippets\n0 passed, 0 failed\n' "$directory"
  exit 1
fi
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
failed=0
if ! grep -lqE '^// expect: *compiles *$' "${files[@]}"; then
  printf '%s: no file is a control ("// expect: compiles")\n' "$directory"
  failed=1
fi
for file in "${files[@]}"; do
  while (($(jobs -rp | wc -l) >= ${JOBS:-$(nproc)})); do wait -n; done
  check "$file" >"$scratch/${file##*/}" &
done
wait
for file in "${files[@]}"; do
  [[ -s $scratch/${file##*/} ]] && { cat "$scratch/${file##*/}"; failed=$((failed + 1)); }
done
passed=$((${#files[@]} - failed))
printf '%d passed, %d failed\n' $((passed < 0 ? 0 : passed)) "$failed"
((failed == 0))
