#!/usr/bin/env bash
# Compiles the engine and the trainers as Embedded Swift, and links from it .build/wasm/gradus.wasm, the engine, and
# .build/wasm/gradus-train.wasm, the trainers with the kernels that any CPU can run. That they compile proves that they import
# nothing; that they link without --allow-undefined proves that they call nothing a web page cannot provide. Each of the two is
# packed, in a module that unpacks it; beside it, as gradus.unpacked.wasm, it is as it was linked. With --if-possible it is no
# failure that the toolchain or the C library is missing.
set -euo pipefail
cd "$(dirname "$0")/.."

policy=${1:-}
triple=wasm32-unknown-none-wasm
out=.build/wasm
engine=(Autodiff Objectives Documents Formulas Recording Simulation Plots Reporting Diagnosis Quiz Debugging Player WebAssembly)
# Of the trainers everything but files, threads, other processes and other programs' rewards.
training=(Transformers Formats/Tokenizer Formats/FileError.swift
  Training/{Data,Options,Tasks,Methods,Trainers,Page,TrainingError.swift}
  Training/Rewards/{RewardFunction,RewardSum,RewardText,ExactMatch}.swift
  Training/Export/{TRLTrainer,TRLTranslation,TRLProximal,TRLSampledPairs,TRLTeaching}.swift WebTraining)

cannot() {
  echo "wasm.sh: $*" >&2
  if [ "$policy" = --if-possible ]; then
    echo "wasm.sh: skipped" >&2
    exit 0
  fi
  exit 1
}

# A module from an earlier state of the sources must not pass for this one.
rm -rf "$out"

# The first file of this name below the given folders.
find_library() {
  local name=$1
  shift
  find -L "$@" -name "$name" -print -quit 2>/dev/null || true
}

resources=$(swiftc -target "$triple" -print-target-info | sed -n 's/.*"runtimeResourcePath": "\(.*\)".*/\1/p')
[ -e "$resources/embedded/Swift.swiftmodule/$triple.swiftmodule" ] ||
  cannot "this Swift has no embedded standard library for $triple; use a toolchain from https://swift.org/install"
linker="$resources/../../bin/wasm-ld"
[ -x "$linker" ] || linker=$(command -v wasm-ld) || cannot "no wasm-ld beside swiftc or in PATH"
clang="$resources/../../bin/clang"
[ -x "$clang" ] || clang=$(command -v clang) || cannot "no clang beside swiftc or in PATH"

# Debian, then Homebrew.
roots=()
for root in /usr/lib/wasm32-wasi /usr/lib/llvm-*/lib/clang /usr/lib/clang \
  "${HOMEBREW_PREFIX:-/opt/homebrew}"/opt/wasi-libc/ "${HOMEBREW_PREFIX:-/opt/homebrew}"/opt/wasi-runtimes/; do
  [ -d "$root" ] && roots+=("$root")
done
libc=$(find_library libc.a "${roots[@]:-.build/none}")
[ -n "$libc" ] || cannot "no wasi-libc (run \`make deps\`)"
builtins=$(find_library libclang_rt.builtins-wasm32.a "${roots[@]:-.build/none}")
[ -n "$builtins" ] || builtins=$(find_library libclang_rt.builtins.a "${roots[@]:-.build/none}")
[ -n "$builtins" ] || cannot "no libclang_rt.builtins-wasm32.a (run \`make deps\`)"
command -v xz >/dev/null || cannot "no xz (run \`make deps\`)"

flags=(
  -target "$triple" -swift-version 6 -package-name gradus -parse-as-library -wmo -Osize -warnings-as-errors
  -enable-experimental-feature Embedded -enable-experimental-feature Extern
  # As in Package.swift.
  -enable-upcoming-feature ExistentialAny -enable-upcoming-feature InternalImportsByDefault
  -enable-upcoming-feature MemberImportVisibility
  # The stack protector would need a runtime; WebAssembly checks its memory itself.
  -Xfrontend -disable-stack-protector
  # So that the module's bytes do not depend on where the repository is.
  -file-prefix-map "$PWD=."
  -I "$out/kernels"
)

# As one module: compiled one after the other each would optimise again what it uses of those below, which takes three
# times as long. That the modules are layered as they should be is what the ordinary build proves.
compile() {
  local own=$out/sources paths=("${engine[@]/#/Sources/}" "${training[@]/#/Sources/}") modules
  mkdir -p "$own"
  modules=$(printf '%s\n' "${engine[@]}" "${training[@]%%/*}" | sort -u | paste -sd '|')
  while IFS= read -r file; do
    sed -E "s/^((public|internal) )?import ($modules)\$//" "$file" >"$own/$(echo "${file#Sources/}" | tr / -)"
  done < <(find "${paths[@]}" -name "*.swift" -not -path "*/Packing/*" | sort)
  echo "Compiling $(find "$own" -name '*.swift' | wc -l) files as Embedded Swift"
  swiftc "${flags[@]}" -module-name Engine -c "$own"/*.swift -o "$out/engine.o"
}

# What is written in C: the kernels, and the name by which a page asks the trainers.
compile_c() {
  for file in portable choice; do
    # One rounding for each operation, as on a CPU without fused instructions, and so the same bits.
    "$clang" --target=wasm32 -O3 -msimd128 -mbulk-memory -ffp-contract=off -ffreestanding \
      -c "Sources/CKernels/$file.c" -o "$out/$file.o"
  done
  "$clang" --target=wasm32 -Os -ffreestanding -c Sources/WebTraining/ask.c -o "$out/ask.o"
}

# link NAME OPTION…: of what was compiled only that stays which the exports need.
link() {
  local own=$out/$1
  shift
  # A warning would be a C function declared with other types than it has: a trap at run time.
  "$linker" --fatal-warnings --no-entry --gc-sections --strip-all --compress-relocations --export-memory \
    --export=gradus_allocate --export=gradus_free "$@" "$out/engine.o" "$out/portable.o" "$out/choice.o" \
    "$resources/embedded/$triple/libswiftUnicodeDataTables.a" "$libc" "$builtins" -o "$own.unpacked.wasm"
  pack "$own"
  echo "$own.wasm: $(size "$own.wasm") bytes, unpacked $(size "$own.unpacked.wasm")"
}

size() { wc -c <"$1" | tr -d ' '; }

# Makes of a module one that holds it and unpacks it.
pack() {
  local packing=Sources/WebAssembly/Packing parts=$1-parts
  mkdir -p "$parts"
  [ -e "$out/split" ] ||
    swiftc -O -parse-as-library -import-objc-header $packing/instructions.h $packing/split.swift -o "$out/split"
  "$out/split" "$1.unpacked.wasm" "$parts/rest" "$parts/ranks"
  cat "$parts/rest" "$parts/ranks" | xz --format=lzma --lzma1=preset=9e,lc=3,lp=0,pb=0 >"$parts/packed"
  "$clang" --target=wasm32 -std=c23 -Wall -Wextra -Werror -Os -ffreestanding "-DGRADUS_PACKED=\"$PWD/$parts/packed\"" \
    "-DGRADUS_SIZE=$(size "$1.unpacked.wasm")" "-DGRADUS_REST=$(size "$parts/rest")" \
    "-DGRADUS_RANKS=$(size "$parts/ranks")" -c $packing/unpack.c -o "$parts/unpack.o"
  "$linker" --no-entry --strip-all --export-memory "$parts/unpack.o" -o "$1.wasm"
}

mkdir -p "$out/kernels"
echo "module CKernels { header \"$PWD/Sources/CKernels/include/kernels.h\" export * }" >"$out/kernels/module.modulemap"
compile
compile_c
link gradus --export=gradus_ask --export=gradus_trace_hash
link gradus-train "$out/ask.o" -z stack-size=1048576 --stack-first
