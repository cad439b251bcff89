"""What the formulas of several algorithms share, written from the papers and from TRL's and verl's sources."""

import torch

NONE = (None, "none")


def masked_sum(x, mask):
    return torch.where(mask > 0, x, 0.0).sum()


def masked_mean(x, mask):
    return masked_sum(x, mask) / mask.sum().clamp(min=1.0)


def row_sums(x, mask):
    return torch.where(mask > 0, x, 0.0).sum(1)


def row_means(x, mask):
    return row_sums(x, mask) / mask.sum(1).clamp(min=1.0)


def deviation(x, ddof=1):
    """The standard deviation; 0 of a single number."""
    if len(x) < 2:
        return torch.zeros((), dtype=x.dtype)
    return ((x - x.mean()) ** 2).sum().div(len(x) - ddof).sqrt()


def whiten(rows, mask, ddof=1, shift_mean=True, epsilon=1e-8):
    """TRL's `masked_whiten`: 1e-8 is added to the variance."""
    flat = rows[mask > 0]
    mean = flat.mean()
    variance = ((flat - mean) ** 2).sum() / max(1, len(flat) - ddof)
    result = (rows - mean) / torch.sqrt(variance + epsilon)
    return result if shift_mean else result + mean


def clamped(x, bound):
    return x if bound in NONE else torch.clamp(x, -bound, bound)


def kl(kind, d, log_ratio_clamp=None, clamp=None):
    """An estimate of the KL from d = log π − log π_ref.

    Schulman 2020: k1 = d, k2 = d²/2, k3 = e^−d − 1 + d. k3+ has k3's value and k2's gradient. verl's `kl_penalty` holds d
    within bounds before and the estimate after.
    """
    held = clamped(d, log_ratio_clamp)
    if kind == "k1":
        return clamped(held, clamp)
    if kind == "k2":
        return clamped(held**2 / 2, clamp)
    k3 = clamped(torch.exp(-held) - 1 + held, clamp)
    if kind == "k3":
        return k3
    slope = d**2 / 2
    return k3.detach() + slope - slope.detach()


def smallest(values):
    values = [v for v in values if v == v]
    return min(values) if values else float("nan")


def largest(values):
    values = [v for v in values if v == v]
    return max(values) if values else float("nan")


def sampler_metrics(batch, mask, weights):
    """How far the engine that sampled was from the policy, and the weights for it; [responses, 1] or one per token."""
    apart = (batch.old_logp - batch.sampling_logp).abs()
    apart = apart[(mask > 0) & ~apart.isnan()]
    result = {f"sampling/sampling_logp_difference/{k}": v for k, v in (("mean", apart.mean()), ("max", apart.max()))}
    if weights is None:
        return result
    weights = weights.flatten() if weights.shape[1] == 1 else weights[mask > 0]
    kinds = (("min", weights.min()), ("mean", weights.mean()), ("max", weights.max()))
    return result | {f"sampling/importance_sampling_ratio/{k}": v for k, v in kinds}
