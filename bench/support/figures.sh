# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Sourced by the other files of bench/support: where figures go. Every figure is a line of $results;
# bench/support/report.py makes the tables of them. $scratch must be there.

results=${BENCH_RESULTS:-$scratch/results}
question='' setting=''

# figures METRIC_LINES CONTESTANT PAIR: "metric unit better value", as the programs print it, into $results. The
# columns: question, case, metric, unit, what is better (more, less, or - for neither), contestant, pair, value.
figures() {
  local metric unit better value
  while read -r metric unit better value; do
    [[ -n $value ]] || continue
    printf '%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n' "$question" "$setting" "$metric" "$unit" "$better" "$2" "$3" "$value"
  done <<<"$1" >>"$results"
}

# counted METRIC UNIT: takes lines "contestant | value" and makes pairs of them, ours with each peer. A count is the
# same every time: one pair says as much as seven.
counted() {
  local lines name value our our_value
  mapfile -t lines
  for line in "${lines[@]}"; do
    IFS='|' read -r name value <<<"$line"
    [[ $name != fairlead* ]] || continue
    figures "$1 $2 less $value" "$name" "$name/1"
    for our in "${lines[@]}"; do
      IFS='|' read -r our our_value <<<"$our"
      [[ $our != fairlead* ]] || figures "$1 $2 less $our_value" "$our" "$name/1"
    done
  done
}

# finish: shows what this script found, unless it is one of many whose results are shown together.
finish() {
  [[ -n ${BENCH_RESULTS:-} ]] || python3 bench/support/report.py table "$results"
}
