#!/usr/bin/env bash
# Puts the program and what belongs to it in their places: `install.sh PROGRAM`, or takes them away: `install.sh remove`.
# PREFIX is where to (/usr/local), DESTDIR is put before it by those who make packages.
set -euo pipefail

what=${1:?name the built program, or say remove}
case $what in remove | /*) ;; *) what=$PWD/$what ;; esac
cd "$(dirname "$0")/.."

to=${DESTDIR:-}${PREFIX:-/usr/local}
bin=$to/bin
man=$to/share/man/man1
bash_completions=$to/share/bash-completion/completions
zsh_completions=$to/share/zsh/site-functions
fish_completions=$to/share/fish/vendor_completions.d
# `gradus web` looks for the engine here, seen from the program.
data=$to/share/gradus
doc=$to/share/doc/gradus

if [ "$what" = remove ]; then
  rm -f "$bin/gradus" "$man/gradus.1" "$man"/gradus-*.1
  rm -f "$bash_completions/gradus" "$zsh_completions/_gradus" "$fish_completions/gradus.fish"
  rm -rf "$data" "$doc"
  exit
fi

# put SOURCE FOLDER [NAME]: a file as it is, readable by all.
put() {
  install -d "$2"
  install -m 644 "$1" "$2/${3:-$(basename "$1")}"
}

# What the program writes comes first: if that fails, nothing has been installed.
made=$(mktemp -d)
trap 'rm -rf "$made"' EXIT
"$what" manual --output "$made/man" >/dev/null
for shell in bash zsh fish; do "$what" --generate-completion-script "$shell" >"$made/$shell"; done

install -d "$bin"
install -m 755 "$what" "$bin/gradus"
for page in "$made"/man/*.1; do put "$page" "$man"; done
put "$made/bash" "$bash_completions" gradus
put "$made/zsh" "$zsh_completions" _gradus
put "$made/fish" "$fish_completions" gradus.fish

# The engine and the trainers for pages, if `make wasm` has built them.
for module in gradus gradus-train; do
  if [ -e ".build/wasm/$module.wasm" ]; then put ".build/wasm/$module.wasm" "$data"; fi
done

put README.md "$doc"
put CHANGELOG.md "$doc"
find Documentation lessons notebooks-md -name '*.docc' -prune -o -type f \
  \( -name '*.md' -o -name '*.json' -o -name '*.svg' -o -name '*.png' \) -print | while IFS= read -r file; do
  put "$file" "$doc/$(dirname "$file")"
done
