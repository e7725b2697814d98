#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Usage: bench/support/plots.sh RESULTS DIRECTORY
# Draws what bench/support/report.py takes out of RESULTS, as PNG and SVG: processor time, throughput and memory against
# the number of connections, and percentiles of latency. What was not measured is not drawn.
set -euo pipefail
cd "$(dirname "$0")/../.."
results=$1 directory=$2
data=$(mktemp -d)
trap 'rm -rf "$data"' EXIT

# draw NAME TITLE COMMANDS: once for each format.
draw() {
  [[ -s $data/$1 ]] || { printf 'not drawn: %s (no figures)\n' "$1"; return; }
  local format terminal
  for format in png svg; do
    terminal='pngcairo size 900,500 font "sans,10"'
    [[ $format == svg ]] && terminal='svg size 900,500 font "sans,12" background "white"'
    gnuplot <<END
set terminal $terminal
set output "$directory/$1.$format"
set title "$2"
set grid ytics lc rgb "#dddddd"
set border 3
set tics nomirror
data = "$data/$1"
# Ours in strong colours, then the others.
ours = ${ours:-2}
array colour[15] = ["#c0392b", "#e67e22", "#ff6f91", "#f1c40f", "#2c3e50", "#2980b9", "#5dade2", "#27ae60", "#8e44ad", "#af7ac5", "#7f8c8d", "#b7950b", "#16a085", "#34495e", "#95a5a6"]
$3
END
    printf '%s/%s.%s\n' "$directory" "$1" "$format"
  done
}

# A block of points for each contestant.
readonly lines='
set key outside right noenhanced
set logscale x
set xlabel "connections"
set xtics (1, 10, 50, 200, 1000, 10000)
stats data using 1 nooutput
plot for [i=0:STATS_blocks-2] data index i using 1:2 with linespoints lc rgb colour[i+1] lw (i < ours ? 3 : 1.5) pt (i < ours ? 7 : 6) ps 0.7 title columnheader(1)'

ours=4
python3 bench/support/report.py curve "$results" echo rate 1000 >"$data/echo-rate"
draw echo-rate 'Echo of 64 bytes, server on one core' "set ylabel 'thousand messages a second'; set yrange [0:*] $lines"
python3 bench/support/report.py curve "$results" echo server-cpu >"$data/echo-cpu"
draw echo-cpu 'Echo of 64 bytes: processor time of the server' "set ylabel 'µs for each message'; set logscale y; set autoscale noextend; set ytics (3, 4, 5, 6, 8, 10, 15, 20, 30, 40) $lines"

# A row for each contestant.
readonly bars='
set style data histograms
set style fill solid 0.9
set boxwidth 0.9
set xtics rotate by -25 noenhanced
unset grid; set grid ytics lc rgb "#dddddd"'
readonly percentiles="$bars
set ylabel 'µs'; set logscale y; set yrange [*:*]; set key top left
plot data using 2:xtic(1) title 'p50' lc rgb colour[6], '' using 3 title 'p99' lc rgb colour[2], '' using 4 title 'p99.9' lc rgb colour[1]"
python3 bench/support/report.py bars "$results" latency sleeping p50 p99 p99.9 >"$data/latency"
draw latency 'Round trip of 64 bytes, one connection, both ends sleeping' "$percentiles"
python3 bench/support/report.py bars "$results" latency polling p50 p99 p99.9 >"$data/latency-polling"
draw latency-polling 'Round trip of 64 bytes, one connection, both ends polling (Asio, coroutines: sleeping)' "$percentiles"
python3 bench/support/report.py bars "$results" fairness 'one floods, 1000 quiet' p50 p99 p99.9 >"$data/flood"
draw flood 'Round trip of a quiet connection, while another floods the server' "$percentiles"
python3 bench/support/report.py bars "$results" memory idle resident >"$data/memory"
draw memory 'Memory of an idle connection that has spoken' "$bars
set ylabel 'bytes resident'; set yrange [0:*]; unset key
plot data using 2:xtic(1) lc rgb colour[6], '' using 0:2:(sprintf('%d', \$2)) with labels offset 0,0.7"
python3 bench/support/report.py curve "$results" memory resident >"$data/memory-curve"
draw memory-curve 'Memory of idle connections that have spoken' "set ylabel 'bytes resident for each connection'; set logscale y; $lines"
