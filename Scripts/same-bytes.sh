#!/usr/bin/env bash
# Proves that every recorded number is the same in debug, release and WebAssembly, to the last bit: compares the hashes
# of one recording, printed by the three builds. Needs all three: `make test` makes them first, in debug the engine alone, and
# its release is that of the tests. Other programs may be named, such as one that is to be shipped: `same-bytes.sh PROGRAM…`.
set -euo pipefail
cd "$(dirname "$0")/.."
. Scripts/test-options.sh
. Scripts/engine-program.sh

failed=0
expected=
report() { # NAME HASH
  printf '  %-12s %s\n' "$1" "$2"
  [ -n "$expected" ] || expected=$2
  [ "$2" = "$expected" ] || failed=1
}

native_hash() { # PROGRAM
  "$1" trace ppo --format json --output - | node Scripts/fnv1a.mjs
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

debug_hash() {
  engine_program Scripts/trace.swift "$work/trace"
  "$work/trace" | node Scripts/fnv1a.mjs
}

echo "FNV-1a 64 of \`gradus trace ppo --format json --output -\`:"
# Assigned first, since a failure within an argument would go unnoticed.
hash=$(debug_hash)
report debug "$hash"
hash=$(native_hash "$("$swift" build "${test_options[@]}" --show-bin-path)/gradus")
report release "$hash"
for program in "$@"; do
  hash=$(native_hash "$program")
  report "$(basename "$program")" "$hash"
done
if [ -e .build/wasm/gradus.unpacked.wasm ]; then
  hash=$(node Scripts/wasm-hash.mjs .build/wasm/gradus.unpacked.wasm)
  report WebAssembly "$hash"
else
  # Scripts/wasm.sh has said why. On Linux it fails instead, so that this cannot go unnoticed in CI.
  echo "  WebAssembly  not built"
fi
if [ "$failed" -ne 0 ]; then
  echo "same-bytes.sh: the builds record different numbers" >&2
  exit 1
fi
