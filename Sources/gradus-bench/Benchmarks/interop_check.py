"""Checks that transformers and Gradus read one model directory alike.

Loads MODEL in AutoModelForCausalLM and AutoTokenizer, scores texts in double precision, and compares token ids and
log-probabilities with `gradus score --model MODEL --text TEXT --json`. Prints OK, or each difference, and then exits with 1.
`--expected FILE` compares with a list of {"text", "ids", "logprobs"} instead of asking Gradus.
"""

import argparse
import json
import os
import subprocess
import sys

os.environ["HF_HUB_OFFLINE"] = "1"

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer
from transformers.utils import logging

from compare import program

TEXTS = ["Hello, world!", "To be, or not to be: that is the question.", "12+29=41", "a good film", "Grüße, 東京 🙂\n\ttwo  spaces"]


class TransformersScorer:
    """Token ids of a text and the log-probability of each token after the first."""

    def __init__(self, directory):
        logging.set_verbosity_error()
        logging.disable_progress_bar()
        self.tokenizer = AutoTokenizer.from_pretrained(directory)
        self.model = AutoModelForCausalLM.from_pretrained(directory, dtype=torch.float64).eval()

    @torch.inference_mode()
    def __call__(self, text):
        ids = self.tokenizer(text)["input_ids"]
        if len(ids) < 2:
            return ids, []
        distributions = self.model(torch.tensor([ids])).logits[0, :-1].log_softmax(-1)
        return ids, distributions.gather(1, torch.tensor(ids[1:])[:, None])[:, 0].tolist()


def gradus_score(gradus, directory, text):
    """What `gradus score` says; raises CalledProcessError with its message on stderr."""
    command = [gradus, "score", "--model", directory, "--text", text, "--json"]
    answer = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    return answer["ids"], answer["logprobs"]


def differences(text, ours, theirs, tolerance):
    """One line per difference between two (ids, logprobs) of a text."""
    (ids, logprobs), (their_ids, their_logprobs) = ours, theirs
    if ids != their_ids:
        return [f"{text!r}: ids {ids}, transformers {their_ids}"]
    if len(logprobs) != len(their_logprobs):
        return [f"{text!r}: {len(logprobs)} log-probabilities, transformers {len(their_logprobs)}"]
    # `not <=` rather than `>`, so that NaN is a difference.
    return [
        f"{text!r}: token {i + 1}: {a:.7f}, transformers {b:.7f}"
        for i, (a, b) in enumerate(zip(logprobs, their_logprobs))
        if not abs(a - b) <= tolerance
    ]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", help="a model directory")
    parser.add_argument("--text", action="append", help="a text to score; may be repeated")
    parser.add_argument("--expected", help="numbers to compare with instead of Gradus's")
    parser.add_argument("--gradus", help="the program; by default the release build, then PATH")
    parser.add_argument("--tolerance", type=float, default=1e-4)
    options = parser.parse_args()

    scorer = TransformersScorer(options.model)
    if options.expected:
        with open(options.expected, encoding="utf-8") as file:
            cases = [(row["text"], (row["ids"], row["logprobs"])) for row in json.load(file)]
    else:
        gradus = options.gradus or program("gradus")
        if gradus is None:
            sys.exit("no gradus found: run `make build`, or name it with --gradus")
        cases = [(text, gradus_score(gradus, options.model, text)) for text in options.text or TEXTS]

    found, tokens = [], 0
    for text, ours in cases:
        found += differences(text, ours, scorer(text), options.tolerance)
        tokens += len(ours[0])
    print("\n".join(found) or f"OK: {len(cases)} texts, {tokens} tokens within {options.tolerance:g}")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
