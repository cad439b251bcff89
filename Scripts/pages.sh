#!/usr/bin/env bash
# Runs every cell of the lessons, of the notebooks and of the page on Jupyter: `pages.sh check` compares outputs and
# pictures, `pages.sh update` writes them anew; GRADUS names another program than that of `make build`. Each page is a run of its own, as many at a time as there are processors.
set -euo pipefail
cd "$(dirname "$0")/.."

gradus=${GRADUS:-$(swift build -c release --show-bin-path)/gradus}
find lessons notebooks-md Documentation/jupyter.md -name '*.md' ! -name README.md | sort |
  xargs -P "$(getconf _NPROCESSORS_ONLN)" -n 1 "$gradus" notebook "${1:-check}"
