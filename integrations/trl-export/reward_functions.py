"""Reward functions of Gradus in Python, as GRPOTrainer asks for them; rewards.py says which the run has.

Each function here makes one that gives every completion a number.
"""

import ast
import json
import math
import os
import operator
import re
import subprocess
import threading

import torch
from accelerate import PartialState
from transformers import AutoModelForSequenceClassification, PreTrainedTokenizerFast

from continuation import Tokens


def text(value):
    """A column's value as text; a whole number has no decimal point, whatever type the column has."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def exact_match(column):
    """1 where the completion is what the column says, spaces around either aside; None where the column is null."""

    def exact_match(prompts, completions, **columns):
        wanted = columns[column]
        return [None if b is None else float(a.strip() == text(b).strip()) for a, b in zip(completions, wanted)]

    return exact_match


OPERATORS = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.UAdd: operator.pos,
    ast.USub: operator.neg,
}


def value(expression):
    """The value of an expression of numbers, + - * / and parentheses; None for any other text."""

    def walk(node):
        if isinstance(node, ast.Constant) and type(node.value) in (int, float):
            return float(node.value)
        if isinstance(node, ast.UnaryOp):
            return OPERATORS[type(node.op)](walk(node.operand))
        if isinstance(node, ast.BinOp):
            return OPERATORS[type(node.op)](walk(node.left), walk(node.right))
        raise KeyError

    # 007 is a number to Gradus.
    plain = re.sub(r"(?<![\d.])0+(?=\d)", "", expression.strip())
    if not re.fullmatch(r"[\d+\-*/(). ]+", plain) or "**" in plain or "//" in plain:
        return None
    try:
        result = walk(ast.parse(plain, mode="eval").body)
    except (SyntaxError, ValueError, KeyError, ZeroDivisionError, OverflowError, RecursionError, MemoryError):
        return None
    return result if math.isfinite(result) else None


def last_expression(prompt):
    """The value of the last expression with an operator, set off from words and other numbers."""
    for run in reversed(list(re.finditer(r"[0-9+\-*/(). ]+", prompt))):
        before = prompt[run.start() - 1 : run.start()]
        is_cut = not run[0].startswith(" ") and re.fullmatch(r"[A-Za-z,]|[^\x00-\x7f]", before)
        expression = run[0].strip(" .")
        if not is_cut and re.search(r"[+\-*/]", expression[1:]) and value(expression) is not None:
            return value(expression)
    return None


def arithmetic(column):
    """1 where the completion's first number is the value of the prompt's last expression, or of a column."""

    def arithmetic(prompts, completions, **columns):
        if column is None:
            wanted = [last_expression(prompt) for prompt in prompts]
        else:
            wanted = [cell if cell is None else value(text(cell)) for cell in columns[column]]
        rewards = []
        for n, (prompt, completion, right) in enumerate(zip(prompts, completions, wanted)):
            if column is not None and columns[column][n] is None:
                rewards.append(None)
                continue
            if right is None:
                raise ValueError(f"the reward 'arithmetic' finds nothing to compute for the prompt {prompt!r}")
            number = re.search(r"-?[0-9]+(\.[0-9]+)?", completion)
            is_right = number and abs(float(number[0]) - right) <= 1e-9 * max(1, abs(right))
            rewards.append(1.0 if is_right else 0.0)
        return rewards

    return arithmetic


def regex(pattern):
    """1 where the pattern is found. Gradus reads it as ICU does, which agrees with Python in all that is common."""
    pattern = re.compile(pattern)

    def regex(prompts, completions, **columns):
        return [float(pattern.search(completion) is not None) for completion in completions]

    return regex


def length(target, unit):
    """How near the length is to a target. Gradus counts characters as people see them, Python code points."""

    def length(prompts, completions, **columns):
        lengths = [len(text.split() if unit == "words" else text) for text in completions]
        return [max(0.0, 1 - abs(n - target) / target) for n in lengths]

    return length


# What TRL adds to the data's columns.
OWN = {"prompts", "completions", "completion_ids", "conversation", "trainer_state", "log_extra", "log_metric", "environments"}


def command(run, timeout):
    """What a program says: it reads a line of JSON for each completion, and writes a number for each at once.

    It is started once, by /bin/sh in this folder, on each process of accelerate.
    """
    running = []

    def command(prompts, completions, **columns):
        if not running:
            running.append(
                subprocess.Popen(["/bin/sh", "-c", run], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            )
        (program,) = running
        lines = []
        for index, (prompt, completion) in enumerate(zip(prompts, completions)):
            line = {"index": index, "prompt": prompt, "completion": completion}
            for key, values in columns.items():
                if key not in OWN and values[index] is not None:
                    line.setdefault(key, values[index])
            lines.append(json.dumps(line, ensure_ascii=False) + "\n")

        def write():
            try:
                program.stdin.writelines(lines)
                program.stdin.flush()
            except OSError:
                pass  # it has ended, which its output shows

        threading.Thread(target=write, daemon=True).start()
        alarm = threading.Timer(timeout, program.kill)
        alarm.start()
        rewards = []
        for n in range(len(completions)):
            answer = program.stdout.readline()
            if answer.strip() in ("null", "None"):
                rewards.append(None)
                continue
            try:
                rewards.append(float(answer))
            except ValueError:
                rewards.append(math.nan)
            if not math.isfinite(rewards[-1]):
                program.kill()
                raise RuntimeError(
                    f"the reward command '{run}' gave {n} of {len(completions)} numbers, and then "
                    + (repr(answer) if answer else f"ended or took more than {timeout} s")
                )
        alarm.cancel()
        return rewards

    return command


def parted(tokenizer, conversation, completion):
    """What a chat template makes of a prompt and of a completion that a model wrote to it."""
    told = dict(conversation)
    messages = told.pop("messages")
    told |= told.pop("chat_template_kwargs", None) or {}
    is_begun = messages[-1]["role"] == "assistant"
    prompt = tokenizer.apply_chat_template(
        messages, tokenize=False, add_generation_prompt=not is_begun, continue_final_message=is_begun, **told
    )
    begun = messages.pop()["content"] if is_begun else ""
    answer = {"role": "assistant", "content": begun + completion}
    whole = tokenizer.apply_chat_template([*messages, answer], tokenize=False, **told)
    shared = os.path.commonprefix([prompt, whole])
    return shared, whole[len(shared) :]


def model(path, ends, is_own):
    """The score of a reward model, which reads texts as it was trained to.

    Of a conversation that is what its chat template makes of prompt and completion; otherwise it is the completion as the
    policy wrote it, whose tokens are the reward model's too where `is_own` says so, with the token that ends a text if
    the policy wrote one of `ends`. Without the policy's tokens a completion counts as ended.
    """
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), path)  # beside this file, wherever the script is started
    device = PartialState().device
    tokenizer = PreTrainedTokenizerFast.from_pretrained(path)
    judge = AutoModelForSequenceClassification.from_pretrained(path, num_labels=1).to(device).eval()
    tokens = Tokens(tokenizer, judge.config.max_position_embeddings)

    @torch.no_grad()
    def model(prompts, completions, completion_ids=None, conversation=None, **columns):
        rewards = []
        for i, (prompt, completion) in enumerate(zip(prompts, completions)):
            written = completion_ids and until_end(completion_ids[i], ends)
            is_ended = written is None or written[-1:] != [] and written[-1] in ends
            if conversation and conversation[i] and tokenizer.chat_template:
                prompt, completion = parted(tokenizer, json.loads(conversation[i]), completion)
                is_ended, written = False, None
            is_chat = bool(conversation and conversation[i])
            example = {"prompt": prompt, "completion": completion, "is_conversation": is_chat}
            asked, answered, _ = tokens.texts(example, "completion", is_ended)
            if is_own and written is not None:
                answered = written[: tokens.limit - len(asked)]
            states = judge.base_model(torch.tensor([asked + answered], device=device)).last_hidden_state
            rewards.append(judge.score(states[0, -1]).item())
        return rewards

    return model


def until_end(ids, ends):
    """The tokens up to the first one that ends a text; TRL may have padding behind it."""
    return next((ids[: n + 1] for n, token in enumerate(ids) if token in ends), ids)


def overlong(limit, cache):
    """soft_punish_cache: completions within `cache` tokens of the limit lose up to 1 (DAPO, equation 13)."""

    def overlong(prompts, completions, completion_ids, **columns):
        lengths = [len(ids) for ids in completion_ids]
        return [min(0.0, max(-1.0, (limit - cache - n) / cache)) for n in lengths]

    return overlong


def gold(subjects, verbs, modifiers, links, values):
    """How much people truly like a film review: its adjectives' values; anything else is worth -2 to -4.

    A review is: clause [link clause] ".", as in "the film was very great and moving but the plot was dull ."
    """

    def is_review(words):
        rest = list(words)

        def take(options):
            return rest.pop(0) if rest and rest[0] in options else None

        def clause(may_join):
            subject = take(["the"]) and take(subjects)
            if not subject or not take(verbs):
                return None
            take(modifiers)
            first = take(values)
            if first and may_join and rest[:1] == ["and"] and rest[1:2] and rest[1] in values:
                if rest[1] == first:
                    return None
                del rest[:2]
            return subject if first else None

        subject = clause(may_join=True)
        if not subject:
            return False
        if take(links):
            second = clause(may_join=False)
            if second is None or second == subject:
                return False
        return take(["."]) is not None and not rest and words.count("very") <= 1

    def gold(prompts, completions, **columns):
        rewards = []
        for prompt, completion in zip(prompts, completions):
            words = (prompt + completion).split()
            if is_review(words):
                rewards.append(sum(0.5 if word == "very" else values.get(word, 0) for word in words))
            else:
                rewards.append(max(-4.0, -2 - 0.5 * sum(a == b for a, b in zip(words, words[1:]))))
        return rewards

    return gold


def taste(objects, sentences, likes):
    """How a user of a group likes an answer: its style, 0.25 less with another object; -1 for anything else.

    `sentences` has the whole answers of each style, with the object asked about in the place of *.
    """
    answers = {
        sentence.replace("*", thing): (style, thing)
        for style, templates in sentences.items()
        for sentence in templates
        for thing in objects
    }

    def taste(prompts, completions, group, **columns):
        rewards = []
        for prompt, completion, user in zip(prompts, completions, group):
            style, thing = answers.get(" ".join(completion.split()), (None, None))
            wanted = next((word for word in prompt.split() if word in objects), None)
            known = style is not None and user in likes
            rewards.append(likes[user][style] - (0 if thing == wanted else 0.25) if known else -1.0)
        return rewards

    return taste


class RewardModule(torch.nn.Module):
    """The weighted sum of rewards where PPOTrainer wants a reward model: its body gives each token the text's reward."""

    base_model_prefix = "rewards"

    def __init__(self, rewards, weights, examples, tokens):
        super().__init__()
        self.functions, self.weights, self.tokens = rewards, weights, tokens
        # PPOTrainer shows tokens alone: a prompt is known again by its own.
        self.examples = {tuple(tokens.prompt(example["prompt"])): example for example in examples}

    def rewards(self, input_ids, attention_mask, **_):
        prompts, completions, written, columns = [], [], [], []
        for row, mask in zip(input_ids.tolist(), attention_mask.tolist()):
            ids = [token for token, is_real in zip(row, mask) if is_real]
            length = next(n for n in range(len(ids), -1, -1) if tuple(ids[:n]) in self.examples)
            example = self.examples[tuple(ids[:length])]
            prompts.append(example["prompt"])
            completions.append(self.tokens.tokenizer.decode(ids[length:], skip_special_tokens=True))
            written.append(ids[length:])
            columns.append(example)
        keys = [key for key in columns[0] if key != "prompt"]
        columns = {key: [example[key] for example in columns] for key in keys}
        scores = [reward(prompts, completions, completion_ids=written, **columns) for reward in self.functions]
        totals = [sum(w * s for w, s in zip(self.weights, row)) for row in zip(*scores)]
        states = torch.tensor(totals, device=input_ids.device)[:, None, None].expand(*input_ids.shape, 1)
        return type("Output", (), {"hidden_states": [states]})

    def score(self, states):
        return states
