#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Usage: scripts/deb.sh
# Makes the Debian packages into build/deb, and has lintian judge them: errors and warnings fail. They are built in
# a copy, because debhelper writes into the tree. The version comes from version.hpp, the changes from CHANGELOG.md.
#   JOBS=N                   compilers at a time
#   DEBFULLNAME=, DEBEMAIL=  who makes them, if not the maintainers
set -euo pipefail
cd "$(dirname "$0")/.."

readonly into=build/deb log=build/deb/build.log
tree=$(pwd)/$into/tree
mkdir -p "$into"
rm -rf "$tree" "$into"/*.deb "$into"/*.buildinfo "$into"/*.changes
mkdir "$tree"
tar -c --exclude=./build --exclude=./.git . | tar -x -C "$tree"

number() { sed -nE "s/^#define FAIRLEAD_VERSION_$1 ([0-9]+)$/\1/p" include/fairlead/version.hpp; }
version=$(number MAJOR).$(number MINOR).$(number PATCH)
maintainer=$(sed -n 's/^Maintainer: //p' debian/control)
[[ -z ${DEBEMAIL:-} ]] || maintainer="${DEBFULLNAME:-$DEBEMAIL} <$DEBEMAIL>"
# The day of the last change, so that the same source makes the same packages.
day=$(git log -1 --format=%ct 2>/dev/null || stat -c %Y CHANGELOG.md)

# The section of this version in CHANGELOG.md: "### Added" and its items, with their lines joined.
changes() {
  awk -v version="$version" '
    /^## / { ours = ($2 == version); next }
    !ours { next }
    /^- / { if (item) print item; item = "  * " substr($0, 3); next }
    /^  [^ ]/ && item { item = item " " substr($0, 3); next }
    { if (item) print item; item = "" }
    END { if (item) print item }' CHANGELOG.md | tr -d '`' | fold -s -w 76 | sed -E '/^  \* /!s/^/    /; s/ +$//'
}
{
  printf 'fairlead (%s) unstable; urgency=medium\n\n%s\n\n -- %s  %s\n' "$version" "$(changes)" "$maintainer" \
    "$(LC_ALL=C date -u -R -d "@$day")"
} >"$tree/debian/changelog"

started=$SECONDS
if ! (cd "$tree" && DEB_BUILD_OPTIONS="parallel=${JOBS:-$(nproc)} noautodbgsym ${DEB_BUILD_OPTIONS:-}" \
        dpkg-buildpackage -us -uc -b) >"$log" 2>&1 </dev/null; then
  tail -n 60 "$log"
  printf 'deb: the build failed; the whole log is %s\n' "$log"
  exit 1
fi
# A superuser is what it is in many containers, and lintian would say so each time.
if ! lintian --allow-root --fail-on error,warning "$into"/*.changes >"$into/lintian.log" 2>&1; then
  cat "$into/lintian.log"
  printf 'deb: lintian does not accept the packages\n'
  exit 1
fi
cat "$into/lintian.log"
rm -rf "$tree"
printf 'built in %d s:\n' $((SECONDS - started))
ls -1 "$into"/*.deb
