#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Usage: test/package/run.sh BUILD_DIR
# Installs a build into a new directory, moves that, and builds and runs the same small program against it
# in every way that a user may choose. Ends with "N passed, N failed".
set -uo pipefail
build=$(cd "${1:?usage: test/package/run.sh BUILD_DIR}" && pwd) || exit 2
source_dir=$(cd "$(dirname "$0")/../.." && pwd)
consumer=$source_dir/test/package/consumer
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
log=$scratch/log
. "$(dirname "$0")/attempts.sh"

layout() {
  cmake --install "$build" --prefix "$scratch/first" && mv "$scratch/first" "$scratch/prefix" || return
  local library_dir
  library_dir=$(dirname "$(find "$scratch/prefix" -name fairlead.pc)")
  test -e "$scratch/prefix/include/fairlead/version.hpp" && test -e "$library_dir/../libfairlead.so.0.1" &&
    test -e "$library_dir/../libfairlead.a" && find "$scratch/prefix" -name LICENSE | grep -q .
}
# Everything else that the shared library defines is its own business.
symbols() {
  local exported foreign
  exported=$(nm -D --defined-only --demangle "$(find "$scratch/prefix" -name 'libfairlead.so.*.*.*')") &&
    grep -q 'fairlead::' <<<"$exported" || return
  # Weak ones are what the standard library's templates leave behind.
  foreign=$(grep -vE ' ([WVu] |[A-Z] (.* for |non-virtual thunk to )?fairlead::)' <<<"$exported")
  [[ -z $foreign ]] || { printf 'exported, and not of namespace fairlead:\n%s\n' "$foreign"; return 1; }
}
with_cmake() {
  cmake -S "$consumer" -B "$scratch/cmake-$1" "-DCMAKE_PREFIX_PATH=$scratch/prefix" "-DFAIRLEAD_TARGET=$1" -DCMAKE_BUILD_TYPE=Debug &&
    cmake --build "$scratch/cmake-$1" && "$scratch/cmake-$1/consumer"
}
paper() {
  local share=$scratch/prefix/share page
  for page in $("$scratch/prefix/bin/fairlead" manual --list); do
    grep -q '^\.SH NAME$' "$share/man/man1/$page.1" || return
  done
  grep -q 'complete -F _fairlead fairlead' "$share/bash-completion/completions/fairlead" &&
    grep -q '^#compdef fairlead$' "$share/zsh/site-functions/_fairlead" &&
    grep -q '^complete -c fairlead ' "$share/fish/vendor_completions.d/fairlead.fish"
}
as_subproject() {
  mkdir "$scratch/sub" && cp "$consumer/main.cpp" "$scratch/sub" && cat >"$scratch/sub/CMakeLists.txt" <<END
cmake_minimum_required(VERSION 3.25)
project(sub LANGUAGES CXX)
add_subdirectory($source_dir fairlead EXCLUDE_FROM_ALL)
add_executable(consumer main.cpp)
target_link_libraries(consumer PRIVATE fairlead::static)
END
  cmake -S "$scratch/sub" -B "$scratch/sub/build"  # Building the library once more would take long.
}
# with_pkg_config NAME MODULE PKG_CONFIG_FLAG COMPILER_FLAG
with_pkg_config() {
  local name=$1 module=$2 program=$scratch/pc-$1
  export PKG_CONFIG_PATH
  PKG_CONFIG_PATH=$(dirname "$(find "$scratch/prefix" -name fairlead.pc)")
  # shellcheck disable=SC2046,SC2086  # flags are words
  g++ -std=c++23 -O0 ${4:-} $(pkg-config ${3:-} --cflags "$module") "$consumer/main.cpp" -o "$program" \
    $(pkg-config ${3:-} --libs "$module") &&
    LD_LIBRARY_PATH=${PKG_CONFIG_PATH%/pkgconfig} "$program"
}

attempt "the installed tree has its parts and can be moved" layout
((failed == 0)) || { printf '%d passed, %d failed\n' "$passed" "$failed"; exit 1; }  # the rest needs the tree
attempt "the shared library exports namespace fairlead only" symbols
attempt "find_package, fairlead::fairlead" with_cmake fairlead
attempt "find_package, fairlead::static" with_cmake static
attempt "add_subdirectory" as_subproject
attempt "pkg-config, shared" with_pkg_config shared fairlead
attempt "pkg-config, the library inside the program" with_pkg_config inside fairlead-static
attempt "pkg-config --static, a program without shared libraries" with_pkg_config static fairlead --static -static
if [[ -x $build/bin/fairlead ]]; then
  attempt "the installed tool runs" "$scratch/prefix/bin/fairlead" --version
  attempt "man pages and completions lie where man and the shells look" paper
fi
printf '%d passed, %d failed\n' "$passed" "$failed"
((failed == 0))
