"""Batches that no loss may be computed from: a number that is not one, where it counts."""

import copy

from making import batches, pair_batches

# The file in which each algorithm's stand, and the fields that are made NaN in turn.
FIELDS = {
    "grpo-losses": ("logp", "old_logp", "reward"),
    "ppo": ("logp", "old_logp", "value", "old_value", "score"),
    "remax": ("logp", "score", "baseline_reward"),
    "dpo": ("logp", "ref_logp"),
    "kto": ("logp", "ref_logp"),
    "reward-model": ("score",),
    "sft": ("logp",),
}
SOURCES = {
    "grpo-losses": batches.groups,
    "ppo": batches.proximal,
    "remax": batches.remax,
    "dpo": pair_batches.pairs,
    "kto": pair_batches.judgements,
    "reward-model": pair_batches.scores,
    "sft": pair_batches.examples,
}


def groups(name, key, number):
    """One group for each field, with a single test whose result is `invalid`."""
    result = []
    for field in FIELDS.get(name, ()):
        data = {key: copy.deepcopy(SOURCES[name]()["ordinary"])}
        item = data[key][0]
        item = item["chosen"] if "chosen" in item else item
        if isinstance(item[field], list):
            item[field][0] = None
        else:
            item[field] = None
        number += 1
        test = {"id": f"{name}-{number}", "options": {}, "result": "invalid"}
        result.append({"comment": f"{field} is NaN", "flags": ["not a number"], "batch": data, "tests": [test]})
    return result
