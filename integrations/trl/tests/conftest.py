"""The tests' fixtures; what they share otherwise is in trl_support."""

import pytest
from trl_support import Opened


@pytest.fixture
def opened():
    return Opened


@pytest.fixture
def close():
    """Single-precision equality: TRL adds hundreds of rounded terms up, Gradus does so in double precision."""
    return lambda a, b, scale=1.0: a == pytest.approx(b, rel=2e-5, abs=1e-5 * scale)
