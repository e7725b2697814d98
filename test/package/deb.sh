#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Usage: test/package/deb.sh DIR
# Unpacks the Debian packages in DIR into a root of their own and uses what they hold from there. Ends with
# "N passed, N failed".
set -uo pipefail
debs=$(cd "${1:?usage: test/package/deb.sh DIR}" && pwd) || exit 2
consumer=$(cd "$(dirname "$0")" && pwd)/consumer
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
log=$root/log
. "$(dirname "$0")/attempts.sh"

unpack() {
  local deb count=0
  for deb in "$debs"/*.deb; do
    dpkg-deb -x "$deb" "$root" && count=$((count + 1)) || return
  done
  ((count == 3))
}
tool() {
  local version
  version=$(dpkg-deb -f "$(echo "$debs"/fairlead_*.deb)" Version) &&
    [[ $("$root/usr/bin/fairlead" --version) == "fairlead $version" ]]
}
# As a reader calls it, who knows the name only; groff says nothing.
pages() {
  local page words
  for page in $("$root/usr/bin/fairlead" manual --list); do
    words=$(MANWIDTH=80 man --warnings -M "$root/usr/share/man" "$page" 2>&1)
    if ! grep -q '^SYNOPSIS' <<<"$words" || grep -q 'warning' <<<"$words"; then
      printf '%s\n%s\n' "$page" "$words"
      return 1
    fi
  done
}
completions() {
  bash -uc "source '$root/usr/share/bash-completion/completions/fairlead' && complete -p fairlead" &&
    [[ -s $root/usr/share/zsh/vendor-completions/_fairlead && -s $root/usr/share/fish/vendor_completions.d/fairlead.fish ]]
}
library() {  # MODULE
  local directory
  directory=$(dirname "$(find "$root/usr" -name fairlead.pc)")
  export PKG_CONFIG_PATH=$directory
  # shellcheck disable=SC2046  # flags are words
  g++ -std=c++23 -O0 $(pkg-config --cflags "$1") "$consumer/main.cpp" -o "$root/$1" $(pkg-config --libs "$1") &&
    LD_LIBRARY_PATH=${directory%/pkgconfig} "$root/$1"
}
# Who installs the tool gets what it needs, and nothing that only builds need.
dependencies() {
  local needs
  needs=$(dpkg-deb -f "$(echo "$debs"/fairlead_*.deb)" Depends) && printf '%s\n' "$needs" &&
    [[ $needs == *libssl3* && $needs != *-dev* ]]
}

attempt "the packages can be unpacked" unpack
attempt "the tool runs, and is of the package's version" tool
attempt "man finds and shows each page" pages
attempt "completions lie where Debian's shells look" completions
attempt "the tool depends on what it needs" dependencies
attempt "a program builds and runs with the shared library" library fairlead
attempt "a program builds and runs with the static library" library fairlead-static
printf '%d passed, %d failed\n' "$passed" "$failed"
((failed == 0))
