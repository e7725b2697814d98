#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Usage: scripts/check-format.sh [--fix]
# Checks that every C++ file is formatted as .clang-format says and names its licence; --fix formats.
# Another version of clang-format breaks lines elsewhere, so it is always 19.
set -euo pipefail
cd "$(dirname "$0")/.."

if ! command -v clang-format-19 >/dev/null; then
  echo "format: clang-format-19 is missing; scripts/setup.sh lint installs it"
  exit 1
fi
directories=()
for directory in include src tool test examples bench; do
  [[ -d $directory ]] && directories+=("$directory")
done
mapfile -t files < <(find "${directories[@]}" -name '*.[ch]pp' | sort)

if [[ ${1:-} == --fix ]]; then
  clang-format-19 -i "${files[@]}"
  exit
fi
status=0
differing=$(clang-format-19 --dry-run "${files[@]}" 2>&1 | sed -nE 's/^([^:]+:[0-9]+):.*/  \1/p' | sort -u -t: -k1,1)
if [[ -n $differing ]]; then
  printf 'format: these are not formatted as .clang-format says (make format does it):\n%s\n' "$differing"
  status=1
fi
if unlicensed=$(grep -L -m1 -F 'SPDX-License-Identifier: MIT' "${files[@]}") && [[ -n $unlicensed ]]; then
  # shellcheck disable=SC2086  # one line for each of them
  printf "format: this file lacks '// SPDX-License-Identifier: MIT': %s\n" $unlicensed
  status=1
fi
exit $status
