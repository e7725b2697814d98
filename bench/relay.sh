#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Usage: bench/relay.sh BUILD_DIR     (QUICK=1: fewer pairs, shorter)
# What does a relay between two TCP connections cost? With one stream, with messages of 64 bytes on 50 connections, each
# of which passes it twice, and with one such message at a time, whose round trip is timed. One client in C on the second
# core is both ends; the relay has the first. The rates are bounded by that client, so the relay's own processor time
# tells more.
set -uo pipefail
cd "$(dirname "$0")/.." || exit
source bench/support/pairs.sh

ours=('fairlead, epoll        | epoll    | bench-relay'
      'fairlead, io_uring     | io_uring | bench-relay'
      'fairlead relay         | -        | fairlead')
peers=('splice in C           | -        | bench-peer-raw_splice_relay'
       'socat                 | -        | socat'
       'haproxy, splice       | -        | haproxy'
       'haproxy, no splice    | -        | haproxy')

PATH+=:/usr/sbin  # where Debian has haproxy
milliseconds=600
[[ ${QUICK:-0} == 1 ]] && milliseconds=200
# through CLIENT... PROGRAM
through() {
  local relay=("$bin/${*: -1}" TARGET)
  case $name in
    socat) relay=(bench/support/socat_relay.sh TARGET) ;;
    'fairlead relay') relay=(bench/support/fairlead_relay.sh "$bin/fairlead" TARGET) ;;
    'haproxy, splice') relay=(bench/support/haproxy.py splice TARGET) ;;
    'haproxy, no splice') relay=(bench/support/haproxy.py copy TARGET) ;;
  esac
  timeout 60 "${@:1:$#-1}" "$milliseconds" -- "${relay[@]}"
}
stream() { through "$bin/bench-client-relay" "$1"; }
requests() { through "$bin/bench-client-relay_requests" 50 64 "$1"; }
round_trip() { through "$bin/bench-client-relay_latency" 64 "$1"; }
compare relay 'one stream' stream
compare relay '50 connections, 64 bytes' requests
compare relay 'one connection, 64 bytes' round_trip
finish
