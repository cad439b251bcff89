"""Runs a reference: loss, gradients, terms and metrics of a batch, and of the parts into which it is cut."""

import contextlib
import math

import torch

from gradus_vectors.batch import PADDING, PER_TOKEN, Batch, Step
from gradus_vectors.files import cuts, probe


@contextlib.contextmanager
def double_precision():
    """Python's numbers become doubles in here, and not elsewhere."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    try:
        yield
    finally:
        torch.set_default_dtype(before)


def outcome(reference, data, options):
    """The reference, its loss and gradients of the whole batch."""
    seen = data if getattr(reference, "sees_null", False) else without_nulls(data)
    one = reference(Batch(seen, reference.algorithm), options)
    loss = one.loss()
    if loss.requires_grad:
        loss.backward()
    return one, loss.item(), one.b.gradients()


def without_nulls(data):
    """Where a token counts nowhere, nothing depends on its numbers."""
    if not any("loss_mask" in s for s in data.get("sequences", [])):
        return data
    sequences = []
    for s in data["sequences"]:
        shown = dict(s)
        for name in set(PER_TOKEN) & set(s):
            counts = s.get("loss_mask", [1] * len(s[name]))
            shown[name] = [PADDING[name] if x is None and not c else x for x, c in zip(s[name], counts)]
        sequences.append(shown)
    return data | {"sequences": sequences}


@double_precision()
def vector(reference, data, options, mistakes):
    """Everything that a vector holds of one batch under one set of options."""
    one, loss, gradients = outcome(reference, data, options)
    result = {"loss": loss, "gradients": gradients, "terms": one.terms(), "metrics": one.metrics()}
    result["tokens"] = one.counted().tolist()
    if one.is_divisible():
        result["parts"] = {name: parts(reference, one, data, options, ranks) for name, ranks in cuts(data).items()}
    result["mistakes"] = {}
    right = numbers(one, loss, gradients)
    for name, mistake in mistakes.items():
        try:
            wrong = numbers(*outcome(mistake, data, options))
        except (AttributeError, RuntimeError):
            # The batch has not what the mistake is about, or a value more than the mistake reckons with.
            continue
        if differs(wrong, right):
            result["mistakes"][name] = [shortened(x) for x in (wrong if differs(wrong[2:], right[2:]) else wrong[:2])]
    return result


def numbers(one, loss, gradients):
    """What tells a mistake: the loss, a number made of the gradients, and one made of the advantages, if there are any."""
    terms = one.terms()
    return [loss, probe(gradients)] + ([probe({"advantage": terms["advantage"]})] if "advantage" in terms else [])


def parts(reference, whole, data, options, ranks):
    """What each part adds to the loss: [rank][part]."""
    given, result, data = whole.given(), [], without_nulls(data)
    for rank in ranks:
        own = []
        for rows in rank:
            step = Step(None, len(whole.b), len(rank), len(ranks))
            batch = Batch(data, reference.algorithm, rows, step, given)
            own.append(reference(batch, options, whole).loss().item() / len(ranks))
        result.append(own)
    return result


def differs(a, b, tolerance=1e-5):
    for x, y in zip(a, b):
        if math.isnan(x) != math.isnan(y) or abs(x - y) > tolerance * max(1e-2, abs(y)):
            return True
    return False


def shortened(x):
    return float(f"{x:.9g}") if math.isfinite(x) else math.nan
