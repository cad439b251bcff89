"""Known mistakes: each is a reference with one method wrong, a kind, and a clause that says what is wrong."""

import re

MISTAKES = {}


def mistake(kind, text):
    """Registers a wrong reference under its class's name."""

    def register(cls):
        cls.kind, cls.text = kind, text
        prefix = "" if cls.algorithm == "grpo" else cls.algorithm + "-"
        MISTAKES[prefix + re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "-", cls.__name__).lower()] = cls
        return cls

    return register


from making.mistakes import (  # noqa: E402, F401
    group_advantages,
    group_aggregation,
    group_kl,
    group_ratios,
    group_sampler,
    judgements,
    pairs,
    proximal_advantages,
    proximal_losses,
)
