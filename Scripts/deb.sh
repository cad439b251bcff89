#!/usr/bin/env bash
# Makes .build/deb/gradus_VERSION_ARCHITECTURE.deb. Swift's libraries are linked into the program, so that the package
# needs nothing but Debian's own libraries: those of the release on which it is made, and of later ones.
set -euo pipefail
cd "$(dirname "$0")/.."

version=$(Scripts/version.sh)
architecture=$(dpkg --print-architecture)
out=.build/deb
root=$out/root
rm -rf "$out"
mkdir -p "$root"
# So that the files' dates do not depend on the hour.
date=$(git log -1 --format=%ct 2>/dev/null || stat -c %Y Sources/gradus/Version.swift)

umask 022
Scripts/static.sh "$root" /usr
doc=$root/usr/share/doc/gradus
maintainer="${DEBFULLNAME:-Gradus} <${DEBEMAIL:-gradus@localhost}>"
# What Debian has in every package, in its form.
cat >"$doc/changelog" <<END
gradus ($version) unstable; urgency=medium

  * What is new is told in CHANGELOG.md.

 -- $maintainer  $(date -u -R -d "@$date")
END
gzip -9n "$doc/changelog"
install -m 644 Scripts/packaging/debian/copyright "$doc/copyright"
install -D -m 644 Scripts/packaging/debian/lintian-overrides "$root/usr/share/lintian/overrides/gradus"

# Which packages have the libraries that the program loads. The tool wants to see a source package.
mkdir -p "$out/debian"
printf 'Source: gradus\n\nPackage: gradus\nArchitecture: any\n' >"$out/debian/control"
depends=$(cd "$out" && dpkg-shlibdeps --warnings=0 -O root/usr/bin/gradus | sed -n 's/^shlibs:Depends=//p')

mkdir "$root/DEBIAN"
sed -e "s|@VERSION@|$version|" -e "s|@ARCHITECTURE@|$architecture|" -e "s|@DEPENDS@|$depends|" \
  -e "s|@MAINTAINER@|$maintainer|" \
  -e "s|@SIZE@|$(du -k -s --exclude=DEBIAN "$root" | cut -f1)|" Scripts/packaging/debian/control >"$root/DEBIAN/control"
(cd "$root" && find usr -type f -print0 | sort -z | xargs -0 md5sum) >"$root/DEBIAN/md5sums"
SOURCE_DATE_EPOCH=$date dpkg-deb --root-owner-group --build "$root" "$out/gradus_${version}_$architecture.deb"
