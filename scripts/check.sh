#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Usage: scripts/check.sh [SUITE]...
# The quick loop while writing code: what changed is built, the suites run, and the cheap rules hold.
set -uo pipefail
cd "$(dirname "$0")/.." || exit

scripts/setup.sh demo test lint && scripts/build.sh release || exit
status=0
scripts/check-layering.py || status=1
scripts/check-format.sh || status=1
JOBS=${JOBS:-$(nproc)} scripts/run-tests.sh build/release "$@" || status=1
exit $status
