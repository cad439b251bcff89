#!/usr/bin/env bash
# Runs the tests that are built. Those in a browser come last, alone: they wait for frames.
set -euo pipefail
cd "$(dirname "$0")/.."
. Scripts/test-options.sh

"$swift" test "${test_options[@]}" --skip-build --skip '^PageTests\.'
"$swift" test "${test_options[@]}" --skip-build --filter '^PageTests\.'
