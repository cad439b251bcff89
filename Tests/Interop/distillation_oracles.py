"""Makes `distillation.json` of Tests/SimulationTests/Oracles: losses of a student and its teacher, by TRL's own functions.

`full_logits` is `GKDTrainer.generalized_jsd_loss`, `topk_logits` and `sampled_token` are SDFT's, each with its gradient by the student's logits.
Run it in the environment of the interop tests: `python Tests/Interop/distillation_oracles.py`.
"""

import json
import pathlib
import random

import torch
from trl.experimental.gkd import GKDTrainer
from trl.experimental.sdft.loss_utils import (
    compute_full_logit_self_distillation_loss,
    compute_sampled_token_self_distillation_loss,
    compute_topk_self_distillation_loss,
)

torch.set_default_dtype(torch.float64)
FILE = pathlib.Path(__file__).parent.parent / "SimulationTests" / "Oracles" / "distillation.json"
VOCABULARY = 7


def logits(draw, lengths):
    return [[[round(draw.gauss(0, 2), 6) for _ in range(VOCABULARY)] for _ in range(n)] for n in lengths]


def flat(sequences):
    return torch.tensor([row for sequence in sequences for row in sequence])[None]


def per_token(case, student, teacher, tokens):
    if case["distillation_mode"] == "sampled_token":
        return compute_sampled_token_self_distillation_loss(student, teacher, tokens, distillation_alpha=1.0)
    if case["distillation_mode"] == "topk_logits":
        return compute_topk_self_distillation_loss(
            student, teacher, distillation_topk=case["distillation_topk"], distillation_alpha=case["beta"],
            distillation_add_tail=case["distillation_add_tail"],
        )  # fmt: skip
    loss = compute_full_logit_self_distillation_loss(student, teacher, distillation_alpha=case["beta"])
    # The stable trainer and GKD's have the same divergence under another name.
    whole = GKDTrainer.generalized_jsd_loss(student, teacher, beta=case["beta"], num_items_in_batch=1)
    assert abs(loss.sum() - whole) < 1e-12
    return loss


def mean(case, losses, lengths):
    """TRL's two averages: over the tokens of a step, and over responses."""
    parts = losses[0].split(lengths)
    if case["loss_agg_mode"] == "token-mean":
        return losses.mean()
    return torch.stack([part.mean() for part in parts]).mean()


def main():
    cases = []
    settings = [("full_logits", beta) for beta in (0, 0.1, 0.5, 0.9, 1)] + [("sampled_token", 1)]
    settings += [("topk_logits", beta) for beta in (0, 0.5, 1)]
    for seed, (mode, beta) in enumerate(settings):
        for average in ("token-mean", "seq-mean-token-mean"):
            draw = random.Random(seed)
            lengths = [3, 1, 4]
            case = {
                "distillation_mode": mode, "beta": beta, "temperature": [1, 0.7, 2][seed % 3], "loss_agg_mode": average,
                "distillation_topk": 3, "distillation_add_tail": average == "token-mean",
                "student": logits(draw, lengths), "teacher": logits(draw, lengths),
                "tokens": [[draw.randrange(VOCABULARY) for _ in range(n)] for n in lengths],
            }  # fmt: skip
            student = flat(case["student"]).requires_grad_(True)
            scaled, teacher = student / case["temperature"], flat(case["teacher"]) / case["temperature"]
            tokens = torch.tensor([token for sequence in case["tokens"] for token in sequence])[None]
            losses = per_token(case, scaled, teacher, tokens)
            loss = mean(case, losses, lengths)
            loss.backward()
            # The value of TRL's policy gradient is another one, (log p - log q) log p; its gradient is what counts.
            case["loss"] = loss.item() if mode != "sampled_token" else None
            case["losses"] = losses[0].tolist() if mode != "sampled_token" else None
            case["gradient"] = student.grad[0].tolist()
            cases.append(case)
    FILE.write_text(json.dumps(cases, indent=1) + "\n")


if __name__ == "__main__":
    main()
