# SPDX-License-Identifier: MIT
# For the scripts beside it: counts in `passed` and `failed`.
passed=0 failed=0

# attempt NAME COMMAND...: one way of using the package; its output, which goes to $log, is shown when it fails.
attempt() {
  local name=$1
  shift
  if "$@" >"$log" 2>&1; then
    passed=$((passed + 1))
    printf 'ok      %s\n' "$name"
  else
    failed=$((failed + 1))
    printf 'FAILED  %s\n' "$name"
    sed 's/^/    /' "$log" | tail -n 40
  fi
}
