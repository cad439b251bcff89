#!/bin/sh
# Gives every reader of foreign files inputs that libFuzzer invents, for some seconds each, and prints what came of it.
#
#   Scripts/fuzz.sh [SECONDS [READER …]]
#
# An input that crashes, hangs or takes all memory is left in .build/fuzz/found. Put it into Tests/FuzzingTests/Inputs/READER,
# where `swift test` reads it again, and mend the reader.
set -eu
cd "$(dirname "$0")/.."
folder=.build/fuzz

# What tests read as well is a good beginning.
seeds() {
  case $1 in
  batch | json) find Tests/SimulationTests/Oracles -name '*.batch.json' -size -4k ;;
  tokenizer) find Tests/FormatsTests/Tokenizers -name '*.json' -size -12k ;;
  gguf) find Tests/FormatsTests/GGUF -name '*.gguf' ;;
  model) find Tests/TrainingTests/Models -name config.json ;;
  notebook) find lessons -name '*.md' -size -8k ;;
  esac
}

# What reads a page's address is JavaScript, and has a fuzzer of its own; all else is given to libFuzzer.
run() {
  if [ "$1" = permalink ]; then
    timeout $(($2 + 10)) node Tests/Fuzzing/permalinks.mjs "$2" "$folder/found/permalink"
    return
  fi
  # Files for readers of files; in memory where there is such a folder.
  TMPDIR=$([ -d /dev/shm ] && echo /dev/shm || echo /tmp) "$3" "$1" -max_total_time="$2" -timeout=10 -rss_limit_mb=4096 \
    -max_len=4096 -print_final_stats=1 -artifact_prefix="$folder/found/$1-" "$4" "Tests/FuzzingTests/Inputs/$1"
}

# One reader; its row of the table.
fuzz() {
  reader=$1 seconds=$2 program=$3
  corpus=$folder/corpus/$reader log=$folder/$reader.log result=ok
  mkdir -p "$corpus"
  for file in $(seeds "$reader"); do cp "$file" "$corpus/$(echo "$file" | tr / -)"; done
  run "$reader" "$seconds" "$program" "$corpus" >"$log" 2>&1 ||
    result=$(sed -n 's/.*Test unit written to //p' "$log" | head -n 1)
  stat() { sed -n "s/^stat::$1: *//p" "$log"; }
  printf '%-14s %12s %10s %9s  %s\n' "$reader" "$(stat number_of_executed_units)" "$(stat average_exec_per_sec)" \
    "$(sed -n 's/.* cov: \([0-9]*\).*/\1/p' "$log" | tail -n 1)" "${result:-failed, see $log}"
  [ "$result" = ok ]
}

if [ "${1:-}" = one ]; then
  fuzz "$2" "$3" "$4"
  exit
fi

seconds=${1:-60}
[ $# -eq 0 ] || shift
build() {
  GRADUS_FUZZING=1 "${SWIFT:-swift}" build -c release --scratch-path $folder/package -Xswiftc -sanitize=fuzzer \
    -Xswiftc -use-ld=lld "$@"
}
build --product gradus-fuzz >&2
program=$(build --show-bin-path)/gradus-fuzz
mkdir -p $folder/found
printf '%-14s %12s %10s %9s  %s\n' reader inputs 'a second' coverage result
{ [ $# -gt 0 ] && printf '%s\n' "$@" || { "$program" && echo permalink; }; } |
  xargs -P "$(nproc 2>/dev/null || sysctl -n hw.ncpu)" -I{} Scripts/fuzz.sh one {} "$seconds" "$program"
