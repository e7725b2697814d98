#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Usage: scripts/coverage.sh
# Runs the suite with counters, names the files of src/ that it reaches least and states the line coverage
# of src/. A page for every file is left in build/coverage/html.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/build.sh coverage
find build/coverage -name '*.gcda' -delete
suite_status=0
scripts/run-tests.sh build/coverage || suite_status=$?
mkdir -p build/coverage/html
gcovr --root . --filter 'src/' --exclude-unreachable-branches --exclude-throw-branches \
  --object-directory build/coverage --gcov-ignore-parse-errors --print-summary \
  --html-details build/coverage/html/index.html --csv build/coverage/coverage.csv \
  build/coverage >build/coverage/gcovr.log 2>&1 || { tail -n 20 build/coverage/gcovr.log; exit 1; }
# The least covered first; columns: file, lines, lines reached, share.
awk -F, 'NR > 1 && $4 < 0.95 { printf "  %5.1f %%  %s\n", $4 * 100, $1 }' build/coverage/coverage.csv | sort -n | head -n 15
awk -F, 'NR > 1 { lines += $2; reached += $3 }
  END { if (lines == 0) exit 1; printf "line coverage of src/: %.1f %% (%d of %d lines)\n", 100 * reached / lines, reached, lines }' \
  build/coverage/coverage.csv
exit "$suite_status"
