"""A batch of a vector as padded tensors in double precision, the form in which trainers hold it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from gradus_vectors.files import Object, items_of

# What stands behind a response's last token. Padding that is not 0 shows who forgets the mask.
PADDING = {
    "logp": -1.75, "old_logp": -0.5, "ref_logp": -2.25, "sampling_logp": -3.0, "entropy": 3.5, "value": 2.5, "old_value": -1.5,
    "kl_logp": -0.75, "kl_ref_logp": -1.25, "log_sum_sq_probs": -0.625, "advantage": 4.0, "return": -4.0,
}  # fmt: skip
# The tensors that a loss has gradients with respect to.
LEAVES = {
    "ppo": ("logp", "value", "entropy"), "grpo": ("logp", "entropy"), "remax": ("logp",), "dpo": ("chosen_logp", "rejected_logp"),
    "kto": ("logp",), "sft": ("logp",), "reward-model": ("chosen_score", "rejected_score"),
}  # fmt: skip
PER_TOKEN = ("logp", "old_logp", "ref_logp", "sampling_logp", "entropy", "value", "old_value")
PER_RESPONSE = ("score", "baseline_reward", "reward")


class Batch:
    """The tensors of a batch, or of the part of it that one backward pass sees.

    `logp`, `old_logp`, `ref_logp`, `sampling_logp`, `entropy`: [responses, tokens], as far as the file has them, padded with
    `PADDING` and not with 0. `mask` is 1 where a token counts, `lengths` tells tokens from padding. `reward`, `score`,
    `baseline_reward`, `truncated`, `desirable`: [responses]. `group` has the number of each response's group. Pairs have
    `chosen_logp`, `chosen_mask`, `rejected_logp` and so on. `given` has what a trainer computed from the whole step before
    it cut it: advantages, returns, the reference point. `step` says of what the batch is a part.
    """

    # Which of these there are depends on the algorithm and on the file: ask with hasattr.
    logp: Tensor
    old_logp: Tensor
    ref_logp: Tensor
    sampling_logp: Tensor
    entropy: Tensor
    value: Tensor
    old_value: Tensor
    log_sum_sq_probs: Tensor
    mask: Tensor
    value_mask: Tensor
    lengths: Tensor
    score: Tensor
    baseline_reward: Tensor
    reward: Tensor
    rewards: Tensor
    truncated: Tensor
    group: Tensor
    group_names: list[str]
    desirable: Tensor
    kl_logp: Tensor
    kl_ref_logp: Tensor
    kl_mask: Tensor
    margin: Tensor
    chosen_logp: Tensor
    chosen_ref_logp: Tensor
    chosen_log_sum_sq_probs: Tensor
    chosen_mask: Tensor
    chosen_lengths: Tensor
    chosen_score: Tensor
    chosen_truncated: Tensor
    rejected_logp: Tensor
    rejected_ref_logp: Tensor
    rejected_log_sum_sq_probs: Tensor
    rejected_mask: Tensor
    rejected_lengths: Tensor
    rejected_score: Tensor
    rejected_truncated: Tensor

    def __init__(
        self,
        data: Object,
        algorithm: str,
        rows: Iterable[int] | None = None,
        step: Step | None = None,
        given: Mapping[str, Any] | None = None,
    ) -> None:
        self.algorithm = algorithm
        self.data = data
        items = items_of(data)
        self.rows = list(range(len(items))) if rows is None else list(rows)
        self.items = [items[i] for i in self.rows]
        self.step = step or Step.whole(data)
        self.given = {k: self._cut(k, v) for k, v in (given or {}).items()}
        if "pairs" in data:
            for side in ("chosen", "rejected"):
                self._fill([i[side] for i in self.items], side + "_")
            self.margin = numbers([i.get("margin") for i in self.items])
        else:
            self._fill(self.items, "")
        for leaf in LEAVES[algorithm]:
            if hasattr(self, leaf):
                getattr(self, leaf).requires_grad_(True)

    def _fill(self, items: list[Object], prefix: str) -> None:
        self._set(prefix + "lengths", torch.tensor([len(i["tokens"]) for i in items]))
        for name in PER_TOKEN + ("log_sum_sq_probs",):
            if name in items[0]:
                self._set(prefix + name, padded([i[name] for i in items], PADDING[name]))
        self._set(prefix + "mask", padded([i.get("loss_mask", [1] * len(i["tokens"])) for i in items], 0.0))
        if "kl_logp" in items[0]:
            for name in ("kl_logp", "kl_ref_logp"):
                self._set(name, padded([i[name] for i in items], PADDING[name]))
            self._set("kl_mask", padded([[1] * len(i["kl_logp"]) for i in items], 0.0))
        if "old_value" in items[0]:
            self._set("value_mask", padded([[1] * len(i["old_value"]) for i in items], 0.0))
        for name in PER_RESPONSE:
            if name in items[0]:
                self._set(prefix + name, numbers([i[name] for i in items]))
        if "rewards" in items[0]:
            # [responses, functions], NaN where a function did not judge.
            self._set("rewards", torch.stack([numbers(list(i["rewards"].values())) for i in items]))
        if "group" in items[0]:
            names: list[str] = []
            for sequence in self.data["sequences"]:
                if sequence["group"] not in names:
                    names.append(sequence["group"])
            self.group_names = names
            self._set("group", torch.tensor([names.index(i["group"]) for i in items]))
        self._set(prefix + "truncated", torch.tensor([bool(i.get("truncated", False)) for i in items]))
        if "desirable" in items[0]:
            self._set("desirable", torch.tensor([i["desirable"] for i in items]))

    def _set(self, name: str, value: Tensor) -> None:
        setattr(self, name, value)

    def _cut(self, name: str, values: Any) -> Tensor:
        if not isinstance(values, list):
            return torch.tensor(values, dtype=torch.float64)
        own = [values[i] for i in self.rows]
        return padded(own, PADDING[name]) if isinstance(own[0], list) else numbers(own)

    def __len__(self) -> int:
        return len(self.items)

    def gradients(self) -> dict[str, list[Any]]:
        """The leaves' gradients as lists without padding; zeros where nothing reached a leaf."""
        result: dict[str, list[Any]] = {}
        for leaf in LEAVES[self.algorithm]:
            if not hasattr(self, leaf):
                continue
            tensor: Tensor = getattr(self, leaf)
            gradient = torch.zeros_like(tensor) if tensor.grad is None else tensor.grad
            if gradient.dim() == 1:
                result[leaf] = gradient.tolist()
                continue
            prefix, own = leaf.split("_")[0], "value" if leaf == "value" else "logp"
            lists = [i[prefix][own] for i in self.items] if prefix in ("chosen", "rejected") else [i[leaf] for i in self.items]
            result[leaf] = [row[: len(one)] for row, one in zip(gradient.tolist(), lists)]
        return result


class Step:
    """The optimizer step of which a batch is a part: how many tokens and responses count in all of it.

    `parts` is the number of backward passes that this rank adds up (gradient accumulation), `ranks` the number of ranks
    whose gradients are averaged, as DDP and FSDP do.
    """

    def __init__(self, tokens: int, sequences: int, parts: int = 1, ranks: int = 1) -> None:
        self.tokens, self.sequences, self.parts, self.ranks = tokens, sequences, parts, ranks

    @classmethod
    def whole(cls, data: Object) -> Step:
        items = items_of(data)
        counted = 0
        for i in items:
            if "chosen" in i:
                counted += len(i["chosen"]["tokens"])
            else:
                counted += sum(i.get("loss_mask", [1] * len(i["tokens"])))
        return cls(counted, len(items))


def padded(rows: Sequence[Sequence[float | None]], filler: float) -> Tensor:
    """[rows, longest row] in double precision; null is NaN."""
    width = max(len(row) for row in rows)
    return torch.stack([numbers(list(row) + [filler] * (width - len(row))) for row in rows])


def numbers(values: Iterable[float | None]) -> Tensor:
    return torch.tensor([math.nan if v is None else float(v) for v in values], dtype=torch.float64)
