#!/usr/bin/env bash
# Installs the package of `make deb` on a bare Debian and uses it there: `sudo Scripts/deb-test.sh [RELEASE]`. Needs
# root and debootstrap; the release (bookworm) must not be older than the one on which the package was made.
set -euo pipefail
cd "$(dirname "$0")/.."

release=${1:-bookworm}
package=$(find .build/deb -name 'gradus_*.deb' | sort | tail -n 1)
[ -n "$package" ] || { echo "deb-test.sh: there is no package; run \`make deb\`" >&2 && exit 66; }
. Scripts/bare-debian.sh
cp "$package" "$system/root/"

# As small as a Debian gets, manual pages are not unpacked.
rm -f "$system/etc/dpkg/dpkg.cfg.d/docker"
inside apt-get -qq update
inside apt-get -qq install --yes --no-install-recommends man-db bash-completion </dev/null >/dev/null
inside sh -c 'apt-get -qq install --yes --no-install-recommends /root/gradus_*.deb' </dev/null >/dev/null

expect '^no swift$' sh -c 'command -v swift swiftc || echo no swift'
expect "^$(Scripts/version.sh)" gradus --version
expect '^loss ' gradus print ppo loss
expect '^ratio\[0,0\] ' gradus print ppo 'ratio[0,0]'
inside gradus diagram ppo clip --output /root/clip.svg
expect '</svg>' cat /root/clip.svg
inside gradus diagram grpo pipeline --output /root/pipeline.png
expect 'PNG' head -c 8 /root/pipeline.png
expect 'wrote /root/ppo.html' gradus web ppo --output /root/ppo.html
expect 'breakpoint 1: clipped' sh -c 'printf "break clipped\ncontinue\n" | gradus step ppo'
expect 'TIME-TRAVEL DEBUGGER\|time-travel debugger' man gradus
expect 'COMMANDS OF THE DEBUGGER' man gradus-step
expect 'gradus-step' man -w gradus-step
expect '_gradus_whole_words' bash -c '. /usr/share/bash-completion/bash_completion && _completion_loader gradus; complete -p gradus'
inside gradus train sft --set max_steps=2 --output /root/run 2>/dev/null
expect '"step":2' cat /root/run/metrics.jsonl
expect 'nothing is missing' sh -c 'ldd /usr/bin/gradus | grep "not found" || echo nothing is missing'
inside apt-get -qq purge --yes gradus >/dev/null 2>&1
expect '^all gone$' sh -c 'find /usr -path "*gradus*" ! -path "*/mandb/*" | grep . || echo all gone'
echo "deb-test.sh: $package installs, works and goes on Debian $release without Swift"
