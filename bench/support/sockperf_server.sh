#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Usage: bench/support/sockperf_server.sh [--tcp]
# Runs sockperf's server at a free port and prints that, once it listens: it cannot choose one itself.
port=$(bench/support/free_port.py)
exec sockperf server -i 127.0.0.1 -p "$port" "$@" > >(exec sed -unE 's/.*PORT = +([0-9]+).*/\1/p')
