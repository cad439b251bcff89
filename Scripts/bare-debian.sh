# A bare Debian to try a package in, for `deb-test.sh` and `tarball-test.sh`: $release in $system, removed at the end. Needs
# root and debootstrap; the release must not be older than the one on which the package was made.
test=$(basename "$0")
[ "$(id -u)" -eq 0 ] || { echo "$test: must be root, to change into another system" >&2 && exit 64; }

system=$(mktemp -d)
# Programs there run as other users, too.
chmod 755 "$system"
leave() {
  mountpoint -q "$system/proc" && umount "$system/proc"
  rm -rf --one-file-system "$system"
}
trap leave EXIT
debootstrap --variant=minbase "$release" "$system" "${MIRROR:-http://deb.debian.org/debian}" >.build/debootstrap.log
mount -t proc proc "$system/proc"
inside() { chroot "$system" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@"; }

# expect PATTERN COMMAND…: runs a command there, shows it, and fails where its output lacks the pattern.
expect() {
  local pattern=$1 output
  shift
  output=$(inside "$@" 2>&1) || { printf '$ %s\n%s\n' "$*" "$output" && exit 1; }
  printf '$ %s\n%s\n' "$*" "$(head -n 4 <<<"$output")"
  grep -q -e "$pattern" <<<"$output" || { echo "$test: expected $pattern" && exit 1; }
}
