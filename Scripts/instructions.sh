#!/usr/bin/env bash
# Counts the instructions of hot paths (Sources/gradus-bench/CountedPaths.swift) with valgrind, and compares them with those
# in Scripts/instructions.txt: one that takes more than 3 % more fails. Seconds of different machines could not be compared.
#
#   Scripts/instructions.sh           compare
#   Scripts/instructions.sh record    after a change that is meant, or for a new compiler: write the table anew
#
# Other compilers make other instructions: with another one than the table's, or without valgrind, nothing is compared.
set -euo pipefail
cd "$(dirname "$0")/.."
. Scripts/test-options.sh

table=Scripts/instructions.txt
tolerance=3
compiler=$("$swift" --version 2>&1 | grep -m 1 -o 'swift[a-z]*-[0-9][^ )]*' || true)
here="${compiler:-unknown} $(uname -sm | tr ' ' -)"

skip() {
  echo "instructions are not counted: $1"
  exit 0
}
command -v valgrind >/dev/null || skip "there is no valgrind"
built=$("$swift" build "${test_options[@]}" --show-bin-path)/gradus-bench
[ -x "$built" ] || skip "there is no $built: build the tests first (Scripts/checks.sh)"
recorded=$(sed -n 's/^# made with //p' "$table" 2>/dev/null || true)
if [ "${1:-}" != record ] && [ "$recorded" != "$here" ]; then
  skip "the table is of ${recorded:-no compiler}, and this is $here; 'Scripts/instructions.sh record' writes another"
fi

# Some versions of valgrind give up on the debug information of newer compilers.
temporary=$(mktemp -d)
trap 'rm -rf "$temporary"' EXIT
program=$temporary/gradus-bench
strip -g -o "$program" "$built"

# Random seeds of hashes, and the CPU's kind, would make other numbers each time. Valgrind knows no AVX-512, and takes a
# hundred times as long for a fused multiply-add: the same source without.
export SWIFT_DETERMINISTIC_HASHING=1 GRADUS_KERNELS=portable
taken() {
  local log
  log=$(valgrind --tool=cachegrind --cache-sim=no --cachegrind-out-file=/dev/null "$program" --count "$1" "$2" 2>&1) || {
    printf '%s\n' "$log" >&2
    return 1
  }
  printf '%s\n' "$log" | sed -n 's/.*I *refs: *//p' | tr -d ,
}
# What one more time takes, without the start of the program.
count() {
  local once thrice
  once=$(taken "$1" 1) && thrice=$(taken "$1" 3) && echo $(((thrice - once) / 2))
}

paths=$("$program" --count 2>/dev/null | sed -n 's/.*paths are: //p')
[ -n "$paths" ] || { echo "$program counts nothing: is it of these sources?" >&2; exit 1; }
if [ "${1:-}" = record ]; then
  {
    echo "# Instructions of hot paths, for Scripts/instructions.sh, which writes this table"
    echo "# made with $here"
    for path in $paths; do echo "$path $(count "$path")"; done
  } >"$table.new"
  mv "$table.new" "$table"
  cat "$table"
  exit 0
fi

failed=0
for path in $paths; do
  before=$(sed -n "s/^$path //p" "$table")
  [ -n "$before" ] || { echo "$path is not in $table: 'Scripts/instructions.sh record' adds it" >&2; failed=1; continue; }
  now=$(count "$path")
  change=$(awk "BEGIN { printf \"%+.2f\", 100 * ($now / $before - 1) }")
  printf '%-10s %13d instructions, %s %%\n' "$path" "$now" "$change"
  if awk "BEGIN { exit !($now > $before * (1 + $tolerance / 100)) }"; then
    echo "$path takes more than $tolerance % more instructions than recorded ($before). If that is meant, and worth it:" \
      "'Scripts/instructions.sh record'" >&2
    failed=1
  fi
done
exit $failed
