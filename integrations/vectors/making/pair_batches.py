"""The batches of pairs, of judgements and of examples, as `batches.py` has those of responses."""

import random

from making.batches import near


def pairs_batch(seed, lengths, spread=0.4):
    draw = random.Random(seed)

    def one(n):
        logp = [round(-draw.uniform(0.05, 2), 4) for _ in range(n)]
        return {
            "tokens": ["t"] * n,
            "logp": logp,
            "ref_logp": near(draw, logp, spread),
            "log_sum_sq_probs": [round(-draw.uniform(0.1, 2.5), 4) for _ in logp],
        }

    return [{"prompt": "p", "chosen": one(c), "rejected": one(r)} for c, r in lengths]


def pairs():
    """DPO's batches by name."""
    made = {
        "ordinary": pairs_batch(1, ((3, 2), (5, 5), (1, 4), (4, 1))),
        "one token each": pairs_batch(2, ((1, 1), (1, 1))),
        "one pair": pairs_batch(3, ((3, 4),)),
        "far": pairs_batch(4, ((2, 6), (6, 2), (3, 3), (1, 5)), spread=3.0),
    }
    same = pairs_batch(5, ((2, 3), (4, 2)))
    for pair in same:
        for side in ("chosen", "rejected"):
            pair[side]["ref_logp"] = list(pair[side]["logp"])
    made["policy is reference"] = same
    huge = pairs_batch(6, ((2, 3), (3, 2)))
    huge[0]["chosen"]["ref_logp"][0], huge[1]["rejected"]["ref_logp"][0] = -90.0, -90.0
    made["huge margins"] = huge
    margins = pairs_batch(7, ((3, 2), (2, 4), (4, 4), (1, 2)))
    for pair, m in zip(margins, (0.5, 1.5, None, -0.25)):
        if m is not None:
            pair["margin"] = m
    made["pairs with margins"] = margins
    return made


def scores():
    made = {}
    for name, seed, margins in (
        ("ordinary", 1, (None,) * 4),
        ("pairs with margins", 2, (0.5, None, 1.25, -0.3)),
        ("one pair", 3, (None,)),
        ("ties", 4, (None, 0.0)),
        ("far", 5, (None,) * 6),
    ):
        draw = random.Random(seed + 400)
        items = []
        for m in margins:
            c, r = (round(draw.gauss(0, 200 if name == "far" else 1), 4) for _ in range(2))
            r = c if name == "ties" else r
            item = {"prompt": "p", "chosen": {"tokens": ["a"], "score": c}, "rejected": {"tokens": ["b"], "score": r}}
            items.append(item if m is None else item | {"margin": m})
        made[name] = items
    return made


def judgements():
    """KTO's batches by name."""
    made = {}
    for name, seed, labels, other in (
        ("ordinary", 1, (1, 0, 1, 0), "near"),
        ("only desirable", 2, (1, 1), "near"),
        ("only undesirable", 3, (0, 0, 0), "near"),
        ("a negative KL", 4, (1, 0, 1, 0), "negative"),
        ("KLs of both signs", 7, (1, 0, 0, 1), "mixed"),
        ("no other responses", 5, (1, 0, 0, 1), None),
        ("far", 6, (1, 0), "far"),
    ):
        draw = random.Random(seed + 500)
        items = []
        for label in labels:
            n = draw.randint(1, 5)
            logp = [round(-draw.uniform(0.05, 2), 4) for _ in range(n)]
            item = {
                "prompt": "p",
                "desirable": bool(label),
                "tokens": ["t"] * n,
                "logp": logp,
                "ref_logp": near(draw, logp, 2 if name == "far" else 0.4),
            }
            if other:
                own = [round(-draw.uniform(0.5, 3), 4) for _ in range(draw.randint(1, 4))]
                shift = {"near": 0.4, "negative": -0.6, "far": 6.0, "mixed": 1.5 if len(items) % 2 else -0.5}[other]
                item |= {"kl_logp": own, "kl_ref_logp": [round(x - shift + draw.gauss(0, 0.05), 4) for x in own]}
            items.append(item)
        made[name] = items
    return made


def examples():
    """SFT's batches by name."""
    made = {}
    for name, seed, lengths in (
        ("ordinary", 1, (3, 5, 1, 4)),
        ("one token each", 2, (1, 1)),
        ("one long response", 3, (1, 12)),
        ("one response", 4, (3,)),
    ):
        draw = random.Random(seed + 600)
        made[name] = [
            {"prompt": "p", "tokens": ["t"] * n, "logp": [round(-draw.uniform(0.01, 3), 4) for _ in range(n)]} for n in lengths
        ]
    return made
