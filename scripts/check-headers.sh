#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Usage: scripts/check-headers.sh
# Every public header compiles by itself, and the umbrella stays cheap: at most 75,000 preprocessed lines
# (for comparison: <asio.hpp> has 194,000).
set -euo pipefail
cd "$(dirname "$0")/.."

readonly limit=75000
compiler=${CXX:-g++}
status=0
for header in include/fairlead/*.hpp; do
  if ! output=$("$compiler" -std=c++23 -fsyntax-only -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror \
                  -Iinclude -include "${header#include/}" -x c++ /dev/null 2>&1); then
    printf 'headers: %s does not compile by itself:\n%s\n' "$header" "$(head -n 10 <<<"$output")"
    status=1
  fi
done
if [[ -e include/fairlead/fairlead.hpp ]]; then
  lines=$("$compiler" -std=c++23 -Iinclude -include fairlead/fairlead.hpp -E -x c++ /dev/null | wc -l)
  if ((lines > limit)); then
    printf 'headers: fairlead.hpp costs %d preprocessed lines, more than %d\n' "$lines" "$limit"
    status=1
  else
    printf 'headers: fairlead.hpp costs %d preprocessed lines of %d\n' "$lines" "$limit"
  fi
  reached=$("$compiler" -std=c++23 -Iinclude -MM include/fairlead/fairlead.hpp)
  for header in include/fairlead/*.hpp; do
    [[ $reached == *"$header"* ]] || { printf 'headers: fairlead.hpp does not reach %s\n' "$header"; status=1; }
  done
fi
exit $status
