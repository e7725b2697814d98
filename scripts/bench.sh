#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Usage: scripts/bench.sh
# Builds the benchmarks into build/release/bin and runs every script bench/*.sh with build/release as its argument.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/build.sh release -t benchmarks -t peers -DFAIRLEAD_BENCH=ON
shopt -s nullglob
status=0 ran=0
for script in bench/*.sh; do
  printf '\n── %s\n' "$script"
  ran=$((ran + 1))
  "$script" build/release || status=1
done
((ran > 0)) || { echo "bench/ holds no script to run"; exit 1; }
exit $status
