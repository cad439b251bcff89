"""A run in which a write, a rename … fails, or at which it is killed, can be gone on with: some of all places."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

GRADUS = os.environ.get("GRADUS") or shutil.which("gradus")
SCRIPT = Path(__file__).parents[1] / "Faults" / "faults.py"


@pytest.mark.skipif(GRADUS is None, reason="GRADUS does not name the built program")
@pytest.mark.skipif(sys.platform != "linux", reason="calls are interposed by LD_PRELOAD")
def test_every_ninth_call_may_fail():
    result = subprocess.run([sys.executable, SCRIPT, GRADUS, "--every", "9"], capture_output=True, text=True)
    assert result.returncode == 0, result.stdout + result.stderr
