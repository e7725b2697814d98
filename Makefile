# SPDX-License-Identifier: MIT
# The commands of this project. Each one installs what it needs (Debian), asks nothing, and is quiet
# when all is well. CMake does the building; `cmake --list-presets` shows what lies below.
.DEFAULT_GOAL := help
.PHONY: help demo build test check verify coverage format fuzz bench install deb clean
MAKEFLAGS += --no-print-directory

PREFIX ?= /usr/local
# How long `make fuzz` gives each target, in seconds.
FUZZ_SECONDS ?= 60

help:            ## this list
	@sed -nE 's/^([a-z]+):[a-z ]* ## (.*)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 18

demo:            ## build a release and watch every socket at work (from nothing: under three minutes)
	@scripts/setup.sh demo
	@scripts/build.sh release -t fairlead_tool
	@build/release/bin/fairlead demo

build:           ## build library, tool, examples and tests into build/release
	@scripts/setup.sh demo test
	@scripts/build.sh release

test: build      ## run every test; the last line counts them
	@scripts/run-tests.sh build/release

check:           ## the quick loop while writing: build, test, layering, format (SUITES="net loop" for some)
	@scripts/check.sh $(SUITES)

verify:          ## everything else that must hold: sanitizers, second compiler, fuzzing, package, layering
	@scripts/setup.sh demo test lint verify
	@scripts/verify.sh

coverage:        ## which lines of src/ the tests reach
	@scripts/setup.sh demo test coverage
	@scripts/coverage.sh

format:          ## format every source file
	@scripts/setup.sh lint
	@scripts/check-format.sh --fix

fuzz:            ## fuzz every parser, FUZZ_SECONDS each
	@scripts/setup.sh demo verify
	@scripts/build.sh fuzz
	@scripts/fuzz.sh build/fuzz -max_total_time=$(FUZZ_SECONDS)

bench:           ## measure, beside the peers, with a table and plots (QUICK=1: in under five minutes)
	@scripts/setup.sh demo bench
	@scripts/bench.sh

install:         ## install library, headers, tool, man pages and completions into PREFIX (/usr/local), below DESTDIR
	@scripts/setup.sh demo
	@scripts/build.sh release -t fairlead -t fairlead_tool
	@cmake --install build/release --prefix $(PREFIX)

deb:             ## make Debian packages of tool, library and headers into build/deb; lintian must accept them
	@scripts/setup.sh demo deb
	@scripts/deb.sh
	@test/package/deb.sh build/deb

clean:           ## remove all that was built
	@rm -rf build
