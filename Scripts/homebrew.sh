#!/usr/bin/env bash
# Writes .build/homebrew/gradus.rb and the source archive that it names, made of what is committed.
set -euo pipefail
cd "$(dirname "$0")/.."

git rev-parse --verify --quiet HEAD >/dev/null || {
  echo "homebrew.sh: the formula is made of what is committed, and this is no clone" >&2
  exit 1
}
version=$(Scripts/version.sh)
out=$PWD/.build/homebrew
archive=$out/gradus-$version.tar.gz
sha256() { if command -v sha256sum >/dev/null; then sha256sum "$1"; else shasum -a 256 "$1"; fi | cut -d' ' -f1; }

mkdir -p "$out"
git archive --format=tar --prefix="gradus-$version/" HEAD | gzip -9n >"$archive"
sed -e '1,2d' -e "s|@FOLDER@|$out|" -e "s|@VERSION@|$version|" -e "s|@SHA256@|$(sha256 "$archive")|" \
  Scripts/packaging/homebrew/gradus.rb >"$out/gradus.rb"
cat <<END
$out/gradus.rb

Homebrew takes formulas from taps. One of your own, and Gradus from it:

    brew tap-new --no-git local/gradus
    cp $out/gradus.rb "\$(brew --repository local/gradus)/Formula/"
    brew install --build-from-source local/gradus/gradus
END
