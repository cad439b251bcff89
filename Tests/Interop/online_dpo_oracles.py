"""Makes `online-dpo.json` of Tests/SimulationTests/Oracles: steps of `OnlineDPOTrainer.training_step` on given log-probabilities.

What is sampled, scored and computed by the models is given; which response is chosen, the penalty, the loss, its gradient and
what is logged are TRL's. Run it in the environment of the interop tests: `python Tests/Interop/online_dpo_oracles.py`.
"""

import collections
import json
import pathlib
import random
import types

import torch
from trl.experimental.online_dpo import OnlineDPOTrainer

torch.set_default_dtype(torch.float64)
FILE = pathlib.Path(__file__).parent.parent / "SimulationTests" / "Oracles" / "online-dpo.json"
END, WORD, PAD = 1, 2, 0


class Model:
    def train(self):
        pass


def padded(rows, width, filler):
    return [row + [filler] * (width - len(row)) for row in rows]


def step(case):
    """One step of the trainer, with stubs in the place of models and sampling. Padding has log-probability 0 in both models."""
    lengths = [len(row) for row in case["logps"]]
    width = max(lengths)
    ids = [[WORD] * (n - 1) + [END if ended else WORD] for n, ended in zip(lengths, case["ended"])]
    mask = torch.tensor(padded([[1] * n for n in lengths], width, 0))
    logps = torch.tensor(padded(case["logps"], width, 0.0)).requires_grad_(True)
    references = torch.tensor(padded(case["ref_logps"], width, 0.0))
    reference = Model()
    trainer = object.__new__(OnlineDPOTrainer)
    prompts = torch.ones(len(ids), 1, dtype=torch.long)
    trainer.__dict__.update(
        model=Model(), ref_model=reference, eos_token_ids=[END], stats=collections.defaultdict(list),
        processing_class=types.SimpleNamespace(batch_decode=lambda ids, **_: ["" for _ in ids]),
        reward_funcs=[None], _beta=[case["beta"]], state=types.SimpleNamespace(epoch=0, global_step=0),
        args=types.SimpleNamespace(
            use_vllm=False, missing_eos_penalty=case["missing_eos_penalty"], loss_type=case["loss_type"], n_gpu=1,
            torch_empty_cache_steps=None, optim="adamw_torch", gradient_accumulation_steps=1,
        ),
        accelerator=types.SimpleNamespace(gather_for_metrics=lambda x: x, backward=lambda loss, **_: loss.backward()),
        _generate=lambda *_: (prompts, prompts, torch.tensor(padded(ids, width, PAD)), mask, None),
        _forward=lambda model, *_: references if model is reference else logps,
        _calculate_rewards_from_functions=lambda **_: torch.tensor(case["scores"]),
    )  # fmt: skip
    loss = trainer.training_step(trainer.model, {"prompt": ["p"] * (len(ids) // 2)})
    metrics = {name: values[0] for name, values in trainer.stats.items() if name != "beta"}
    gradient = [row[:n] for row, n in zip(logps.grad.tolist(), lengths)]
    return {"loss": loss.item(), "gradient": gradient, "metrics": metrics}


def main():
    cases = []
    for seed in range(4):
        for loss_type in ("sigmoid", "ipo"):
            draw = random.Random(seed)
            lengths = [draw.randrange(1, 6) for _ in range(6)]
            logps = [[round(-draw.expovariate(1), 6) for _ in range(n)] for n in lengths]
            case = {
                "loss_type": loss_type, "beta": [0.1, 0.5, 0.1, 2][seed], "missing_eos_penalty": [None, 1, None, 0.5][seed],
                "logps": logps, "ref_logps": [[round(x + draw.gauss(0, 0.5), 6) for x in row] for row in logps],
                # Whole numbers, so that some pairs are ties.
                "scores": [float(draw.randrange(-1, 2)) for _ in lengths], "ended": [draw.random() < 0.5 for _ in lengths],
            }  # fmt: skip
            if seed == 2:  # Two responses that are the same, text and score.
                for key in ("logps", "ref_logps", "scores", "ended"):
                    case[key][3] = case[key][0]
            cases.append(case | step(case))
    FILE.write_text(json.dumps(cases, indent=1) + "\n")


if __name__ == "__main__":
    main()
