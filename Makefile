# `make help` lists the targets. Everything is built by SwiftPM; this file only names the commands and their order.

PREFIX ?= /usr/local
SWIFT ?= swift
# For packagers: further options of `swift build`.
SWIFT_OPTIONS ?=

# On macOS the wasm proof is skipped unless there are a swift.org toolchain and wasi-libc, which Xcode does not have.
ifeq ($(shell uname -s),Darwin)
  WASM_OPTIONS := --if-possible
  # Homebrew links neither libedit nor zlib, since macOS brings older ones.
  BREW_PREFIX := $(or $(HOMEBREW_PREFIX),$(shell brew --prefix 2>/dev/null),/opt/homebrew)
  export PKG_CONFIG_PATH := $(BREW_PREFIX)/opt/libedit/lib/pkgconfig:$(BREW_PREFIX)/opt/zlib/lib/pkgconfig:$(PKG_CONFIG_PATH)
endif

.DEFAULT_GOAL := help
# The steps of `test` depend on their order.
.NOTPARALLEL:
.PHONY: demo test build install uninstall deb tarball homebrew format record lint fuzz aarch64 wasm web docs deps deps-test clean help

demo: deps build  ## Install what is missing, build, and show what Gradus does
	Scripts/demo.sh

test: deps-test lint  ## Install what is missing, then run every check that CI runs
	Scripts/checks.sh $(WASM_OPTIONS)

build:  ## Build the release program
	$(SWIFT) build -c release --product gradus $(SWIFT_OPTIONS)

install: build  ## Install program, manual and completions below PREFIX (/usr/local)
	DESTDIR="$(DESTDIR)" PREFIX="$(PREFIX)" Scripts/install.sh \
	  "$$($(SWIFT) build -c release --show-bin-path $(SWIFT_OPTIONS))/gradus"

uninstall:  ## Remove what `make install` has put below PREFIX
	DESTDIR="$(DESTDIR)" PREFIX="$(PREFIX)" Scripts/install.sh remove

deb:  ## Make a Debian package that needs no Swift, in .build/deb
	Scripts/deb.sh

tarball:  ## Make a tarball for any Linux, in .build/tarball
	Scripts/tarball.sh

homebrew:  ## Make a Homebrew formula and its source archive, in .build/homebrew
	Scripts/homebrew.sh

format:  ## Format the sources
	$(SWIFT) format --in-place --recursive Sources Tests Documentation Package.swift

lint:  ## Check the format of the sources
	$(SWIFT) format lint --strict --recursive Sources Tests Documentation Package.swift

record: build  ## Record golden files, lessons and notebooks again; look at the difference before committing it
	GRADUS_RECORD=1 $(SWIFT) test --filter Golden
	Scripts/pages.sh update

fuzz:  ## Give every reader of files inputs that a fuzzer invents, SECONDS (3600) each
	Scripts/fuzz.sh $(or $(SECONDS),3600)

aarch64:  ## Compare the bits of the kernels for 64-bit ARM, under QEMU, with those of this CPU's
	Scripts/deps.sh aarch64
	Scripts/aarch64.sh

wasm:  ## Compile the engine as WebAssembly
	Scripts/wasm.sh $(WASM_OPTIONS)

web: wasm build  ## Write the page of every built-in source, and their index, into .build/web
	"$$($(SWIFT) build -c release --show-bin-path)/gradus" web --all --output .build/web

docs:  ## Build the libraries' documentation into .build/docs
	$(SWIFT) build
	Scripts/docs.sh
	Scripts/tutorials.sh

deps:  ## Install the system packages that are missing
	Scripts/deps.sh

deps-test:
	Scripts/deps.sh test

clean:  ## Remove what was built
	$(SWIFT) package clean
	rm -rf .build/wasm .build/web .build/docs .build/deb .build/tarball .build/static .build/homebrew .build/fuzz .build/aarch64 build

help:  ## List the targets
	@sed -n 's/^\([a-z][a-z0-9-]*\):.*  ## \(.*\)/\1|\2/p' Makefile | awk -F'|' '{ printf "  make %-10s %s\n", $$1, $$2 }'
