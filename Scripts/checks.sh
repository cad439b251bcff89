#!/usr/bin/env bash
# Builds all that is tested and, beside that, compiles the engine as WebAssembly, which keeps one processor busy for
# minutes: the tests with every trait, optimised, since they train real models and would take ten times as long; the
# program as users get it; and the program without optimisation, whose bytes are compared.
set -euo pipefail
cd "$(dirname "$0")/.."
. Scripts/test-options.sh

mkdir -p .build
Scripts/wasm.sh "$@" >.build/wasm.log 2>&1 &
proof=$!
trap 'kill "$proof" 2>/dev/null || true' EXIT
"$swift" build "${test_options[@]}" --build-tests
"$swift" build -c release --product gradus
"$swift" build
if ! wait "$proof"; then
  cat .build/wasm.log >&2
  exit 1
fi
tail -n 1 .build/wasm.log
