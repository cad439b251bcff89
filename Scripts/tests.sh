#!/usr/bin/env bash
# Runs the tests that are built, and builds the release program beside them: that keeps one processor busy for minutes,
# and the tests do not need it. Those in a browser come last, alone: they write their pages with it, and wait for frames.
set -euo pipefail
cd "$(dirname "$0")/.."

swift=${SWIFT:-swift}
# Nothing else builds meanwhile, so that neither has to wait for the other's lock.
"$swift" build -c release --product gradus --ignore-lock >.build/release.log 2>&1 &
release=$!
trap 'kill "$release" 2>/dev/null || true' EXIT
"$swift" test --enable-all-traits --skip-build --ignore-lock --skip '^PageTests\.'
if ! wait "$release"; then
  cat .build/release.log >&2
  exit 1
fi
tail -n 1 .build/release.log
"$swift" test --enable-all-traits --skip-build --filter '^PageTests\.'
