#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Usage: bench/start.sh BUILD_DIR     (QUICK=1: fewer pairs, fewer starts)
# How long does it take from the start of a program to the first byte of a connection, and to its end? That is what a
# script waits for that calls it a thousand times.
set -uo pipefail
cd "$(dirname "$0")/.." || exit
source bench/support/pairs.sh

ours=('fairlead connect | - | fairlead')
peers=('nc              | - | nc'
       'socat           | - | socat')

starts=60
[[ ${QUICK:-0} == 1 ]] && starts=15
first_byte() {
  local command=("$bin/fairlead" connect 127.0.0.1:PORT)
  case $name in
    nc) command=(nc -N 127.0.0.1 PORT) ;;
    socat) command=(socat - TCP4:127.0.0.1:PORT) ;;
  esac
  timeout 60 bench/support/first_byte.py "$starts" "${command[@]}"
}
compare start 'connect, one byte, end' first_byte
finish
