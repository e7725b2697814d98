#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Usage: scripts/setup.sh GROUP...     (demo test lint verify coverage bench deb)
# Installs what the groups need and this machine lacks, from Debian's packages. When nothing is missing
# it says nothing and calls no package manager. It never asks; where it may not install, it names what
# is missing and exits with status 1.
set -euo pipefail

# group | package | how to tell that it is there without its package | what for
readonly table='
demo     | g++               | cmd g++             | to compile
demo     | make              | cmd make            | to build
demo     | cmake             | cmd cmake           | to build
demo     | pkg-config        | cmd pkg-config      | to find libraries
demo     | liburing-dev      | pc liburing         | for the io_uring backend
demo     | libc-ares-dev     | pc libcares         | to look names up
demo     | libssl-dev        | pc openssl          | for TLS
demo     | libcli11-dev      | pc CLI11            | for the flags of the tool
demo     | nlohmann-json3-dev| pc nlohmann_json    | to read and write JSON
test     | libgtest-dev      | pc gtest            | for the tests
test     | ninja-build       | cmd ninja           | to build faster
test     | python3           | cmd python3         | to talk with the tool in tests
test     | netcat-openbsd    | cmd nc              | to talk with the tool in tests
test     | ncat              | cmd ncat            | to talk with the tool in tests
test     | socat             | cmd socat           | to talk with the tool in tests
test     | iperf3            | cmd iperf3          | to talk with the tool in tests
test     | dnsmasq-base      | cmd dnsmasq         | to answer questions for names in tests
test     | openssl           | cmd openssl         | to speak TLS with us in tests
test     | curl              | cmd curl            | to speak TLS with us in tests
test     | microsocks        | cmd microsocks      | to be the SOCKS proxy of tests
test     | tinyproxy-bin     | cmd tinyproxy       | to be the HTTP proxy of tests
test     | haproxy           | cmd haproxy         | to speak the PROXY protocol in tests
test     | tshark            | cmd tshark          | to read what recordings are exported to
test     | man-db            | cmd man             | to read our man pages in tests
test     | mandoc            | cmd mandoc          | to check our man pages in tests
test     | zsh               | cmd zsh             | to complete our commands in tests
test     | fish              | cmd fish            | to complete our commands in tests
test     | iproute2          | cmd ip              | to make networks for tests
lint     | clang-format-19   | cmd clang-format-19 | to check the formatting
lint     | python3           | cmd python3         | to check who includes whom
verify   | clang-19          | cmd clang++-19      | to compile with a second compiler and sanitizers
verify   | libclang-rt-19-dev| none                | for the sanitizers and fuzzing
verify   | llvm-19           | cmd llvm-symbolizer-19 | for the names in the reports of sanitizers
verify   | valgrind          | cmd valgrind        | to count instructions
verify   | strace            | cmd strace          | to count system calls
coverage | gcovr             | cmd gcovr           | to count the lines that the tests reach
bench    | libasio-dev       | header asio.hpp     | to compare with Asio
bench    | libuv1-dev        | pc libuv            | to compare with libuv
bench    | valgrind          | cmd valgrind        | to count instructions
bench    | strace            | cmd strace          | to count system calls
bench    | iperf3            | cmd iperf3          | to compare bulk throughput and datagrams
bench    | sockperf          | cmd sockperf        | to compare round trips
bench    | socat             | cmd socat           | to compare echo and relay
bench    | haproxy           | cmd haproxy         | to compare relays
bench    | dnsmasq-base      | cmd dnsmasq         | to compare look-ups
bench    | openssl           | cmd openssl         | to make certificates
bench    | golang-go         | cmd go              | to compare with the net package of Go
bench    | gnuplot-nox       | cmd gnuplot         | to draw the plots
bench    | python3           | cmd python3         | to collect the results
deb      | debhelper         | cmd dh              | to make Debian packages
deb      | dpkg-dev          | cmd dpkg-buildpackage | to make Debian packages
deb      | lintian           | cmd lintian         | to check Debian packages
'

say() { printf '%s\n' "setup: $*"; }

present() {  # kind name
  case $1 in
    cmd) command -v "$2" >/dev/null ;;
    pc) command -v pkg-config >/dev/null && pkg-config --exists "$2" ;;
    header) [[ -e /usr/include/$2 || -e /usr/local/include/$2 ]] ;;
    *) false ;;
  esac
}

trim() { local text=$1; text=${text#"${text%%[![:space:]]*}"}; printf '%s' "${text%"${text##*[![:space:]]}"}"; }

(($# > 0)) || { say "usage: scripts/setup.sh GROUP... (demo test lint verify coverage bench deb)"; exit 2; }
for group in "$@"; do
  grep -q "^$group " <<<"$table" || { say "there is no group '$group': use demo, test, lint, verify, coverage, bench or deb"; exit 2; }
done

packages=() probes=() reasons=()
while IFS='|' read -r group package probe reason; do
  group=$(trim "$group")
  [[ -n $group && " $* " == *" $group "* ]] || continue
  packages+=("$(trim "$package")") probes+=("$(trim "$probe")") reasons+=("$(trim "$reason")")
done <<<"$table"

# One question to the package database for all of them; elsewhere only the probes answer.
installed=''
if command -v dpkg-query >/dev/null; then
  installed=$(dpkg-query -W -f '${Package} ${db:Status-Status}\n' "${packages[@]}" 2>/dev/null || true)
fi

missing=() listing=''
for i in "${!packages[@]}"; do
  package=${packages[i]}
  grep -qxF "$package installed" <<<"$installed" && continue
  # shellcheck disable=SC2086  # a probe is two words
  [[ ${probes[i]} != none ]] && present ${probes[i]} && continue
  # Only Debian splits the runtime of clang off: elsewhere there is no way to tell, so trust clang.
  [[ ${probes[i]} == none ]] && ! command -v dpkg-query >/dev/null && continue
  missing+=("$package")
  listing+="${listing:+, }$package (${reasons[i]})"
done
((${#missing[@]} > 0)) || exit 0

if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
  say "this is not a Debian system, so please install what is missing by hand (Debian's names): $listing"
  exit 1
fi
as_root=()
if [[ $(id -u) != 0 ]]; then
  if command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
    as_root=(sudo -n)
  else
    say "missing: $listing; installing needs root, so please run: sudo apt-get install ${missing[*]}"
    exit 1
  fi
fi

say "installing from Debian's packages: $listing"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
apt() {
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get -y -q -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 "$@" >>"$log" 2>&1 </dev/null
}
# An update that fails (one mirror down, say) is no verdict yet: the install tells.
apt update || true
if ! apt install --no-install-recommends "${missing[@]}"; then
  tail -n 20 "$log"
  say "apt-get could not install ${missing[*]}; its last words are above"
  exit 1
fi
