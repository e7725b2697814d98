#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Usage: bench/support/socat_relay.sh TARGET_PORT
# socat as a TCP relay, with blocks of 256 KiB instead of 8: that is what makes it fast. Prints its port.
exec bench/support/announced.sh socat -d -d -b 262144 TCP4-LISTEN:0,bind=127.0.0.1,fork,nodelay "TCP4:127.0.0.1:$1,nodelay"
