#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checks that the documents say what is true. Usage: scripts/check-docs.py [--self-test] [ROOT]

- A ```cpp block after a line <!-- examples/NAME.cpp --> must stand in that file, word for word; it may be
  indented less.
- Every other ```cpp block must compile: as it is, or, after a line <!-- within: PARAMETERS -->, as the body
  of a coroutine that has these parameters. Errors point at the line of the document.
- docs/README.md links to every document below docs/.
- Links to files and headings, and paths in `backticks` that begin with a directory of the project, must lead
  somewhere. So must `make TARGET` and the programs below build/release/bin in ```sh blocks.
"""
import glob
import os
import re
import subprocess
import sys
import tempfile
import textwrap

DIRECTORIES = "bench cmake docs examples include scripts src test tool".split()
INCLUDES = ["array", "iostream", "thread", "vector", "fairlead/fairlead.hpp"]
FLAGS = "-std=c++23 -fsyntax-only -Wall -Wextra -Wno-unused -Werror -Werror=unused-result".split()

FENCE = re.compile(r"^```(\w*)\s*$")
MARKER = re.compile(r"^<!-- *(.*?) *-->\s*$")
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
PATH = re.compile(r"`((?:" + "|".join(DIRECTORIES) + r")/[\w./*+-]*)`")
HEADING = re.compile(r"^#+ +(.*)$")


def documents(root):
    found = glob.glob(os.path.join(root, "*.md")) + glob.glob(os.path.join(root, "docs", "**", "*.md"), recursive=True)
    return sorted(os.path.relpath(path, root) for path in found)


def read(root, path):
    with open(os.path.join(root, path), encoding="utf-8") as file:
        return file.read().splitlines()


def blocks(lines):
    """The fenced blocks: language, marker before it or "", number of its first line, its lines."""
    found, language, marker, begin = [], None, "", 0
    for number, line in enumerate(lines, 1):
        fence = FENCE.match(line)
        if language is None:
            if fence:
                language, begin = fence.group(1), number + 1
            elif line.strip():
                said = MARKER.match(line)
                marker = said.group(1) if said else ""
        elif fence and not fence.group(1):
            found.append((language, marker, begin, lines[begin - 1 : number - 1]))
            language, marker = None, ""
    return found


def prose(lines):
    """Numbered lines outside of fenced blocks."""
    inside = False
    for number, line in enumerate(lines, 1):
        if FENCE.match(line):
            inside = not inside
        elif not inside:
            yield number, line


def anchors(lines):
    """The names that a heading can be linked by, as GitHub makes them."""
    titles = (HEADING.match(line) for _, line in prose(lines))
    return {re.sub(r"[^\w\- ]", "", t.group(1).lower()).replace(" ", "-") for t in titles if t}


def is_quoted(block, source):
    """Whether these lines stand together in `source`, all of them indented by the same amount more."""
    block = textwrap.dedent("\n".join(block)).split("\n")
    for at in range(len(source) - len(block) + 1):
        piece = source[at : at + len(block)]
        if textwrap.dedent("\n".join(piece)).split("\n") == block:
            return True
    return False


def check_quotes(root, path, lines):
    for language, marker, begin, block in blocks(lines):
        if language != "cpp" or not marker or marker.startswith("within:"):
            continue
        if not os.path.isfile(os.path.join(root, marker)):
            yield f"{path}:{begin - 1}: quotes {marker}, which is not there"
        elif not is_quoted(block, read(root, marker)):
            yield f"{path}:{begin}: this is not what {marker} says"


def check_references(root, path, lines):
    for number, line in prose(lines):
        for target in LINK.findall(line):
            if re.match(r"[a-z]+:", target):
                continue
            file, _, anchor = target.partition("#")
            file = os.path.normpath(os.path.join(os.path.dirname(path), file)) if file else path
            if not os.path.exists(os.path.join(root, file)):
                yield f"{path}:{number}: links to {target}, which is not there"
            elif anchor and anchor not in anchors(read(root, file)):
                yield f"{path}:{number}: links to {target}, and {file} has no such heading"
        for target in PATH.findall(line):
            if not glob.glob(os.path.join(root, target)):
                yield f"{path}:{number}: speaks of {target}, which is not there"


def check_commands(root, path, lines):
    makefile = os.path.join(root, "Makefile")
    targets = set(re.findall(r"^([\w-]+):", "\n".join(read(root, "Makefile")), re.M)) if os.path.exists(makefile) else set()
    for language, _, begin, block in blocks(lines):
        for number, line in enumerate(block if language == "sh" else [], begin):
            command = line.split("#")[0]
            for target in re.findall(r"(?:^|[;&]\s*)make +([a-z-]+)", command):
                if target not in targets:
                    yield f"{path}:{number}: there is no `make {target}`"
            for name in re.findall(r"bin/example-(\w+)", command):
                if not os.path.exists(os.path.join(root, "examples", name + ".cpp")):
                    yield f"{path}:{number}: there is no examples/{name}.cpp"


def program(root, paths):
    """One translation unit with every block that is not a quotation; None if there is none."""
    includes, bodies = [f"#include <{name}>" for name in INCLUDES], []
    for path in paths:
        for language, marker, begin, block in blocks(read(root, path)):
            if language != "cpp" or (marker and not marker.startswith("within:")):
                continue
            includes += [line for line in block if line.startswith("#include")]
            code = "\n".join("" if line.startswith("#include") else line for line in block)
            place = f'#line {begin} "{path}"\n{code}\n'
            name = f"{re.sub(r'[^a-z]', '_', path.lower())}_{begin}"
            if marker:
                parameters = marker.removeprefix("within:").strip()
                place = f"task<result<void>> body({parameters}) {{\n{place}co_return {{}};\n}}\n"
            bodies.append(f"namespace {name} {{\n{place}}}\n")
    if not bodies:
        return None
    # By the #line g++ takes the blocks for headers, where a type without linkage would be a mistake.
    head = ["#ifndef __clang__", '#pragma GCC diagnostic ignored "-Wsubobject-linkage"', "#endif", *dict.fromkeys(includes),
            "using namespace fairlead;", "using namespace std::chrono_literals;"]
    return "\n".join(head) + "\n" + "".join(bodies)


def check_code(root, paths):
    unit = program(root, paths)
    if unit is None:
        return []
    compiler = os.environ.get("CXX", "g++")
    made = subprocess.run([compiler, *FLAGS, "-I", os.path.join(root, "include"), "-x", "c++", "-"], cwd=root, input=unit,
                          text=True, capture_output=True, check=False)
    if made.returncode == 0:
        return []
    errors = [line for line in made.stderr.splitlines() if re.search(r"\.md:\d+.*error", line)]
    return errors or made.stderr.splitlines()[:20]


def check_index(root, paths):
    index = "docs/README.md"
    if index not in paths:
        return
    linked = {os.path.normpath(os.path.join("docs", target)) for target in LINK.findall("\n".join(read(root, index)))}
    for path in paths:
        if path.startswith("docs/") and path != index and path not in linked:
            yield f"{index}:1: does not link to {path}"


def check(root):
    paths = documents(root)
    complaints = []
    for path in paths:
        lines = read(root, path)
        for rule in (check_quotes, check_references, check_commands):
            complaints += rule(root, path, lines)
    return complaints + [*check_index(root, paths), *check_code(root, paths)]


# A small tree with every kind of mistake, and what must be said of it.
PLANTED = {
    "Makefile": "demo:\n\t@true\n",
    "examples/one.cpp": "int main() {\n  return 0;\n}\n",
    "include/fairlead/fairlead.hpp": "#include <coroutine>\nnamespace fairlead { [[nodiscard]] int count(); }\n",
    "docs/guide.md": "# A guide\n\nSee `examples/one.cpp` and [here](#a-guide).\n\n"
                     "<!-- examples/one.cpp -->\n```cpp\nreturn 0;\n```\n",
    "docs/README.md": "[guide](guide.md)\n",
    "docs/forgotten.md": "Nobody links here.\n",
    "README.md": "[gone](docs/gone.md), [no heading](docs/guide.md#nothing), `src/gone.cpp`\n"
                 "<!-- examples/one.cpp -->\n```cpp\nreturn 1;\n```\n"
                 "<!-- examples/two.cpp -->\n```cpp\nint x;\n```\n"
                 "```cpp\nvoid f() { count(); }\n```\n"
                 "```sh\nmake demo\nmake tea\nbuild/release/bin/example-two\n```\n",
}
EXPECTED = ["README.md:1: links to docs/gone.md", "docs/guide.md has no such heading", "README.md:1: speaks of src/gone.cpp",
            "README.md:4: this is not what examples/one.cpp says", "README.md:7: quotes examples/two.cpp",
            "README.md:11:17: error: ignoring return value", "there is no `make tea`", "there is no examples/two.cpp",
            "does not link to docs/forgotten.md"]


def self_test():
    """Each planted mistake is found, and nothing else is."""
    with tempfile.TemporaryDirectory() as root:
        for path, content in PLANTED.items():
            os.makedirs(os.path.dirname(os.path.join(root, path)), exist_ok=True)
            with open(os.path.join(root, path), "w", encoding="utf-8") as file:
                file.write(content)
        said = check(root)
    wrong = [f'does not say "{text}"' for text in EXPECTED if not any(text in line for line in said)]
    return wrong + [f"complains without reason: {line}" for line in said if not any(text in line for text in EXPECTED)]


def main(arguments):
    wrong = []
    if "--self-test" in arguments:
        wrong = ["the checker " + line for line in self_test()]
    else:
        roots = [a for a in arguments if not a.startswith("-")]
        wrong = check(roots[0] if roots else os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
    for line in wrong:
        print("docs:", line)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
