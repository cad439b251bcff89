"""Makes the oracles `pair-*` of Tests/SimulationTests/Oracles: several losses added, weighted pairs, margins, ipo on sums.

Where TRL has it, the numbers are those of TRL's own `DPOTrainer._compute_loss`, which is given log-probabilities instead of a
model; the rest is written in torch from the papers. Run it in the environment of the interop tests:
`python Tests/Interop/pair_oracles.py`.
"""

import collections
import contextlib
import json
import pathlib
import random
import types

import torch
import trl.trainer.dpo_trainer as dpo_trainer
from trl import DPOTrainer

torch.set_default_dtype(torch.float64)
# Where PEFT is installed, TRL asks this of the model, which is a function here.
dpo_trainer.is_peft_model = lambda _: False
FOLDER = pathlib.Path(__file__).parent.parent / "SimulationTests" / "Oracles"


def pairs(seed):
    draw = random.Random(seed)

    def response():
        logp = [round(-draw.uniform(0.05, 2.0), 6) for _ in range(draw.randint(1, 6))]
        return {
            "tokens": ["t"] * len(logp),
            "logp": logp,
            "ref_logp": [round(min(-0.01, x + draw.gauss(0, 0.4)), 6) for x in logp],
            "log_sum_sq_probs": [round(-draw.uniform(0.1, 2.5), 6) for _ in logp],
        }

    return [{"prompt": "p", "chosen": response(), "rejected": response()} for _ in range(5)]


def rows(items, key):
    responses = [i["chosen"] for i in items] + [i["rejected"] for i in items]
    width = max(len(r["tokens"]) for r in responses)
    return torch.tensor([r[key] + [0.0] * (width - len(r[key])) for r in responses])


def loss_of_trl(items, config, logp):
    """What `_compute_loss` makes of the given log-probabilities."""
    mask = (rows(items, "logp") != 0).long()
    count, width = mask.shape

    def outputs(log_probs):
        zeros = torch.zeros(count, width)
        return types.SimpleNamespace(
            log_probs=log_probs, log_sum_sq_probs=rows(items, "log_sum_sq_probs"), entropy=zeros, mean_logits=zeros,
            is_top1=zeros.bool(),
        )

    def model(**_):
        return outputs(logp)

    model.training = True
    names = config.get("loss_type", "sigmoid").split(",")
    weights = [float(x) for x in config.get("loss_weights", "1").split(",")]
    trainer = types.SimpleNamespace(
        model=model, ref_model=lambda **_: outputs(rows(items, "ref_logp")),
        args=types.SimpleNamespace(discopop_tau=config.get("discopop_tau", 0.05), gradient_checkpointing_kwargs=None,
                                   gradient_checkpointing=False),
        accelerator=types.SimpleNamespace(device="cpu", gather_for_metrics=lambda x: x, gather=lambda x: x),
        aux_loss_enabled=False, precompute_ref_logps=False, loss_types=names,
        loss_weights=weights + weights[-1:] * (len(names) - len(weights)),
        ld_alpha=config.get("ld_alpha"), beta=config.get("beta", 0.1), use_weighting=config.get("use_weighting", False),
        label_smoothing=config.get("label_smoothing", 0.0), f_divergence_type=config.get("f_divergence_type", "reverse_kl"),
        f_alpha_divergence_coef=0.5, _metrics=collections.defaultdict(lambda: collections.defaultdict(list)),
        _total_train_tokens=0, _tp_size=1,
    )
    # The prompt is one token, whose log-probability nobody asks for.
    prompt = torch.zeros(count, 1, dtype=torch.long)
    inputs = {
        "completion_mask": torch.cat([prompt, mask], 1), "input_ids": torch.zeros(count, width + 1, dtype=torch.long),
        "attention_mask": torch.cat([prompt + 1, mask], 1),
    }
    dpo_trainer.disable_gradient_checkpointing = lambda *_: contextlib.nullcontext()
    return DPOTrainer._compute_loss(trainer, model, inputs, False)


def loss_of_papers(items, config, logp):
    """IPO of whole responses (Azar et al. 2023, equation 17) and DPO with an offset (Amini et al. 2024, equation 8)."""
    beta = config.get("beta", 0.1)
    mask = (rows(items, "logp") != 0).double()
    scores = ((logp - rows(items, "ref_logp")) * mask).sum(1)
    difference = scores[: len(items)] - scores[len(items) :]
    kind = config.get("loss_type", "sigmoid")
    if kind == "ipo":
        return ((difference - 1 / (2 * beta)) ** 2).mean()
    margin = torch.tensor([i.get("margin", config.get("reward_margin", 0.0)) for i in items])
    lead = beta * difference - margin
    if kind == "hinge":
        return torch.relu(1 - lead).mean()
    return -torch.nn.functional.logsigmoid(lead).mean()


TRL = {
    "mpo": {"loss_type": "sigmoid,bco_pair,sft", "loss_weights": "0.8,0.2,1"},
    "rpo": {"loss_type": "sigmoid,sft", "loss_weights": "1,0.005"},
    "sum-of-many": {"loss_type": "hinge,ipo,nca_pair,aot,discopop,sigmoid_norm", "loss_weights": "0.5,0.25,2", "beta": 0.3},
    "wpo": {"use_weighting": True},
    # Weighted, TRL's hinge has no gradient: it changes the result of relu in place.
    "wpo-ipo-ld": {"use_weighting": True, "loss_type": "ipo", "ld_alpha": 0.4, "beta": 0.5},
    "wpo-mpo": {"use_weighting": True, "loss_type": "apo_zero,robust", "loss_weights": "0.7,0.3", "label_smoothing": 0.1},
    "weight-alone": {"loss_weights": "0.5", "loss_type": "sigmoid"},
}
PAPERS = {
    "ipo-sum": {"loss_type": "ipo", "ipo_agg_mode": "sum", "beta": 0.2},
    "margin-option": {"reward_margin": 0.7, "beta": 0.5},
    "margin-of-pairs": {"beta": 0.5, "reward_margin": 0.1},
    "margin-hinge": {"beta": 0.5, "loss_type": "hinge", "reward_margin": -0.4},
}


def write(name, items, config, logp, loss):
    loss.backward()
    expected = {"loss": loss.item()}
    for role, first in (("chosen", 0), ("rejected", len(items))):
        for i, pair in enumerate(items):
            for t in range(len(pair[role]["tokens"])):
                expected[f"grad({role}_logp[{i},{t}])"] = logp.grad[first + i, t].item()
    save(name, "dpo", items, config, expected)


def save(name, algorithm, items, config, expected):
    batch = {"format": "gradus.batch/1", "algorithm": algorithm, "title": name, "config": config, "pairs": items}
    (FOLDER / f"pair-{name}.batch.json").write_text(json.dumps(batch, indent=1) + "\n")
    (FOLDER / f"pair-{name}.expected.json").write_text(json.dumps(expected, indent=1) + "\n")


def reward_model(seed):
    """TRL's `RewardTrainer.compute_loss` with a column of margins, in its own words."""
    draw = random.Random(seed)
    margins = [0.5, 0.0, 1.25, -0.3]
    scores = torch.tensor([[round(draw.gauss(0, 1), 6) for _ in margins] for _ in range(2)], requires_grad=True)
    loss = -torch.nn.functional.logsigmoid(scores[0] - scores[1] - torch.tensor(margins)).mean()
    loss = loss + 0.01 * ((scores[0] + scores[1]) ** 2).mean()
    loss.backward()
    expected = {"loss": loss.item(), "metric(margin)": (scores[0] - scores[1]).mean().item()}
    items = []
    for i, margin in enumerate(margins):
        items.append({
            "prompt": "p", "chosen": {"tokens": ["a"], "score": scores[0, i].item()},
            "rejected": {"tokens": ["b"], "score": scores[1, i].item()}, "margin": margin,
        })  # fmt: skip
        expected[f"grad(chosen_score[{i}])"] = scores.grad[0, i].item()
        expected[f"grad(rejected_score[{i}])"] = scores.grad[1, i].item()
        expected[f"wanted_margin[{i}]"] = margin
        expected[f"logit[{i}]"] = (scores[0, i] - scores[1, i]).item() - margin
    save("reward-margins", "reward-model", items, {"reward_margin": 9}, expected)


def main():
    for seed, (name, config) in enumerate((TRL | PAPERS).items()):
        items = pairs(seed)
        if name == "margin-of-pairs":
            for pair, margin in zip(items, (0.5, 1.5, None, -0.25, 0.0)):
                if margin is not None:
                    pair["margin"] = margin
        logp = rows(items, "logp").requires_grad_(True)
        loss = (loss_of_trl if name in TRL else loss_of_papers)(items, config, logp)
        write(name, items, config, logp, loss)
    reward_model(99)


if __name__ == "__main__":
    main()
