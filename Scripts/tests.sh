#!/usr/bin/env bash
# Runs the tests that are built, or some of them: `tests.sh [fast|slow|page]`. Slow are those that train, start programs or
# compare with other programs' files. Those in a browser come last, with the machine for themselves: they wait for frames.
# Each test removes its own files: what is left in the temporary folder of a run is an error.
set -euo pipefail
cd "$(dirname "$0")/.."
. Scripts/test-options.sh

slow='(Training|Transformers|Command|Notebooks|JupyterKernel|Fuzzing)Tests'
temporary=$(mktemp -d /tmp/gradus-tests.XXXXXX)
trap 'rm -rf "$temporary"' EXIT

# What SwiftPM itself leaves there is not the tests'.
left() { ls -A "$TMPDIR" | grep -v -e '^TemporaryDirectory\.' -e '\.lock$' || true; }

run() {
  local -x TMPDIR
  TMPDIR=$(mktemp -d "$temporary/XXXXXX")
  "$swift" test "${test_options[@]}" --skip-build "$@" || return
  # A browser that was closed removes its profile when its last process has ended.
  for _ in $(seq 20); do
    [ -z "$(left)" ] && return
    sleep 0.5
  done
  echo "the tests have left in the temporary folder: $(left | tr '\n' ' ')" >&2
  return 1
}

fast() { run --skip "^$slow\." --skip '^PageTests\.'; }
slow() { run --filter "^$slow\."; }

# Two browsers at a time; what the one with the tours has said comes last.
page() {
  local tours='/(Story|Layout|FirstScreen|Findings)Tests/' log=$temporary/tours.log failed=0
  run --filter "^PageTests\..*$tours" >"$log" 2>&1 &
  run --filter '^PageTests\.' --skip "$tours" || failed=1
  wait "$!" || failed=1
  cat "$log"
  return "$failed"
}

case ${1:-all} in
  fast | slow | page) "$1" ;;
  all) fast; slow; page ;;
  *) echo "tests.sh: '$1' is none of fast, slow, page" >&2 && exit 64 ;;
esac
