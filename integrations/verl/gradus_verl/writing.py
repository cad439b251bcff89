"""From verl's tensors to a `gradus.batch/1` file. No dependencies: a trainer's process has torch already."""

import json
import math
import os
import warnings
from collections.abc import Iterator, Mapping
from typing import Any, Protocol

NEEDED = ("prompts", "responses", "response_mask", "old_log_probs", "token_level_scores")


class Tensors(Protocol):
    """Tensors by name: a TensorDict, or a dictionary."""

    def __getitem__(self, name: str, /) -> Any: ...

    def __contains__(self, name: object, /) -> bool: ...


class Data(Protocol):
    """What is read of verl's `DataProto`."""

    @property
    def batch(self) -> Tensors: ...

    @property
    def non_tensor_batch(self) -> Mapping[str, Any]: ...


class Tokenizer(Protocol):
    """What is asked of a tokenizer."""

    def decode(self, ids: list[int], /) -> Any: ...


def write(
    path: str | os.PathLike[str],
    data: Data,
    tokenizer: Tokenizer,
    config: Mapping[str, Any] | None = None,
    title: str | None = None,
    step: int | None = None,
) -> bool:
    """Writes one step, and returns whether it could: training goes on, with a warning, where it cannot.

    Raises KeyError for a tensor that is not there yet: then the call is in the wrong place.

    The trainer has the log-probabilities before the step's first update: `logp` is `old_logp`, and every ratio is 1.
    With `values` the file is of PPO, else of GRPO, grouped by `uid` or, without, by prompt. It has `sampling_logp` where the
    batch has `rollout_log_probs` (`actor_rollout_ref.rollout.calculate_log_probs=True`); how verl corrects for the
    difference are the options `rollout_is` and, of GRPO, `rollout_rs`.

    Args:
        path: The file to write; its folder is made.
        data: The `DataProto` of `RayPPOTrainer.fit` once `old_log_probs` is in it, for instance the argument of
            `_log_rollout_data` (verl/trainer/ppo/ray_trainer.py, the trainer of `trainer.use_v1=False`), or anything with `batch` and
            `non_tensor_batch` like it. Tensors are responses × tokens, `response_mask` is 1 where a token counts.
        tokenizer: For the texts; anything with `decode(ids)`.
        config: Options of Gradus, as `help options` in the debugger lists them: `loss_type`, `epsilon`, `beta`, …; of PPO
            without `ref_log_prob` the file says `kl_coef` 0.
        title: For display.
        step: The step's number, from 1, verl's `global_steps`: at the first one `gradus doctor` knows what must be 0 and 1.
    """
    missing = [name for name in NEEDED if name not in data.batch]
    if missing:
        raise KeyError(f"the batch has no {', '.join(missing)} yet: write it after old_log_probs is computed")
    is_ppo = "values" in data.batch
    # Without a reference there is no KL: the numbers of one that PPO's file must have then count for nothing.
    options = {**(config or {}), **({"kl_coef": 0.0} if is_ppo and "ref_log_prob" not in data.batch else {})}
    try:
        content = {
            "format": "gradus.batch/1",
            "algorithm": "ppo" if is_ppo else "grpo",
            "title": title or os.path.basename(path),
            **({} if step is None else {"step": step}),
            "config": options,
            "sequences": _ppo(data, tokenizer) if is_ppo else _grpo(data, tokenizer),
        }
        _save(path, json.dumps(content, ensure_ascii=False, allow_nan=False) + "\n")
    except (ValueError, OSError) as reason:
        warnings.warn(f"gradus_verl: {path} is not written: {reason}", stacklevel=2)
        return False
    return True


def _save(path: str | os.PathLike[str], text: str) -> None:
    os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
    draft = f"{os.fspath(path)}.draft"
    with open(draft, "w", encoding="utf-8") as file:
        file.write(text)
    os.replace(draft, path)


def _grpo(data: Data, tokenizer: Tokenizer) -> list[dict[str, Any]]:
    uids = data.non_tensor_batch.get("uid")
    sequences = []
    for i, sequence, score in _responses(data, tokenizer):
        group = str(uids[i]) if uids is not None else sequence["prompt"]
        sequences.append({"prompt": sequence.pop("prompt"), "group": group, "reward": score, **sequence})
    return sequences


def _ppo(data: Data, tokenizer: Tokenizer) -> list[dict[str, Any]]:
    sequences = []
    for i, sequence, score in _responses(data, tokenizer):
        values = _counted(data, "values", i)
        if "ref_logp" not in sequence:
            sequence["ref_logp"] = sequence["old_logp"]
        sequences.append({"score": score, **sequence, "value": values, "old_value": values})
    return sequences


def _responses(data: Data, tokenizer: Tokenizer) -> Iterator[tuple[int, dict[str, Any], float]]:
    """Number, what both algorithms have, and the sum of the scores of each response."""
    tensors = data.batch
    for i in range(len(tensors["responses"])):
        ids = [int(x) for x, counts in zip(tensors["responses"][i], tensors["response_mask"][i]) if counts]
        if not ids:
            raise ValueError(f"response {i} has no token that counts")
        old = _counted(data, "old_log_probs", i)
        sequence = {
            "prompt": tokenizer.decode(_prompt(data, i)),
            "tokens": [tokenizer.decode([x]) for x in ids],
            "logp": old,
            "old_logp": old,
        }
        if "rollout_log_probs" in tensors:
            # What the engine sampled with, which verl has with calculate_log_probs=True.
            sequence["sampling_logp"] = _counted(data, "rollout_log_probs", i)
        if "ref_log_prob" in tensors:
            sequence["ref_logp"] = _counted(data, "ref_log_prob", i)
        score = float(tensors["token_level_scores"][i].double().sum())
        if not math.isfinite(score):
            raise ValueError(f"the token_level_scores of response {i} add up to {score}")
        yield i, sequence, score


def _counted(data: Data, name: str, i: int) -> list[float]:
    """A tensor's numbers at the tokens that count."""
    row, mask = data.batch[name][i].double().tolist(), data.batch["response_mask"][i].tolist()
    numbers = [x for x, counts in zip(row, mask) if counts]
    if not all(map(math.isfinite, numbers)):
        raise ValueError(f"{name} of response {i} is not finite")
    return numbers


def _prompt(data: Data, i: int) -> list[int]:
    """The prompt's ids without what pads it on the left."""
    ids = [int(x) for x in data.batch["prompts"][i]]
    if "attention_mask" not in data.batch:
        return ids
    return [x for x, attended in zip(ids, data.batch["attention_mask"][i][: len(ids)].tolist()) if attended]
