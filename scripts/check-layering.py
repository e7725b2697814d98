#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checks who includes whom. Usage: scripts/check-layering.py [--self-test] [ROOT]

The tables below are the whole rule. A module may include itself and everything that MAY_INCLUDE reaches
from it; a new module is one line there, a new public header one word in PUBLIC. A file that no table
knows is an error, so that nobody can forget.
"""
import os
import re
import sys
import tempfile

# Each module, and the modules that it stands on.
MAY_INCLUDE = {
    "error": [],
    "address": ["error"],
    "sys": ["address"],
    "loop": ["sys"],
    "net": ["loop"],
    "stream": ["loop"],
    "buffered": ["stream"],
    "dial": ["net", "stream"],
    "tls": ["stream"],
    "proxy": ["stream"],
    "client": ["dial", "tls", "proxy"],
    "server": ["net", "stream"],
    "umbrella": ["client", "server", "buffered"],
}

# The public headers of each module: include/fairlead/NAME.hpp.
PUBLIC = {
    "error": "error export version clock",
    "address": "address ip_address ip_network url buffer datagram_batch",
    "loop": "loan action limits operation promise yield loop task or_return scope timer signal condition splice",
    "net": "account socket tcp udp unix options descriptor process terminal",
    "stream": "stream any_stream copy prefixed",
    "buffered": "buffered",
    "dial": "resolve dial",
    "tls": "tls tls_engine tls_link tls_stream certificate sha256",
    "proxy": "proxy",
    "client": "client",
    "server": "server",
    "umbrella": "fairlead",
}

# src/DIRECTORY/ belongs to the module of that name, and these files to another one.
ELSEWHERE = {"src/stream/buffered": "buffered"}

# What is not standard C++ may be included here only; "*" stands for every operating system header.
SYSTEM = {
    "src/sys": ["*"],
    "src/loop": ["liburing.h", "sys/epoll.h", "csignal", "linux/io_uring.h", "linux/time_types.h"],
    "src/dial": ["ares.h", "netdb.h"],
    "src/tls": ["openssl/*"],
    "tool/files": ["*"],
    "tool": ["CLI/*", "nlohmann/*"],
}
# These have one home, the operating system's other headers notwithstanding.
LOOP_ONLY = {"liburing.h", "sys/epoll.h"}
# Standard C++ by name, the operating system's business by nature.
SYSTEM_BY_NATURE = {"csignal"}

# Standard headers that would make the public ones dear.
DEAR = set("algorithm format functional fstream future iostream map memory mutex random ranges regex set "
           "sstream thread unordered_map unordered_set".split())

# Programs: they see what every user of the library sees.
PROGRAMS = ["tool", "examples", "bench"]
# Programs on other people's libraries, to measure beside ours: no rule of this house is theirs.
STRANGERS = ["bench/peers", "bench/clients"]

STANDARD = set("""
    algorithm any array atomic barrier bit bitset charconv chrono codecvt compare complex concepts
    condition_variable coroutine deque exception execution expected filesystem format forward_list fstream
    functional future initializer_list iomanip ios iosfwd iostream istream iterator latch limits list locale
    map memory memory_resource mutex new numbers numeric optional ostream queue random ranges ratio regex
    scoped_allocator semaphore set shared_mutex source_location span spanstream sstream stack stacktrace
    stdexcept stdfloat stop_token streambuf string string_view strstream syncstream system_error thread tuple
    type_traits typeindex typeinfo unordered_map unordered_set utility valarray variant vector version
    cassert cctype cerrno cfenv cfloat cinttypes climits clocale cmath csetjmp csignal cstdarg cstddef
    cstdint cstdio cstdlib cstring ctime cuchar cwchar cwctype
""".split())

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
HEADER_OF = {name: module for module, names in PUBLIC.items() for name in names.split()}


def reachable(module, seen=()):
    """The module and everything below it. Stops at a cycle in the table itself."""
    if module in seen:
        sys.exit("layering: the table of modules has a cycle: " + " -> ".join([*seen, module]))
    result = {module}
    for below in MAY_INCLUDE[module]:
        result |= reachable(below, (*seen, module))
    return result


ALLOWED = {module: reachable(module) for module in MAY_INCLUDE}


def module_of(path):
    """The module of a file below include/ or src/, or None."""
    parts = path.split("/")
    if path.startswith("include/fairlead/") and len(parts) == 3:
        return HEADER_OF.get(os.path.splitext(parts[2])[0])
    if parts[0] == "src" and len(parts) > 2:
        stem = os.path.splitext(path)[0]
        return ELSEWHERE.get(stem, parts[1] if parts[1] in MAY_INCLUDE else None)
    return None


def may_use_system(path, header):
    home = next((place for place in SYSTEM if path.startswith(place + "/")), None)
    names = SYSTEM.get(home, [])
    if header in names or any(name.endswith("/*") and header.startswith(name[:-1]) for name in names):
        return True
    return "*" in names and header not in LOOP_ONLY and (header.endswith(".h") or header in STANDARD)


def resolve(root, path, header):
    """The project's file that a quoted include means, or None."""
    bases = [os.path.dirname(path), "src"] if path.startswith("src/") else [os.path.dirname(path), path.split("/")[0]]
    for base in bases:
        candidate = os.path.normpath(os.path.join(base, header))
        if os.path.exists(os.path.join(root, candidate)):
            return candidate
    return None


def complaint(root, path, quote, header):
    """What is wrong with one include, or None."""
    public = path.startswith("include/")
    program = path.split("/")[0] in PROGRAMS
    if header.startswith("fairlead/"):
        target = "include/" + header
        theirs = module_of(target)
        if theirs is None:
            return f"includes <{header}>, which no module claims: add it to PUBLIC in scripts/check-layering.py"
        if not program and theirs not in ALLOWED[module_of(path)]:
            return f"is {module_of(path)} and includes <{header}>, which is {theirs}: nothing points back"
        return None
    if quote == '"':
        target = resolve(root, path, header)
        if target is None:
            return f'includes "{header}", which is not a file of the project'
        if public:
            return f'is public and includes "{header}": only standard and <fairlead/…> headers'
        if program:
            return None if target.startswith(path.split("/")[0] + "/") else f'includes "{header}": programs use <fairlead/…> only'
        theirs = module_of(target)
        if theirs is None:
            return f'includes "{header}", which no module claims'
        if theirs not in ALLOWED[module_of(path)]:
            return f'is {module_of(path)} and includes "{header}", which is {theirs}: nothing points back'
        return None
    if header in STANDARD and header not in SYSTEM_BY_NATURE:
        if public and header in DEAR:
            return f"is public and includes <{header}>, which costs every user too much"
        return None
    if public:
        return f"is public and includes <{header}>: only standard and <fairlead/…> headers"
    if not may_use_system(path, header):
        homes = ", ".join(place for place in SYSTEM if may_use_system(place + "/x", header)) or "no directory"
        return f"includes <{header}>, which belongs in {homes}"
    return None


def check(root):
    """All complaints, as "file:line: sentence", and the number of files read."""
    complaints, files = [], 0
    for top in ["include", "src", *PROGRAMS]:
        for directory, _, names in sorted(os.walk(os.path.join(root, top))):
            if os.path.relpath(directory, root) in STRANGERS:
                continue
            for name in sorted(names):
                if not name.endswith((".hpp", ".cpp", ".h", ".ipp")):
                    continue
                path = os.path.relpath(os.path.join(directory, name), root)
                files += 1
                if top in ("include", "src") and module_of(path) is None:
                    complaints.append(f"{path}:1: belongs to no module: add it to the tables in scripts/check-layering.py")
                    continue
                with open(os.path.join(root, path), encoding="utf-8") as source:
                    for number, line in enumerate(source, 1):
                        found = INCLUDE.match(line)
                        if found and (said := complaint(root, path, *found.groups())):
                            complaints.append(f"{path}:{number}: {said}")
    return complaints, files


# A small tree with every kind of mistake: file, content, what must be said (None: nothing).
PLANTED = [
    ("include/fairlead/error.hpp", "#include <expected>\n", None),
    ("include/fairlead/address.hpp", "#include <fairlead/error.hpp>\n", None),
    ("include/fairlead/tcp.hpp", "#include <fairlead/loop.hpp>\n", None),
    ("include/fairlead/loop.hpp", "#include <fairlead/tcp.hpp>\n", "nothing points back"),
    ("include/fairlead/udp.hpp", "#include <sys/socket.h>\n", "is public and includes <sys/socket.h>"),
    ("include/fairlead/unix.hpp", "#include <functional>\n", "costs every user too much"),
    ("include/fairlead/surprise.hpp", "", "belongs to no module"),
    ("src/sys/socket.hpp", "#include <sys/socket.h>\n#include <unistd.h>\n", None),
    ("src/sys/poll.cpp", "#include <sys/epoll.h>\n", "belongs in src/loop"),
    ("src/sys/back.cpp", '#include "loop/backend.hpp"\n', "nothing points back"),
    ("src/loop/backend.hpp", '#include <liburing.h>\n#include "sys/socket.hpp"\n', None),
    ("src/sys/signal.cpp", "#include <csignal>\n", None),
    ("src/loop/signal.cpp", "#include <csignal>\n", None),
    ("src/net/tcp.cpp", "  #  include <netinet/in.h>\n", "belongs in src/sys"),
    ("src/net/signal.cpp", "#include <csignal>\n", "belongs in src/sys, src/loop"),
    ("src/net/lost.cpp", '#include "net/nowhere.hpp"\n', "not a file of the project"),
    ("src/stream/stream.cpp", "#include <fairlead/buffered.hpp>\n", "nothing points back"),
    ("src/stream/buffered.cpp", "#include <fairlead/stream.hpp>\n", None),
    ("src/tls/tls.cpp", "#include <fairlead/tcp.hpp>\n", "is tls and includes <fairlead/tcp.hpp>"),
    ("src/mystery/a.cpp", "", "belongs to no module"),
    ("tool/main.cpp", '#include <CLI/CLI.hpp>\n#include <fairlead/fairlead.hpp>\n#include "console.hpp"\n', None),
    ("tool/console.hpp", "#include <unistd.h>\n", "belongs in src/sys"),
    ("tool/files/file.cpp", "#include <sys/stat.h>\n", None),
    ("examples/echo.cpp", '#include "../src/sys/socket.hpp"\n', "programs use <fairlead/…> only"),
    ("bench/echo.cpp", "#include <CLI/CLI.hpp>\n", "belongs in tool"),
    ("bench/peers/asio.cpp", "#include <asio.hpp>\n", None),
]


def self_test():
    """Every planted mistake is found, and nothing else is."""
    with tempfile.TemporaryDirectory() as root:
        for path, content, _ in PLANTED:
            os.makedirs(os.path.join(root, os.path.dirname(path)), exist_ok=True)
            with open(os.path.join(root, path), "w", encoding="utf-8") as file:
                file.write(content)
        complaints, _ = check(root)
    wrong = []
    for path, _, expected in PLANTED:
        said = [text for text in complaints if text.startswith(path + ":")]
        if expected is None and said:
            wrong.append(f"complains without reason: {said[0]}")
        if expected is not None and not any(expected in text for text in said):
            wrong.append(f'does not say "{expected}" of {path}')
    return wrong


def main(arguments):
    if "--self-test" in arguments:
        wrong = self_test()
        for line in wrong:
            print("layering: the checker", line)
        return 1 if wrong else 0
    roots = [a for a in arguments if not a.startswith("-")]
    complaints, files = check(roots[0] if roots else os.path.join(os.path.dirname(__file__), ".."))
    for line in complaints:
        print(line)
    if files == 0:
        print("layering: found no file to check")
        return 1
    if complaints:
        print(f"layering: {len(complaints)} of the includes point where they may not")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
