#!/usr/bin/env bash
# Prints the version, which stands in Sources/gradus/Version.swift alone.
set -euo pipefail
cd "$(dirname "$0")/.."

version=$(sed -n 's/.*static let number = "\(.*\)".*/\1/p' Sources/gradus/Version.swift)
[ -n "$version" ] || { echo "version.sh: Sources/gradus/Version.swift has no number" >&2 && exit 1; }
echo "$version"
