#!/usr/bin/env bash
# Builds the libraries' documentation into .build/docs, a static site, and fails on any warning: a link to nothing, a
# parameter that is not described. It reads the modules of the debug build, or of the one whose options of `swift build` are
# given, so that nothing is compiled again.
set -euo pipefail
cd "$(dirname "$0")/.."

out=.build/docs
parts=.build/docs-parts
# Dependencies first.
modules=(Autodiff Objectives Documents Formulas Recording Simulation Plots Reporting Diagnosis Quiz Debugging Player Graphviz Formats Notebooks JupyterKernel WebPage)
modules+=(Transformers Distribution Training)
bin=$(swift build "$@" --show-bin-path)

# Xcode's tools are not in PATH.
tool() { xcrun --find "$1" 2>/dev/null || command -v "$1" || { echo "docs.sh: no $1 beside swift" >&2 && exit 1; }; }
docc=$(tool docc)
extract=$(tool swift-symbolgraph-extract)

target=$(swiftc -print-target-info | sed -n 's/.*"triple": "\(.*\)".*/\1/p' | head -n 1)
options=(-target "$target" -I "$bin/Modules" -skip-inherited-docs -skip-synthesized-members -emit-extension-block-symbols)
# The C modules that the Swift ones import.
options+=(-I Sources/CGraphviz -I Sources/CZlib -I Sources/CMPI -I Sources/CZeroMQ -I .build/checkouts/Yams/Sources/CYaml/include)
for module in CKernels CEmbedded; do options+=(-Xcc "-fmodule-map-file=$bin/$module.build/module.modulemap"); done
for flag in $(pkg-config --cflags libgvc zlib ompi-c); do options+=(-Xcc "$flag"); done
if sdk=$(xcrun --show-sdk-path 2>/dev/null); then options+=(-sdk "$sdk"); fi

# convert CATALOGUE NAME [OPTION…]: documents one module. Links reach into those that came before.
dependencies=()
convert() {
  local catalogue=$1 name=$2
  shift 2
  # Where all is well, docc prints empty lines.
  "$docc" convert "$catalogue" --output-dir "$parts/$name.doccarchive" --warnings-as-errors \
    --fallback-display-name "$name" --fallback-bundle-identifier "gradus.$name" \
    --fallback-default-module-kind Library --enable-experimental-external-link-support \
    ${dependencies[@]+"${dependencies[@]}"} "$@" | sed '/^$/d'
  dependencies+=(--dependency "$parts/$name.doccarchive")
}

rm -rf "$out" "$parts"
trap 'rm -rf "$parts"' EXIT
for module in "${modules[@]}"; do
  mkdir -p "$parts/$module"
  "$extract" -module-name "$module" "${options[@]}" -output-dir "$parts/$module"
  convert "Sources/$module/$module.docc" "$module" --additional-symbol-graph-dir "$parts/$module"
done
convert Documentation/Gradus.docc Gradus
"$docc" merge "$parts"/*.doccarchive --synthesized-landing-page-name Gradus --output-path "$out"
echo "$out: ${#modules[@]} libraries without a warning; python3 -m http.server -d $out shows them at /documentation"
