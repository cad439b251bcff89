#!/usr/bin/env bash
# Unpacks the tarball of `make tarball` on a bare Debian and uses it there: `sudo Scripts/tarball-test.sh [RELEASE]`. Needs
# root and debootstrap; the release (bookworm) must not be older than the one on which the tarball was made.
set -euo pipefail
cd "$(dirname "$0")/.."

release=${1:-bookworm}
package=$(find .build/tarball -name 'gradus-*.tar.gz' | sort | tail -n 1)
[ -n "$package" ] || { echo "tarball-test.sh: there is no tarball; run \`make tarball\`" >&2 && exit 66; }
. Scripts/bare-debian.sh
mkdir "$system/opt/some where"
tar xzf "$package" -C "$system/opt/some where"
own="/opt/some where/$(basename "$package" .tar.gz)"
gradus="$own/bin/gradus"

expect '^no swift$' sh -c 'command -v swift swiftc || echo no swift'
expect 'nothing is missing' sh -c "ldd '$gradus' | grep 'not found' || echo nothing is missing"
expect "^$(Scripts/version.sh)" "$gradus" --version
expect '^loss ' "$gradus" print ppo loss
expect 'breakpoint 1: clipped' sh -c "printf 'break clipped\ncontinue\n' | '$gradus' step ppo"
inside "$gradus" plot ppo clip --output /root/plot.svg
expect '</svg>' cat /root/plot.svg
inside "$gradus" train sft --set max_steps=2 --output /root/run 2>/dev/null
expect '"step":2' cat /root/run/metrics.jsonl
expect 'README.md' ls "$own"
expect 'gradus-step.1.gz' ls "$own/share/man/man1"

# Without Graphviz a diagram is text, or an error that says what to do.
expect 'digraph' "$gradus" diagram ppo clip --format dot --output -
expect 'apt install graphviz' sh -c "! '$gradus' diagram ppo clip --output /root/clip.svg"
inside apt-get -qq update
inside apt-get -qq install --yes --no-install-recommends graphviz fonts-dejavu-core </dev/null >/dev/null
inside "$gradus" diagram ppo clip --output /root/clip.svg
expect '</svg>' cat /root/clip.svg
inside "$gradus" diagram grpo pipeline --output /root/pipeline.png
expect 'PNG' head -c 8 /root/pipeline.png
expect 'wrote /root/ppo.html' "$gradus" web ppo --output /root/ppo.html
echo "tarball-test.sh: $package works on a bare Debian $release, with Graphviz and without"
