#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Takes the percentiles of round trips out of what a tool prints: bench/support/percentiles_of.py fairlead|sockperf

Reads standard input; lines "metric unit better value" pass as they are.
"""
import json
import re
import sys

WANTED = {"p50": "50.000", "p99": "99.000", "p99.9": "99.900"}


def main(tool):
    text = sys.stdin.read()
    print(*re.findall(r"^disturbed .*$", text, re.MULTILINE), sep="\n")
    for name, rank in WANTED.items():
        if tool == "fairlead":
            result = json.loads(next(line for line in text.split("\n") if '"type":"result"' in line))
            found = result["latency_ns"][name] / 1000
        else:
            found = float(re.search(rf"percentile {re.escape(rank)} = +([0-9.]+)", text).group(1))
        print(f"{name} µs less {found:.2f}")


if __name__ == "__main__":
    main(sys.argv[1])
