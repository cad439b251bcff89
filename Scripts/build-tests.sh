#!/usr/bin/env bash
# Builds the tests and, beside that, compiles the engine as WebAssembly, which keeps one processor busy for minutes.
set -euo pipefail
cd "$(dirname "$0")/.."

mkdir -p .build
Scripts/wasm.sh "$@" >.build/wasm.log 2>&1 &
proof=$!
trap 'kill "$proof" 2>/dev/null || true' EXIT
"${SWIFT:-swift}" build --enable-all-traits --build-tests
if ! wait "$proof"; then
  cat .build/wasm.log >&2
  exit 1
fi
tail -n 1 .build/wasm.log
