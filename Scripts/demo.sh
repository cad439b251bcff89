#!/usr/bin/env bash
# What `make demo` shows.
set -euo pipefail
cd "$(dirname "$0")/.."

"$(swift build -c release --show-bin-path)/gradus" --help
