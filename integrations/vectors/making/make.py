"""Writes the vectors anew: `python -m making.make [FILE …]` in the folder `integrations/vectors`.

The numbers are those of the references beside this file, in double precision.
"""

import json
import math
import pathlib
import sys

from gradus_vectors.files import FORMAT
from making import batches, options, pair_batches, refused
from making.grpo import GRPO
from making.judgements import KTO, SFT, RewardModel
from making.mistakes import MISTAKES
from making.ppo import PPO, ReMax
from making.preferences import DPO
from making.run import vector
from making.standards import STANDARDS

FOLDER = pathlib.Path(__file__).parent.parent / "gradus_vectors" / "vectors"
# File: the reference, and for each source of batches the sets of options and a flag.
PLAN = {
    "grpo-losses": (GRPO, [(batches.groups, options.GRPO_LOSSES, "loss")]),
    "grpo-advantages": (
        GRPO,
        [
            (batches.groups, options.GRPO_ADVANTAGES, "advantages"),
            (batches.judged_groups, options.GRPO_JUDGED, "reward functions"),
        ],
    ),
    "grpo-masks": (GRPO, [(batches.masked_groups, options.GRPO_MASKED, "masks")]),
    "grpo-sampler": (GRPO, [(batches.sampled_groups, options.GRPO_SAMPLED, "another engine")]),
    "grpo-user-groups": (GRPO, [(batches.user_groups, options.GRPO_USERS, "user groups")]),
    "ppo": (
        PPO,
        [
            (batches.proximal, options.PPO, "loss"),
            (batches.proximal_sampled, options.PPO_SAMPLED, "another engine"),
            (batches.proximal_after_last, options.PPO_AFTER_LAST, "score behind the response"),
        ],
    ),
    "remax": (ReMax, [(batches.remax, options.REMAX, "loss")]),
    "dpo": (DPO, [(pair_batches.pairs, options.DPO, "loss")]),
    "kto": (KTO, [(pair_batches.judgements, options.KTO, "loss")]),
    "reward-model": (RewardModel, [(pair_batches.scores, options.REWARDS, "loss")]),
    "sft": (SFT, [(pair_batches.examples, options.SFT, "loss")]),
}


def items_key(algorithm):
    return {"dpo": "pairs", "reward-model": "pairs", "kto": "examples"}.get(algorithm, "sequences")


def file_of(name):
    """One file of vectors."""
    reference, sources = PLAN[name]
    algorithm = reference.algorithm
    wrong = {k: m for k, m in MISTAKES.items() if m.algorithm == algorithm}
    standards, groups, number = STANDARDS[algorithm], [], 0
    for source, sets, flag in sources:
        for title, data in source().items():
            data = data if isinstance(data, dict) else {items_key(algorithm): data}
            tests = []
            for changed in options.without_defaults(algorithm, sets):
                if not is_meant(algorithm, title, data, changed):
                    continue
                number += 1
                made = vector(reference, data, standards | changed, wrong)
                made = {"id": f"{name}-{number}", "options": changed, "result": "valid"} | made
                tests.append(made)
            groups.append({"comment": title, "flags": [flag, title], "batch": data, "tests": tests})
    groups += refused.groups(name, items_key(algorithm), number)
    used = {m for g in groups for t in g["tests"] for m in t.get("mistakes", {})}
    named = {k: {"kind": m.kind, "text": m.text} for k, m in wrong.items() if k in used}
    return {"format": FORMAT, "algorithm": algorithm, "standards": standards, "mistakes": named, "groups": groups}


def is_meant(algorithm, title, data, changed):
    """Whether the options say something about the batch."""
    if algorithm == "dpo" and title == "pairs with margins":
        return (
            changed.get("loss_type", "sigmoid") in ("sigmoid", "hinge", "robust", "cdpo", "exo_pair")
            and "f_divergence_type" not in changed
        )
    weights = changed.get("reward_weights", "").split(",")
    if len(weights) > 1:
        return len(weights) == len(data["sequences"][0]["rewards"])
    if "missing_eos_penalty" in changed:
        return title == "responses cut off"
    if changed.get("loss_type") in ("clip_cov", "kl_cov"):
        # Where covariances tie, which of them are the largest is nobody's to say.
        return title not in ("one response", "no spread at all", "ties", "one token each")
    return True


def text(value):
    return json.dumps(clean(value), separators=(",", ":"), allow_nan=False)


def clean(value):
    """JSON has no NaN: null."""
    if isinstance(value, dict):
        return {k: clean(v) for k, v in value.items()}
    if isinstance(value, list):
        return [clean(v) for v in value]
    if isinstance(value, float):
        return None if not math.isfinite(value) else int(value) if value == int(value) and abs(value) < 1e6 else value
    return value


def written(file):
    """A test a line, so that a difference is readable."""
    head = {k: v for k, v in file.items() if k != "groups"}
    lines = [text(head)[:-1] + ',"groups":[']
    for n, group in enumerate(file["groups"]):
        shared = {k: v for k, v in group.items() if k != "tests"}
        lines.append(("," if n else "") + text(shared)[:-1] + ',"tests":[')
        lines.append(",\n".join(text(t) for t in group["tests"]))
        lines.append("]}")
    return "\n".join(lines) + "\n]}\n"


def main():
    for name in sys.argv[1:] or PLAN:
        made = file_of(name)
        (FOLDER / f"{name}.json").write_text(written(made))
        print(f"{name}.json: {sum(len(g['tests']) for g in made['groups'])} tests in {len(made['groups'])} groups")


if __name__ == "__main__":
    main()
