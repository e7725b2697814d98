# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Sourced by the scripts that compare with iperf3: its server on the first core, its client on the second, as ours.

# A free port, so that two who measure at a time do not meet.
iperf3_port=$(bench/support/free_port.py)
readonly iperf3_port

# iperf3_run FILE CLIENT_OPTION...: leaves the client's JSON in FILE.
iperf3_run() {
  local file=$1 server status=1 try
  shift
  taskset -c "$first_core" iperf3 -s -1 -p "$iperf3_port" >/dev/null 2>"$scratch/iperf3" &
  server=$!
  # It does not tell when it listens. A client that comes too early is refused at once, and writes that as JSON, too.
  for ((try = 0; try < 50; ++try)); do
    taskset -c "$second_core" timeout 60 iperf3 -c 127.0.0.1 -p "$iperf3_port" -J "$@" >"$file" 2>/dev/null
    if grep -q '"cpu_utilization_percent"' "$file"; then
      status=0
      break
    fi
    kill -0 "$server" 2>/dev/null || break
    sleep 0.1
  done
  kill "$server" 2>/dev/null
  wait "$server" 2>/dev/null
  ((status == 0)) || grep '"error"' "$file" >&2
  return $status
}

# iperf3_datagrams: of 1400 bytes, as many as go, for a second. Prints what arrived.
iperf3_datagrams() {
  iperf3_run "$scratch/json" -u -b 0 -l 1400 -w 4M -t 1 || return
  python3 -c '
import json, sys
end = json.load(open(sys.argv[1]))["end"]
got = end["sum_received"]
came = got["packets"] - got["lost_packets"]
print("received M/s more %.4f" % (came / got["seconds"] / 1e6))
used = end["cpu_utilization_percent"]["remote_total"] / 100 * got["seconds"]
print("receiver-cpu µs/datagram less %.4f" % (used / came * 1e6))
print("lost share - %.4f" % (got["lost_packets"] / got["packets"]))' "$scratch/json"
}
