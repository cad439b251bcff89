"""What the installed trainers give: right but for what the documentation says of them."""

import importlib.util

import pytest

pytest.importorskip("torch")
from gradus_vectors.checking import check  # noqa: E402
from gradus_vectors.files import cases  # noqa: E402
from gradus_vectors.kinds import findings  # noqa: E402

KNOWN = {
    "trl": {
        "reduction: parts do not add up to the whole",
        "reduction: each part's token mean is averaged, where the tokens of the whole step divide",
        "NaN is hidden: the loss of kto is finite though a number that counts is NaN",
    },
    "verl": {
        "advantages: whitening: 1e-8 is added to the number of tokens, so that equal numbers do not become 0",
        "mask: NaN behind the mask reaches the loss: it is multiplied by 0",
    },
    "openrlhf": {"mask: NaN behind the mask reaches the loss: it is multiplied by 0"},
}


@pytest.mark.parametrize("name", list(KNOWN))
def test_a_trainer(name):
    if importlib.util.find_spec(name) is None:
        pytest.skip(f"{name} is not installed")
    results = check(importlib.import_module(f"gradus_vectors.trainers.{name}").loss, cases())
    assert {str(f) for f in findings(results)} <= KNOWN[name]
    assert sum(r.status == "passed" for r in results) > 1000
