#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Usage: bench/support/fairlead_relay.sh FAIRLEAD TARGET_PORT
# The tool as a TCP relay. Prints its port.
exec bench/support/announced.sh "$1" relay tcp://127.0.0.1:0 "tcp://127.0.0.1:$2"
