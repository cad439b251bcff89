#!/usr/bin/env bash
# Runs the tests in Python: what other people's programs make of ours, and the other way round. They need PyTorch, TRL,
# TensorBoard and Jupyter's clients, in an environment of their own, .build-python, made at the first run; and the program
# with every trait, which `make test` leaves in .build-tests.
#
#     Scripts/interop.sh [pytest's options]
#
# TRL 0.23, the last with PPO, needs an older transformers: PPO_PYTHON names a Python that has both, for what is else skipped.
set -euo pipefail
cd "$(dirname "$0")/.."
. Scripts/test-options.sh

[ -d .build-python ] || python3 -m venv .build-python
.build-python/bin/pip install --quiet --disable-pip-version-check -r Tests/Interop/requirements.txt
"$swift" build "${test_options[@]}" --product gradus
GRADUS="$("$swift" build "${test_options[@]}" --show-bin-path)/gradus"
export GRADUS
# Tiny models: threads would only wait for each other.
export OMP_NUM_THREADS=1
.build-python/bin/python -m pytest -q "$@" integrations Tests/Interop
