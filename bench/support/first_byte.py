#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Usage: first_byte.py RUNS PROGRAM [ARGUMENT...]     (PORT in an argument is the port)
Starts PROGRAM again and again, connects it to a server that says one byte and ends, and tells how long that took, from
before its start until after its end; the same of a program that does nothing is in it.
"""
import socket
import statistics
import subprocess
import sys
import threading
import time

listener = socket.create_server(("127.0.0.1", 0))
port = str(listener.getsockname()[1])


def serve():
    while True:
        client, _ = listener.accept()
        client.sendall(b"x")
        client.shutdown(socket.SHUT_WR)
        while client.recv(100):
            pass
        client.close()


threading.Thread(target=serve, daemon=True).start()
command = [word.replace("PORT", port) for word in sys.argv[2:]]
took = []
for _ in range(int(sys.argv[1])):
    begin = time.perf_counter()
    said = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=True)
    took.append(time.perf_counter() - begin)
    assert said.stdout == b"x", said.stdout
print(f"p50 µs less {statistics.median(took) * 1e6:.0f}")
