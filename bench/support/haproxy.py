#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs haproxy as a TCP relay on one thread. Usage: bench/support/haproxy.py splice|copy TARGET_PORT

Prints the port it listens on. haproxy cannot choose one, so it gets a socket that is bound, and takes the place of
this script. Its buffers are as large as those of our relay, since the default of 16 KiB would cost it dearly.
"""
import os
import socket
import sys
import tempfile

CONFIGURATION = """
global
    nbthread 1
    maxconn 1000
    tune.bufsize 262144
    {pipes}
defaults
    mode tcp
    timeout connect 5s
    timeout client 60s
    timeout server 60s
    {splice}
frontend in
    bind fd@{fd}
    default_backend out
backend out
    server target 127.0.0.1:{target}
"""


def main(how, target):
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.set_inheritable(True)
    splice = how == "splice"
    text = CONFIGURATION.format(fd=listener.fileno(), target=int(target),
                                pipes="tune.pipesize 1048576" if splice else "nosplice",
                                splice="option splice-request\n    option splice-response" if splice else "")
    file = tempfile.TemporaryFile("w")
    file.write(text)
    file.flush()
    os.set_inheritable(file.fileno(), True)
    # A connection that comes before haproxy has read all that waits in the queue.
    listener.listen(16)
    print(listener.getsockname()[1], flush=True)
    os.execvp("haproxy", ["haproxy", "-db", "-q", "-f", f"/proc/self/fd/{file.fileno()}"])


if __name__ == "__main__":
    if len(sys.argv) != 3 or sys.argv[1] not in ("splice", "copy"):
        sys.exit(__doc__)
    main(*sys.argv[1:])
