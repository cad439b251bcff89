"""Mistakes in GRPO: what the losses of tokens are divided by, and which of them count."""

import torch

from making.common import masked_mean, masked_sum, row_means, row_sums
from making.grpo import GRPO, TOKEN_MEAN
from making.mistakes import mistake


@mistake("aggregation", "token mean taken over sequences: each response's mean first")
class MeanOfMeans(GRPO):
    def aggregate(self, losses):
        if self.o["loss_type"] not in (*TOKEN_MEAN, "bnpo"):
            return super().aggregate(losses)
        return row_means(losses, self.mask()).mean()


@mistake("aggregation", "sequence mean taken over tokens: long responses weigh more")
class TokensForResponses(GRPO):
    def aggregate(self, losses):
        if self.o["loss_type"] in ("grpo", "sapo", "gmpo"):
            return masked_mean(losses, self.mask())
        return super().aggregate(losses)


@mistake("aggregation", "padding divides: the mean over responses times the longest response")
class PaddedMean(GRPO):
    def aggregate(self, losses):
        mask = self.mask()
        if self.o["loss_type"] in (*TOKEN_MEAN, "bnpo"):
            return masked_sum(losses, mask) / mask.numel()
        if self.o["loss_type"] in ("grpo", "sapo"):
            return (row_sums(losses, mask) / mask.shape[1]).mean()
        return super().aggregate(losses)


@mistake("aggregation", "dr_grpo divides by the longest response at hand and not by max_completion_length")
class LongestForMaximum(GRPO):
    def aggregate(self, losses):
        if self.o["loss_type"] != "dr_grpo":
            return super().aggregate(losses)
        return masked_sum(losses, self.mask()) / losses.numel()


@mistake("aggregation", "summed over responses where a mean is meant")
class SumOfResponses(GRPO):
    def aggregate(self, losses):
        if self.o["loss_type"] in (*TOKEN_MEAN, "bnpo"):
            return super().aggregate(losses)
        return super().aggregate(losses) * len(self.b)


@mistake("aggregation", "summed over tokens where a mean is meant")
class SumOfTokens(GRPO):
    def aggregate(self, losses):
        if self.o["loss_type"] in (*TOKEN_MEAN, "bnpo"):
            return masked_sum(losses, self.mask())
        return row_sums(losses, self.mask()).mean() if self.o["loss_type"] in ("grpo", "sapo") else super().aggregate(losses)


@mistake("aggregation", "luspo's sum over a response's tokens is a mean")
class MeanForSum(GRPO):
    def aggregate(self, losses):
        return row_means(losses, self.mask()).mean() if self.o["loss_type"] == "luspo" else super().aggregate(losses)


@mistake("aggregation", "the denominator counts tokens that the numerator leaves out")
class DenominatorWithMasked(GRPO):
    def aggregate(self, losses):
        if self.o["loss_type"] in (*TOKEN_MEAN, "bnpo"):
            return masked_sum(losses, self.mask()) / self.b.lengths.sum()
        if self.o["loss_type"] in ("grpo", "sapo"):
            return (row_sums(losses, self.mask()) / self.b.lengths).mean()
        return super().aggregate(losses)


@mistake("aggregation", "responses of which no token counts are left out of the mean")
class WithoutEmpty(GRPO):
    def aggregate(self, losses):
        if self.o["loss_type"] not in ("grpo", "sapo", "luspo"):
            return super().aggregate(losses)
        counted = (self.mask().sum(1) > 0).sum().clamp(min=1)
        return super().aggregate(losses) * len(self.b) / counted


@mistake("mask", "padding counts: the mask is ignored")
class PaddingCounts(GRPO):
    def mask(self):
        return torch.ones_like(super().mask())


@mistake("mask", "tokens of tools count: loss_mask is ignored")
class ToolsCount(GRPO):
    def token_mask(self):
        tokens = (torch.arange(self.b.mask.shape[1]) < self.b.lengths.unsqueeze(1)).double()
        if self.o["mask_truncated_completions"]:
            tokens[self.b.truncated] = 0.0
        return tokens


@mistake("mask", "responses that were cut off count: mask_truncated_completions is ignored")
class TruncatedCount(GRPO):
    def token_mask(self):
        return self.b.mask.clone()


@mistake("mask", "NaN behind the mask reaches the loss: it is multiplied by 0")
class NotANumberUnderMask(GRPO):
    sees_null = True

    def aggregate(self, losses):
        return super().aggregate(losses) + (float("nan") if self.b.logp.isnan().any() else 0.0)
