#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes tables, JSON and the plots' data of what the scripts of bench/ measured.

  report.py table RESULTS [QUESTION]...       the comparison, for a terminal
  report.py markdown RESULTS [QUESTION]...    the same for a document
  report.py json RESULTS                      everything, with each pair's values
  report.py curve RESULTS QUESTION METRIC [SCALE]     numbers for gnuplot: a block for each contestant
  report.py bars RESULTS QUESTION CASE METRIC...      numbers for gnuplot: a row for each contestant

RESULTS has a line for each figure: question, case, metric, unit, better, contestant, pair, value. A pair is
"PEER/NUMBER"; the contestants whose names begin with "fairlead" are ours. The ratio is that of the medians, and
its spread the smallest and the largest ratio within a pair. Pairs that were disturbed are left out where two others
remain.
"""
import json
import os
import platform
import re
import subprocess
import sys
from collections import defaultdict
from statistics import median


class Figures:
    def __init__(self, path):
        self.values = defaultdict(list)  # (question, case, metric, contestant) -> values
        self.pairs = defaultdict(dict)  # (question, case, metric, peer, number) -> contestant -> value
        self.units, self.better = {}, {}
        self.metrics, self.contestants = [], []  # in the order in which they came
        with open(path, encoding="utf-8") as file:
            for line in file:
                question, case, metric, unit, better, who, pair, value = line.rstrip("\n").split("\t")
                key = (question, case, metric)
                self.units[key], self.better[key] = unit, better
                if key not in self.metrics:
                    self.metrics.append(key)
                if who not in self.contestants:
                    self.contestants.append(who)
                peer, number = pair.rsplit("/", 1)
                self.values[key + (who,)].append((float(value), peer, number))
                self.pairs[key + (peer, number)][who] = float(value)
        # Ours first, then those without a library; the same in every table.
        self.contestants.sort(key=lambda who: (not is_ours(who), " in C" not in who, who))

    def median(self, key, who):
        values = self.values.get(key + (who,))
        if not values:
            return None
        calm = [v for v, peer, number in values if not self.disturbed(key, peer, number, who)]
        return median(calm if len(calm) >= 2 else [v for v, _, _ in values])

    def disturbed(self, key, peer, number, *contestants):
        """Whether others had the cores for more than a tenth of the time while one of these was measured."""
        shares = self.pairs.get((*key[:2], "disturbed", peer, number), {})
        return any(shares.get(who, 0) > 0.1 for who in contestants)

    def ratio(self, key, our, peer):
        """Medians of both, their ratio, and the smallest and largest ratio within a pair; None without pairs."""
        pairs = {k[4]: (p[our], p[peer]) for k, p in self.pairs.items()
                 if k[:3] == key and k[3] == peer and our in p and peer in p and p[peer] > 0}
        if not pairs:
            return None
        calm = [values for n, values in pairs.items() if not self.disturbed(key, peer, n, our, peer)]
        found = calm if len(calm) >= 2 else list(pairs.values())
        ratios = [a / b for a, b in found]
        ours, theirs = median(a for a, _ in found), median(b for _, b in found)
        return {"ours": ours, "theirs": theirs, "ratio": ours / theirs, "min": min(ratios), "max": max(ratios),
                "pairs": len(found), "timed": (*key[:2], "disturbed") in self.units}


def is_ours(who):
    return who.startswith("fairlead")


def number(value):
    if value is None:
        return "-"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def verdict(ratio, better):
    """We are ahead or behind where no pair says otherwise; of a time, one pair alone says nothing."""
    if ratio["timed"] and ratio["pairs"] == 1:
        return ""
    if ratio["min"] <= 1 <= ratio["max"]:
        return "even"
    return "ahead" if (ratio["ratio"] > 1) == (better == "more") else "behind"


def blocks(figures, *questions):
    """For each metric a heading and lines: the peer, its median, and for each of ours the ratio to it."""
    for key in figures.metrics:
        question, case, metric = key
        if figures.better[key] == "-" or (questions and question not in questions):
            continue
        names = [who for who in figures.contestants if figures.median(key, who) is not None]
        ours = [who for who in names if is_ours(who)]
        lines = []
        for peer in [who for who in names if not is_ours(who)]:
            cells = [cell(figures.ratio(key, our, peer), figures.better[key]) for our in ours]
            if any(cells):
                lines.append([peer, number(figures.median(key, peer)), *cells])
        if lines:
            heading = f"{question}, {case}: {metric} in {figures.units[key]}, {figures.better[key]} is better"
            yield heading, [["", "", *(f"{who}: {number(figures.median(key, who))}" for who in ours)], *lines]


def cell(ratio, better):
    if ratio is None:
        return ""
    spread = f" ({ratio['min']:.2f} to {ratio['max']:.2f})" if ratio["min"] != ratio["max"] else ""
    return f"{ratio['ratio']:.2f}{spread} {verdict(ratio, better)}".rstrip()


def table(figures, *questions):
    for heading, lines in blocks(figures, *questions):
        print(heading)
        widths = [max(len(cell) for cell in column) for column in zip(*lines)]
        for peer, value, *cells in lines:
            print(f"  {peer:{max(widths[0], 28)}}  {value:>{widths[1]}}  "
                  + "  ".join(f"{c:{w}}" for c, w in zip(cells, widths[2:])).rstrip())
    print(disturbance(figures))


def disturbance(figures):
    """Whether rates and latencies mean much: the processor times of a busy machine are still good."""
    shares = [v for key, values in figures.values.items() if key[2] == "disturbed" for v, _, _ in values]
    if not shares:
        return "how busy the machine was with other things is not known"
    return (f"of {len(shares)} measurements, {sum(v > 0.1 for v in shares)} were disturbed: other programs had the cores "
            f"for more than a tenth of the time (median share {median(shares):.2f})")


def markdown(figures, *questions):
    for heading, lines in blocks(figures, *questions):
        print(f"**{heading}**\n")
        for at, line in enumerate(lines):
            print("| " + " | ".join(line) + " |")
            if at == 0:
                print("|---|" + "---|" * (len(line) - 1))
        print()
    print(disturbance(figures))


def first(text, pattern):
    found = re.search(pattern, text)
    return found.group(1) if found else None


def said_by(*command):
    try:
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout
    except OSError:
        return ""


def machine():
    """Of what kind it is; not which one."""
    cpus = open("/proc/cpuinfo", encoding="utf-8").read()
    return {"processor": first(cpus, r"model name\s*: (.*)"), "cores": os.cpu_count(),
            "virtual": " hypervisor" in cpus, "kernel": first(platform.release(), r"([0-9.]+)"),
            "compiler": said_by("g++", "--version").split("\n")[0], "go": first(said_by("go", "version"), r"go([0-9.]+)"),
            "asio, libuv, liburing": said_by("dpkg-query", "-W", "-f", "${Version} ", "libasio-dev", "libuv1-dev",
                                             "liburing-dev").split()}


def as_json(figures):
    out = []
    for key in figures.metrics:
        names = [who for who in figures.contestants if figures.median(key, who) is not None]
        comparisons = []
        for peer in names:
            for our in names:
                ratio = None if is_ours(peer) or not is_ours(our) else figures.ratio(key, our, peer)
                if ratio:
                    comparisons.append({"contestant": our, "peer": peer, **ratio})
        out.append({"question": key[0], "case": key[1], "metric": key[2], "unit": figures.units[key],
                    "better": figures.better[key],
                    "contestants": {who: {"median": figures.median(key, who), "values": [v for v, _, _ in figures.values[key + (who,)]]}
                                    for who in names},
                    "comparisons": comparisons})
    json.dump({"machine": machine(), "results": out}, sys.stdout, ensure_ascii=False, indent=1)
    print()


def comparable(figures, key, who):
    """The median of one of ours, and of what is no better or worse. Of a peer, what its ratio to the first of ours
    makes of that one's median: peers are measured at different times, when the machine may have been slower or faster."""
    first_of_ours = next((our for our in figures.contestants if figures.median(key, our) is not None), None)
    if is_ours(who) or first_of_ours is None or figures.better[key] == "-":
        return figures.median(key, who)
    ratio = figures.ratio(key, first_of_ours, who)
    return figures.median(key, first_of_ours) / ratio["ratio"] if ratio else None


def curve(figures, question, metric, scale="1"):
    for who in figures.contestants:
        points = [(int(key[1]), comparable(figures, key, who)) for key in figures.metrics
                  if key[0] == question and key[2] == metric and key[1].isdigit()]
        points = sorted((x, y) for x, y in points if y is not None)
        if points:
            print(f'"{who}"')
            for x, y in points:
                print(x, y / float(scale))
            print("\n")


def bars(figures, question, case, *metrics):
    for who in figures.contestants:
        found = [comparable(figures, (question, case, metric), who) for metric in metrics]
        if None not in found:
            print(f'"{who}"', *found)


COMMANDS = {"table": table, "markdown": markdown, "json": as_json, "curve": curve, "bars": bars}


def main(arguments):
    if len(arguments) < 2 or arguments[0] not in COMMANDS:
        sys.exit(__doc__)
    COMMANDS[arguments[0]](Figures(arguments[1]), *arguments[2:])


if __name__ == "__main__":
    main(sys.argv[1:])
