#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Usage: bench/support/announced.sh COMMAND...
# Runs a tool that says on standard error "listening" and an address that ends with its port, and prints that port, as
# the servers in bench/ do. The tool takes the place of this script.
exec "$@" 2> >(exec sed -unE 's/.*listening.*:([0-9]+)$/\1/p')
