#!/usr/bin/env bash
# Builds what is tested and tests it, the fast tests first; `make test` calls it after `lint`. Modules are compiled one after the
# other, which leaves a processor idle, and so do many tests: what needs no test of Swift's runs beside them, and is told when
# it fails or at the end.
#
# Three builds: the tests and the program with every trait, optimised, since the tests train real models and would take ten
# times as long; the engine without optimisation; and the engine as WebAssembly. Options are those of Scripts/wasm.sh.
set -euo pipefail
cd "$(dirname "$0")/.."
. Scripts/test-options.sh

log=.build/beside.log
marks=.build/made
tell() { echo "== $SECONDS s: $*"; }
mark() { touch "$marks/$1"; }

# What needs the engine waits for it, so it comes first.
beside() {
  Scripts/wasm.sh "$@"
  mark wasm
  "$swift" build --target Player
  Scripts/tutorials.sh
  until [ -e "$marks/tests" ]; do sleep 1; done
  Scripts/docs.sh "${test_options[@]}"
  Scripts/same-bytes.sh
  GRADUS="$("$swift" build "${test_options[@]}" --show-bin-path)/gradus" Scripts/pages.sh
  mark all
}

# wait_for MARK: until the other steps have come so far, or have failed.
wait_for() {
  until [ -e "$marks/$1" ]; do
    kill -0 "$beside" 2>/dev/null || [ -e "$marks/$1" ] || { cat "$log" >&2 && exit 1; }
    sleep 0.2
  done
}

rm -rf "$marks"
mkdir -p "$marks"
beside "$@" >"$log" 2>&1 &
beside=$!
trap 'kill "$beside" 2>/dev/null || true' EXIT

"$swift" build "${test_options[@]}" --build-tests
mark tests
tell "the tests are built"
Scripts/tests.sh fast
tell "the fast ones pass"
wait_for wasm
Scripts/tests.sh slow
tell "the slow ones pass"
wait_for all
grep -E '^(\.build/|tutorials:|FNV|  [a-zA-Z]+ +[0-9a-f]{16}$)' "$log"
tell "WebAssembly, documentation and lessons are right"
Scripts/tests.sh page
tell "the tests in a browser pass"
