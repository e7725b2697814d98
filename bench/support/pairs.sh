# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Sourced by the scripts of bench/ that compare speed. A machine's speed changes while it is measured, so ours and a
# peer are measured in turn, ours, peer, ours, peer, and what is compared is the ratio within each pair: see
# docs/performance.md. Every figure becomes a line of $results; bench/support/report.py makes the tables of them.

build=${1:?usage: $0 BUILD_DIR}
bin=$(cd "$build/bin" && pwd) || exit 2
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
source bench/support/figures.sh
if [[ ${QUICK:-0} == 1 ]]; then pairs=2; else pairs=${PAIRS:-7}; fi

declare -A absent=()
ours=() peers=()
# Sets the pairs of a script apart from those of another that measures the same question with the same peers.
series=''

# one NAME PAIR COMMAND...: measures, and once more if others had the cores for more than a tenth of the time; keeps
# what was disturbed least. On a machine that is always busy that helps nobody, so there is an end to it. What cannot
# run is left out from then on, with a word.
repeats=20
[[ ${QUICK:-0} == 1 ]] && repeats=5
one() {
  local name=$1 pair=$2 said best='' share least=2 try
  shift 2
  [[ -z ${absent[$name]:-} ]] || return 1
  for try in 1 2; do
    if ! said=$("$@" 2>"$scratch/error"); then
      absent[$name]=1
      printf 'left out: %s (%s)\n' "$name" "$(tail -n 1 "$scratch/error")"
      return 1
    fi
    share=$(awk '$1 == "disturbed" { print $4; found = 1 } END { if (!found) print 0 }' <<<"$said")
    awk "BEGIN { exit !($share < $least) }" && best=$said least=$share
    ((repeats > 0)) && awk "BEGIN { exit !($least > 0.1) }" || break
    repeats=$((repeats - 1))
  done
  figures "$best" "$name" "$pair"
}

# contestant LIST: "name | backend | program" into $name and what measure() needs.
contestant() {
  IFS='|' read -r name backend program <<<"$1"
  name=$(sed -E 's/^ +| +$//g' <<<"$name") backend=${backend// /} program=${program// /}
}

# on BACKEND COMMAND...: with that backend of the library; "-" leaves the choice.
on() {
  [[ $1 == - ]] || local -x FAIRLEAD_BACKEND=$1
  shift
  "$@"
}

# compare QUESTION CASE MEASURE: every one of ${peers[@]} against ${ours[@]}. MEASURE is called with a program and
# prints its figures.
compare() {
  local measure=$3 peer our name backend program pair theirs
  question=$1 setting=$2
  printf '%s, %s: %d pairs with each peer\n' "$question" "$setting" "$pairs"
  for peer in "${peers[@]}"; do
    contestant "$peer"
    theirs=$name
    if [[ ! -x $bin/$program ]] && ! command -v "$program" >/dev/null; then
      [[ -n ${absent[$name]:-} ]] || printf 'left out: %s (%s is not here)\n' "$name" "$program"
      absent[$name]=1
      continue
    fi
    for ((pair = 1; pair <= pairs; ++pair)); do
      for our in "${ours[@]}"; do
        contestant "$our"
        one "$name" "$theirs/$series$pair" on "$backend" "$measure" "$program"
      done
      contestant "$peer"
      one "$name" "$theirs/$series$pair" on "$backend" "$measure" "$program" || break
    done
  done
}

# The two cores that the clients use, too: the first two that this process may run on.
mapfile -t cores < <(taskset -cp $$ | sed 's/.*: //' | tr ',' '\n' | awk -F- '{ for (i = $1; i <= ($2 == "" ? $1 : $2); ++i) print i }')
readonly first_core=${cores[0]} second_core=${cores[1]:-${cores[0]}}
