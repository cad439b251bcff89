"""Public bugs of trainers, each as the lines of `trainer.py` that it was, and the kind that the runner is to name.

`Documentation/test-vectors.md` lists them.
"""

from dataclasses import dataclass


@dataclass
class Bug:
    date: str
    source: str
    what: str
    right: str
    wrong: str
    kind: str


BUGS = [
    Bug(
        "2021-09-01",
        "thu-ml/tianshou#433",
        "PPO's dual clip acted on positive advantages too",
        "surrogate = torch.where(advantage < 0, floor, surrogate)",
        "surrogate = floor",
        "clip: dual: the floor of the dual clip holds for positive advantages too",
    ),
    Bug(
        "2024-01-05",
        "huggingface/trl#1180",
        "PPO reported k1 as its KL, whatever estimator was penalized",
        '"objective/kl": (kl * mask).sum(1).mean().item(),',
        '"objective/kl": (d * mask).sum(1).mean().item(),',
        "metric: objective/kl",
    ),
    Bug(
        "2024-01-22",
        "huggingface/trl#1265",
        "IPO compared sums of log-probabilities, which grow with the length",
        "average = chosen_scores / batch.chosen_lengths - rejected_scores / batch.rejected_lengths",
        "average = chosen_scores - rejected_scores",
        "loss: ipo: sums of responses are compared where ipo_agg_mode says means",
    ),
    Bug(
        "2024-06-06",
        "huggingface/trl#1705",
        "RPO's likelihood was a mean of each response",
        "losses = nll",
        "losses = -(batch.chosen_logp * batch.chosen_mask).sum(1) / batch.chosen_lengths",
        "loss: sft: the mean of each response is taken first, where it is over all tokens",
    ),
    Bug(
        "2024-10-16",
        "huggingface/transformers#34191",
        "gradient accumulation averaged the token means of its parts",
        "return -(batch.logp * batch.mask).sum() / batch.step.tokens * batch.step.ranks",
        "return -masked_mean(batch.logp, batch.mask) / batch.step.parts",
        "reduction: each part's token mean is averaged, where the tokens of the whole step divide",
    ),
    Bug(
        "2025-01-26",
        "huggingface/trl#2664",
        "GRPO's ratio was not clipped",
        "losses = -torch.min(ratio * a, clipped * a)",
        "losses = -(ratio * a)",
        "clip: not clipped",
    ),
    Bug(
        "2025-01-30",
        "allenai/open-instruct#535",
        "GRPO's KL was averaged over padding",
        'options["beta"] * aggregated(kind, options, batch, kl, mask, completion_mask)',
        'options["beta"] * kl.mean()',
        "KL: averaged over padding as well: mean() where a masked mean is meant",
    ),
    Bug(
        "2025-03-01",
        "huggingface/trl#2995",
        "GRPO's loss was averaged over all tokens, where the paper averages each response first",
        "return rows.sum() / step.sequences * step.ranks",
        "return total / mask.sum().clamp(min=1.0) / step.parts",
        "aggregation: sequence mean taken over tokens: long responses weigh more",
    ),
    Bug(
        "2025-03-06",
        "mll-lab-nu/RAGEN#58",
        "verl's KL loss was subtracted, and so maximized",
        'loss = loss + options["beta"]',
        'loss = loss - options["beta"]',
        "KL: its sign is wrong in the loss: it is maximized",
    ),
    Bug(
        "2025-07-09",
        "huggingface/trl#3709",
        "the threshold of the entropies was taken over padding too",
        "torch.quantile(entropies[mask > 0], ",
        "torch.quantile(entropies.flatten(), ",
        "entropy: the threshold of top_entropy_quantile is taken over padding too",
    ),
    Bug(
        "2025-10-13",
        "verl-project/verl#3741",
        "seq-mean-token-sum-norm was a sum over the responses",
        "policy_loss = -(surrogate * mask).sum(1).mean() / horizon",
        "policy_loss = -(surrogate * mask).sum(1).sum() / horizon",
        "aggregation: seq-mean-token-sum-norm is not divided by the number of responses",
    ),
    Bug(
        "2025-11-06",
        "huggingface/trl#4499",
        "the conditions of CISPO and of the clipped losses were exchanged",
        'if kind == "cispo":',
        'if kind in ("grpo", "dapo", "dr_grpo"):',
        "clip: cispo's weight of log π takes the place of the clipped objective",
    ),
    Bug(
        "2026-02-09",
        "linkedin/Liger-Kernel#1088",
        "the fused loss ignored the weights for the engine that sampled",
        "losses = losses * sampler_weight(options, batch, mask)",
        "pass",
        "sampler: not corrected",
    ),
    Bug(
        "2026-03-10",
        "NovaSky-AI/SkyRL#1305",
        "advantages were whitened with a mean over padding",
        "    mean = masked_mean(values, mask)\n",
        "    mean = values.mean()\n",
        "advantages: whitening: the mean is taken over padding too",
    ),
    Bug(
        "2026-03-18",
        "verl-project/verl#5641",
        "token-mean divided each micro-batch by its own tokens",
        "normalizer = max(1, step.tokens) / step.ranks",
        "normalizer = mask.sum().clamp(min=1.0) * step.parts",
        "reduction: each part's token mean is averaged, where the tokens of the whole step divide",
    ),
    Bug(
        "2026-05-17",
        "OpenRLHF/OpenRLHF#1240",
        "NaN in a masked token made the loss NaN",
        "    hidden = batch.logp.isnan() & (mask == 0)\n",
        "    hidden = torch.zeros_like(mask) > 0\n",
        "mask: NaN behind the mask reaches the loss: it is multiplied by 0",
    ),
    Bug(
        "2026-05-20",
        "alibaba/ROLL#447",
        "GAE took the critic's value of padding for the next one",
        "following = values[:, t + 1] if t + 1",
        "following = batch.old_value[:, t + 1] if t + 1",
        "GAE: the value behind the response's end is taken for the next one",
    ),
    Bug(
        "2026-05-27",
        "verl-project/verl#6497",
        "GDPO's last normalization counted a response as often as it is long",
        "final = (total - total.mean()) / (total.std() + 1e-4)",
        "final = masked_whiten(total.unsqueeze(1).expand_as(mask), mask, 1)[:, 0]",
        "advantages: reward functions: the sum is normalized over tokens and not over responses",
    ),
    Bug(
        "2026-06-19",
        "huggingface/trl#6121",
        "PPO's logged entropy counted padding",
        '"objective/entropy": (-batch.old_logp * mask).sum(1).mean().item(),',
        '"objective/entropy": (-batch.old_logp).sum(1).mean().item(),',
        "metric: objective/entropy",
    ),
    Bug(
        "2026-07-07",
        "unslothai/unsloth-zoo#869",
        "a rewrite of SAPO, as review found, did not multiply its gate by the advantage",
        "losses = -torch.sigmoid(t * (ratio - 1)) * 4 / t * a",
        "losses = torch.sigmoid(t * (ratio - 1)) * 4 / t",
        "ratio: sapo's gate is not multiplied by the advantage",
    ),
    Bug(
        "2026-07-18",
        "huggingface/trl#6439",
        "truncated responses were left out of the sum and not of its denominator",
        "normalizer = max(1, step.tokens) / step.ranks",
        "normalizer = completion_mask.sum() if step.parts * step.ranks == 1 else step.tokens / step.ranks",
        "aggregation: the denominator counts tokens that the numerator leaves out",
    ),
    Bug(
        "2026-07-19",
        "huggingface/trl#6441",
        "f_divergence_type changed one of apo_down's two terms",
        "1 - torch.sigmoid(beta * (chosen_logratios - rejected_logratios))",
        "1 - torch.sigmoid(beta * delta_score)",
        "loss: apo: f_divergence_type changes one of apo_down's two terms",
    ),
    Bug(
        "2026-08-06",
        "verl-project/verl#7300",
        "REINFORCE++ reset its return at a tool's tokens, so that earlier tokens got nothing",
        "running = torch.where(mask[:, t] > 0, new, running)",
        "running = new * mask[:, t]",
        "advantages: reward to go: the return is reset at a token that does not count, so that earlier tokens get nothing",
    ),
    Bug(
        "2026-09-12",
        "modelscope/ms-swift#10117",
        "DAPO's loss was divided by the accumulated parts, which its tokens already count",
        "return total / normalizer",
        "return total / normalizer / step.parts",
        "reduction: divided by the number of accumulated parts once more",
    ),
    Bug(
        "2026-09-16",
        "modelscope/ms-swift#10167",
        "DPO's loss_type did not reach the loss, which was always sigmoid",
        'names = options["loss_type"].split(",")',
        'names = ["sigmoid"]',
        "loss: sigmoid, whatever loss_type says",
    ),
]
