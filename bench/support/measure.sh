# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Sourced by the scripts of bench/: what they share. Everything here counts by difference: a server handles N
# messages and then, started anew, 2N; the difference divided by N is what one message costs, and starting,
# connecting and leaving drop out.

build=${1:?usage: $0 BUILD_DIR}
bin=$(cd "$build/bin" && pwd) || exit 2
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
source bench/support/figures.sh
if [[ ${QUICK:-0} == 1 ]]; then messages=2000; else messages=10000; fi

# The servers: program, backend to force, name in the tables. "-" forces none.
readonly ours='
echo_server                  epoll     fairlead, epoll
echo_server                  io_uring  fairlead, io_uring'
readonly peers='
peer-raw_epoll               -         epoll in C
peer-raw_uring               -         io_uring in C
peer-raw_uring_multishot     -         io_uring in C, multishot
peer-libuv                   -         libuv
peer-asio_callbacks          -         Asio, callbacks
peer-asio_coroutines         -         Asio, coroutines
peer-asio_coroutines_uring   -         Asio, coroutines on io_uring'

say() { printf '%s\n' "$*"; }

# exchange BACKEND PROGRAM MESSAGES CONNECTIONS [INSTRUMENT...]: the server runs below the instrument, the client
# beside it. What the instrument says is in $scratch/said. Fails if the program is not there or cannot run here.
# A turn of the server's loop has a price too, so all connections speak before it looks: both share a processor, and
# who is SCHED_BATCH interrupts nobody by waking (sched(7)). Otherwise a turn finds one message or all of them as the
# machine pleases: 345 to 514 instructions for a message on io_uring, 33 to 198 system calls for a thousand.
exchange() {
  local backend=$1 program=$bin/bench-$2 count=$3 connections=$4 port='' server cpu
  shift 4
  [[ -x $program ]] || return 1
  [[ $backend == - ]] || local -x FAIRLEAD_BACKEND=$backend
  cpu=$(taskset -cp $$ | sed -nE 's/.*: ([0-9]+).*/\1/p')
  exec {from_server}< <(exec timeout 300 taskset -c "$cpu" chrt -b 0 "$@" "$program" "$connections" 2>"$scratch/said")
  server=$!
  if read -r -t 60 port <&"$from_server" && [[ $port =~ ^[0-9]+$ ]]; then
    timeout 300 taskset -c "$cpu" "$bin/bench-load" "$port" "$count" "$connections" 64 rounds ||
      { kill "$server" 2>/dev/null; port=''; }
  else
    kill "$server" 2>/dev/null
    port=''
  fi
  wait "$server" || port=''
  exec {from_server}<&-
  [[ -n $port ]]
}

# instructions BACKEND PROGRAM [CONNECTIONS]: in user space, for one message.
instructions() {
  local total=() n
  for n in $messages $((2 * messages)); do
    exchange "$1" "$2" "$n" "${3:-20}" valgrind --tool=callgrind "--callgrind-out-file=$scratch/callgrind" || return 1
    total+=("$(awk '/^(summary|totals):/ { print $2; exit }' "$scratch/callgrind")")
  done
  printf '%d' $(((total[1] - total[0] + messages / 2) / messages))
}

# allocations BACKEND PROGRAM: of the heap, for one message, in thousandths.
allocations() {
  local total=() n
  for n in $messages $((2 * messages)); do
    exchange "$1" "$2" "$n" 20 valgrind --leak-check=no || return 1
    total+=("$(sed -nE 's/.*total heap usage: ([0-9,]+) allocs.*/\1/p' "$scratch/said" | tr -d ,)")
  done
  printf '%d' $(((total[1] - total[0]) * 1000 / messages))
}

# system_calls BACKEND PROGRAM [CONNECTIONS]: for one message, a line "1.000 recvfrom" for each.
system_calls() {
  local n
  for n in $messages $((2 * messages)); do
    exchange "$1" "$2" "$n" "${3:-20}" strace -f -c -o "$scratch/calls.$n" || return 1
  done
  # The columns of strace -c: time, seconds, microseconds a call, calls, errors (may be empty), name.
  awk -v n="$messages" '
    $1 ~ /^[0-9.]+$/ && $NF != "total" { if (FNR == NR) before[$NF] = $4; else printf "%.3f %s\n", ($4 - before[$NF]) / n, $NF }
  ' "$scratch/calls.$messages" "$scratch/calls.$((2 * messages))"
}

# thousandths N: as a decimal number.
thousandths() { printf '%d.%03d' $(($1 / 1000)) $(($1 % 1000)); }

# preprocessed HEADER [COMPILER]: the lines that including it costs.
preprocessed() {
  "${2:-g++}" -std=c++23 -Iinclude -include "$1" -E -x c++ /dev/null | wc -l
}
