#!/usr/bin/env bash
# Compiles the engine as Embedded Swift and links it into .build/wasm/gradus.wasm. That it compiles proves that it
# imports nothing; that it links without --allow-undefined proves that it calls nothing a web page cannot provide. With
# --if-possible it is no failure that the toolchain or the C library is missing.
set -euo pipefail
cd "$(dirname "$0")/.."

policy=${1:-}
triple=wasm32-unknown-none-wasm
out=.build/wasm
exports=(gradus_trace_hash gradus_allocate gradus_free gradus_ask)
modules=(Autodiff Objectives Documents Formulas Recording Simulation Plots Reporting Diagnosis Quiz Debugging Player WebAssembly)

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
)

# As one module: compiled one after the other each would optimise again what it uses of those below, which takes three
# times as long. That the modules are layered as they should be is what the ordinary build proves.
mkdir -p "$out/sources"
engine=$(IFS='|'; echo "${modules[*]}")
for module in "${modules[@]}"; do
  while IFS= read -r file; do
    sed -E "s/^(public )?import ($engine)\$//" "$file" >"$out/sources/$module-$(basename "$file")"
  done < <(find "Sources/$module" -name '*.swift' | sort)
done
sources=("$out"/sources/*.swift)
echo "Compiling the engine (${#sources[@]} files) as Embedded Swift"
swiftc "${flags[@]}" -module-name Engine -c "${sources[@]}" -o "$out/engine.o"

# A warning would be a C function declared with other types than it has: a trap at run time.
"$linker" --fatal-warnings --no-entry --gc-sections --strip-all --export-memory "${exports[@]/#/--export=}" \
  "$out/engine.o" "$resources/embedded/$triple/libswiftUnicodeDataTables.a" "$libc" "$builtins" -o "$out/gradus.wasm"
echo "$out/gradus.wasm: $(wc -c <"$out/gradus.wasm" | tr -d ' ') bytes"
