"""DPO's family on padded tensors. A mistake overrides one method.

Sources: Rafailov et al. 2023 and a paper for each loss; TRL `DPOTrainer`, `CPOTrainer`, `ORPOTrainer`.
"""

import math

import torch
import torch.nn.functional as F

from making.common import NONE, masked_sum, row_means, row_sums

SORTED = ("aot", "aot_unpaired")


class Pairs:
    def __init__(self, batch, options, whole=None):
        self.b, self.o = batch, options
        self.whole = whole or self

    def terms(self):
        return {}

    def counted(self):
        """How many tokens of each pair's chosen response there are."""
        return self.b.chosen_lengths

    def given(self):
        return {}

    def margin(self):
        return torch.where(self.b.margin.isnan(), float(self.o["reward_margin"]), self.b.margin)

    def mean(self, losses):
        """What a part adds to the mean over the step's pairs, times the number of ranks."""
        return losses.sum() / len(self.whole.b) * self.b.step.ranks


class DPO(Pairs):
    algorithm = "dpo"

    def __init__(self, batch, options, whole=None):
        super().__init__(batch, options, whole)
        self.beta, self.smoothing = options["beta"], options["label_smoothing"]

    # A response's number.

    def tokens(self, side, which=""):
        return getattr(self.b, f"{side}_{which}logp"), getattr(self.b, side + "_mask")

    def summed(self, side, which=""):
        """Liu et al. 2024, LD-DPO: tokens beyond the shorter response count ld_alpha times."""
        x, mask = self.tokens(side, which)
        alpha = self.o["ld_alpha"]
        if alpha in NONE:
            return row_sums(x, mask)
        shared = torch.minimum(self.b.chosen_lengths, self.b.rejected_lengths).unsqueeze(1)
        return row_sums(x * torch.where(torch.arange(x.shape[1]) < shared, 1.0, float(alpha)), mask)

    def averaged(self, side):
        return row_means(*self.tokens(side))

    def log_ratio(self, side):
        return self.summed(side) - self.reference(side)

    def reference(self, side):
        return self.summed(side, "ref_")

    def lengths(self, side):
        return getattr(self.b, side + "_lengths").double()

    def score(self, side):
        """Wang et al. 2023: f' of the ratio."""
        d, kind = self.log_ratio(side), self.o["f_divergence_type"]
        if kind == "forward_kl":
            return 1 - torch.exp(-d)
        if kind == "js_divergence":
            return math.log(2) + F.logsigmoid(d)
        alpha = self.o["f_alpha_divergence_coef"]
        if kind == "alpha_divergence" and abs(alpha - 1) >= 1e-6:
            # TRL holds the exponent below 80.
            return (torch.exp(torch.clamp((alpha - 1) * d, max=80)) - 1) / (alpha - 1)
        return d

    def delta(self):
        return self.score("chosen") - self.score("rejected")

    def lead(self):
        """β Δ, less the margin by which the chosen response is to lead (Amini et al. 2024)."""
        return self.beta * self.delta() - self.margin()

    # One loss for each pair.

    def smoothed(self, x):
        return -F.logsigmoid(x) * (1 - self.smoothing) - F.logsigmoid(-x) * self.smoothing

    def sigmoid(self):
        return -F.logsigmoid(self.lead())

    def cdpo(self):
        return self.smoothed(self.lead())

    def sigmoid_norm(self):
        per_token = self.score("chosen") / self.lengths("chosen") - self.score("rejected") / self.lengths("rejected")
        return -F.logsigmoid(self.beta * per_token - self.margin())

    def robust(self):
        x = self.lead()
        return (-(1 - self.smoothing) * F.logsigmoid(x) + self.smoothing * F.logsigmoid(-x)) / (1 - 2 * self.smoothing)

    def hinge(self):
        return torch.relu(1 - self.lead())

    def ipo(self):
        delta = self.delta()
        if self.o["ipo_agg_mode"] == "mean":
            delta = self.score("chosen") / self.lengths("chosen") - self.score("rejected") / self.lengths("rejected")
        return (delta - 1 / (2 * self.beta)) ** 2

    def exo_pair(self):
        x = self.lead()
        epsilon = max(self.smoothing, self.smallest_smoothing())
        wrong = torch.sigmoid(-x) * (F.logsigmoid(-x) - math.log(epsilon))
        return torch.sigmoid(x) * (F.logsigmoid(x) - math.log1p(-epsilon)) + wrong

    def smallest_smoothing(self):
        """TRL's `__init__`: with 0 the loss would be infinite."""
        return 1e-3 if self.smoothing == 0 else 0

    def nca_pair(self):
        c, r = self.beta * self.log_ratio("chosen"), self.beta * self.log_ratio("rejected")
        return -F.logsigmoid(c) - 0.5 * F.logsigmoid(-c) - 0.5 * F.logsigmoid(-r)

    def bco_pair(self):
        return -F.logsigmoid(self.beta * self.log_ratio("chosen")) - F.logsigmoid(-self.beta * self.log_ratio("rejected"))

    def sppo_hard(self):
        half = 0.5 / self.beta
        return (self.log_ratio("chosen") - half) ** 2 + (self.log_ratio("rejected") + half) ** 2

    def aot(self):
        policy = torch.sort(self.summed("chosen") - self.summed("rejected"), stable=True)[0]
        return self.smoothed(self.beta * (policy - torch.sort(self.reference("chosen") - self.reference("rejected"))[0]))

    def aot_unpaired(self):
        sides = [torch.sort(self.log_ratio(s), stable=True)[0] for s in ("chosen", "rejected")]
        return self.smoothed(self.beta * (sides[0] - sides[1]))

    def apo_zero(self):
        chosen, rejected = self.beta * self.log_ratio("chosen"), self.beta * self.log_ratio("rejected")
        return 1 - torch.sigmoid(chosen) + torch.sigmoid(rejected)

    def apo_down(self):
        chosen = self.beta * self.log_ratio("chosen")
        return torch.sigmoid(chosen) + 1 - torch.sigmoid(chosen - self.beta * self.log_ratio("rejected"))

    def discopop(self):
        x = self.beta * self.delta()
        mix = torch.sigmoid(x / self.o["discopop_tau"])
        return -F.logsigmoid(x) * (1 - mix) + torch.exp(-x) * mix

    def sft(self):
        x, mask = self.tokens("chosen")
        whole = masked_sum(x, mask) / self.whole.b.chosen_lengths.sum() * len(self.whole.b) / len(self.b)
        return -whole.expand(len(self.b))

    def simpo(self):
        lead = self.beta * (self.averaged("chosen") - self.averaged("rejected")) - self.o["simpo_gamma"]
        return self.smoothed(lead)

    def orpo(self):
        def log_odds(x):
            return x - torch.log(-torch.expm1(x))

        odds = log_odds(self.averaged("chosen")) - log_odds(self.averaged("rejected"))
        return self.sft() - self.beta * F.logsigmoid(odds)

    def kto_pair(self):
        """Each response against the other kind's mean log-ratio, 0 at least, over the batch."""
        c, r = self.log_ratio("chosen"), self.log_ratio("rejected")
        zc, zr = torch.clamp(c.mean(), min=0), torch.clamp(r.mean(), min=0)
        if self.o["kto_kl"] == "detached":
            zc, zr = zc.detach(), zr.detach()
        return (1 - torch.sigmoid(self.beta * (c - zr)) + 1 - torch.sigmoid(self.beta * (zc - r))) / 2

    # Several losses.

    def names(self):
        kind = self.o["loss_type"]
        return kind if isinstance(kind, list) else kind.split(",")

    def weights(self):
        given = self.o["loss_weights"]
        given = [float(x) for x in (given if isinstance(given, list) else str(given).split(","))]
        return (given + given[-1:] * len(self.names()))[: len(self.names())]

    def pair_weight(self):
        """Zhou et al. 2024, WPO: how likely the policy finds the pair; not differentiated."""
        result = torch.ones(len(self.b)).double()
        for side in ("chosen", "rejected"):
            x, mask = self.tokens(side)
            aligned = (x - getattr(self.b, side + "_log_sum_sq_probs")).detach()
            result = result * torch.exp(row_means(aligned, mask))
        return result

    def loss(self):
        total = 0.0
        for name, weight in zip(self.names(), self.weights()):
            losses = getattr(self, name)()
            total = total + weight * self.mean(losses * self.pair_weight() if self.o["use_weighting"] else losses)
        return total

    def is_divisible(self):
        return not set(self.names()) & {*SORTED, "kto_pair"} and not (
            {"sft", "orpo"} & set(self.names()) and self.o["use_weighting"]
        )

    def metrics(self):
        names = self.names()
        if len(names) == 1 and names[0] in ("simpo", "orpo"):
            return {}
        c, r = self.beta * self.log_ratio("chosen"), self.beta * self.log_ratio("rejected")
        result = {
            "rewards/chosen": c.mean(), "rewards/rejected": r.mean(), "rewards/accuracies": (c > r).double().mean(),
            "rewards/margins": (c - r).mean(), "logps/chosen": self.summed("chosen").mean(),
            "logps/rejected": self.summed("rejected").mean(),
        }  # fmt: skip
        return {k: float(v) for k, v in result.items()}
