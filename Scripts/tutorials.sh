#!/usr/bin/env bash
# Compiles the tutorials' programs against the debug build and runs each: it must print what stands in the file beside it,
# and write the files that stand there. `tutorials.sh update` puts what they print and write in their place.
set -euo pipefail
cd "$(dirname "$0")/.."
. Scripts/engine-program.sh

resources=$PWD/Documentation/Gradus.docc/Resources

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
update=${1:-}
failed=0

# settle MADE WANTED: compares, or takes it over.
settle() {
  if [ "$update" = update ]; then cp "$1" "$2"; fi
  diff -u --label "${2##*/}" "$2" --label "what it is now" "$1" || failed=1
}

count=0
for program in "$resources"/*.swift; do
  name=$(basename "$program" .swift)
  folder=$work/$name
  mkdir -p "$folder/made"
  case $name in
    *-Package)
      # A manifest: it must say what SwiftPM understands, with a product that the package has.
      cp "$program" "$folder/Package.swift"
      mkdir -p "$folder/Sources/MyLesson"
      touch "$folder/Sources/MyLesson/main.swift"
      swift package --package-path "$folder" dump-package >/dev/null
      product=$(sed -n 's/.*\.product(name: "\([^"]*\)".*/\1/p' "$program")
      grep -q "\.library(name: \"$product\"" Package.swift || { echo "$name: there is no product $product" && failed=1; }
      ;;
    *)
      cp "$program" "$folder/main.swift"
      engine_program "$folder/main.swift" "$folder/program"
      (cd "$folder/made" && ../program >../printed)
      settle "$folder/printed" "$resources/$name.txt"
      for made in "$folder"/made/*; do
        if [ -e "$made" ]; then settle "$made" "$resources/${made##*/}"; fi
      done
      ;;
  esac
  count=$((count + 1))
done
[ "$failed" = 0 ] || { echo "tutorials.sh: if that is right, Scripts/tutorials.sh update takes it over" >&2 && exit 1; }
echo "tutorials: $count programs compile, and print and write what is shown"
