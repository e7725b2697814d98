#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Prints a TCP port of loopback that nobody uses, for tools that cannot choose one themselves."""
import socket

with socket.socket() as s:
    s.bind(("127.0.0.1", 0))
    print(s.getsockname()[1])
