#!/usr/bin/env bash
# Makes .build/tarball/gradus-VERSION-linux-ARCHITECTURE.tar.gz, which is unpacked anywhere and used there. Of what the
# program loads, libedit and zlib are linked into it like Swift's libraries, and Graphviz is opened when it is needed.
set -euo pipefail
cd "$(dirname "$0")/.."
[ "$(uname -s)" = Linux ] || { echo "tarball.sh: makes a tarball for Linux, on Linux" >&2 && exit 64; }

version=$(Scripts/version.sh)
name=gradus-$version-linux-$(uname -m)
out=.build/tarball
root=$out/$name
rm -rf "$out"
mkdir -p "$out/libraries"
# So that the files' dates do not depend on the hour.
date=$(git log -1 --format=%ct 2>/dev/null || stat -c %Y Sources/gradus/Version.swift)

# What the linker finds in the place of shared libraries, in a folder that pkg-config names first.
read -ra flags <<<"$(pkg-config --cflags libgvc)"
clang -Wall -Werror -O2 -fPIC -fvisibility=hidden "${flags[@]}" -c Scripts/packaging/tarball/graphviz.c \
  -o "$out/libraries/graphviz.o"
ar rc "$out/libraries/libgvc.a" "$out/libraries/graphviz.o"
ar rc "$out/libraries/libcgraph.a"
# together NAME LIBRARY…: one library that stands for several, as the linker's script.
together() {
  local name=$1 library
  shift
  for library in "$@"; do clang -print-file-name="lib$library.a"; done | paste -s -d ' ' |
    sed 's/.*/GROUP(&)/' >"$out/libraries/lib$name.a"
}
together edit edit tinfo bsd md
together z z
# replace MODULE LIBRARY…: what pkg-config says of a module from now on.
replace() {
  local module=$1
  shift
  printf 'Name: %s\nDescription: within the program\nVersion: 1\nCflags: %s\nLibs: -L%s %s\n' \
    "$module" "$(pkg-config --cflags "$module")" "$PWD/$out/libraries" "${*/#/-l}" >"$out/libraries/$module.pc"
}
replace libgvc gvc cgraph
replace libedit edit
replace zlib z
export PKG_CONFIG_PATH=$PWD/$out/libraries${PKG_CONFIG_PATH:+:$PKG_CONFIG_PATH}

Scripts/static.sh "$out" "/$name"

# What the program still loads, and the oldest C library that has all it asks for.
needed=$(objdump -p "$root/bin/gradus" | sed -n 's/^ *NEEDED *//p' | grep -v '^ld-linux')
if grep -E 'libgvc|libcgraph|libcdt|libedit|libz\.' <<<"$needed"; then
  echo "tarball.sh: the program loads these libraries; they should be within it" >&2
  exit 1
fi
glibc=$(objdump -T "$root/bin/gradus" | grep -o 'GLIBC_[0-9.]*' | sort -Vu | tail -n 1 | cut -d_ -f2)
sed -e "s|@NAME@|$name|g" -e "s|@VERSION@|$version|g" -e "s|@GLIBC@|$glibc|g" \
  -e "s|@NEEDED@|$(paste -s -d ' ' <<<"$needed")|g" Scripts/packaging/tarball/README.md >"$root/README.md"
install -m 644 LICENSE "$root/LICENSE"
# The licences of what is within the program; what Debian's packages have says it of the C libraries.
install -D -m 644 Scripts/packaging/debian/copyright "$root/share/doc/gradus/licenses/gradus"
for package in libedit-dev libncurses-dev libbsd-dev libmd-dev zlib1g-dev; do
  install -m 644 "/usr/share/doc/$package/copyright" "$root/share/doc/gradus/licenses/$package"
done

tar --directory "$out" --sort=name --mtime="@$date" --owner=0 --group=0 --numeric-owner -c "$name" |
  gzip -9n >"$out/$name.tar.gz"
echo "$out/$name.tar.gz: $(du -h "$out/$name.tar.gz" | cut -f1), needs glibc $glibc or later: $(paste -s -d ' ' <<<"$needed")"
