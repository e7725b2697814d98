#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Usage: bench/tasks.sh BUILD_DIR     (QUICK=1: fewer pairs)
# What does a task cost? Nanoseconds of processor time to spawn one and have it finish, to switch between two, and to call one and
# await it, beside coroutines without a library, Asio's and goroutines. On one core.
set -uo pipefail
cd "$(dirname "$0")/.." || exit
source bench/support/pairs.sh

ours=('fairlead, epoll          | epoll    | bench-tasks'
      'fairlead, io_uring       | io_uring | bench-tasks')
peers=('coroutine, no library   | -        | bench-peer-plain_tasks'
       'Asio, coroutines        | -        | bench-peer-asio_tasks'
       'Go                      | -        | bench-peer-go_tasks')
tasks() { taskset -c "$first_core" timeout 60 "$bin/$1"; }
compare tasks 'one core' tasks
finish
