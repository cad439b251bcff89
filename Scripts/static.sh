#!/usr/bin/env bash
# Builds the program with Swift's libraries within it and installs it, stripped, with all that belongs to it:
# `static.sh DESTDIR PREFIX`, for `deb.sh` and `tarball.sh`.
set -euo pipefail

to=$(realpath -m "${1:?name the folder to install below}")
prefix=${2:?name the prefix}
cd "$(dirname "$0")/.."

Scripts/deps.sh package
# Built apart, since another way of linking would have everything linked again for the next `make build`.
options=(-c release --product gradus --static-swift-stdlib --scratch-path .build/static)
swift=${SWIFT:-swift}
# So that pkg-config is asked again: the tarball's program has other libraries than the package's.
rm -f .build/static/*/release/description.json
"$swift" build "${options[@]}"
program=$("$swift" build "${options[@]}" --show-bin-path)/gradus
[ -e .build/wasm/gradus-train.wasm ] || Scripts/wasm.sh --if-possible

umask 022
DESTDIR=$to PREFIX=$prefix Scripts/install.sh "$program"
strip --strip-unneeded --remove-section=.comment "$to$prefix/bin/gradus"
gzip -9n "$to$prefix"/share/man/man1/*.1
