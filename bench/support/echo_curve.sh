# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Sourced by the scripts that measure echo servers with few and many connections: with 50 and 1000 in all pairs, and
# in fewer with others for the curve, up to 10,000.

milliseconds=400 curve=(1 10 200 10000) curve_pairs=2
[[ ${QUICK:-0} == 1 ]] && milliseconds=120 curve=(1 10000) curve_pairs=1
# The clients ask for what they need; this is what they can get.
if (($(ulimit -H -n) < 10100)); then
  curve=("${curve[@]:0:${#curve[@]}-1}")
  printf 'only %d descriptors are allowed here: no 10,000 connections\n' "$(ulimit -H -n)"
fi

echo_with() { timeout 60 "$bin/bench-client-echo" "$connections" 64 "$milliseconds" -- "$bin/$1" "$connections"; }

echo_curve() {
  for connections in 50 1000; do
    compare echo "$connections" echo_with
  done
  pairs=$curve_pairs
  for connections in "${curve[@]}"; do
    compare echo "$connections" echo_with
  done
}
