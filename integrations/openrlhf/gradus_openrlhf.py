"""Writes what OpenRLHF's trainer has in memory of a step as a `gradus.batch/1` file.

    from gradus_openrlhf import write

    write("batches/step-000010.batch.json", experiences, tokenizer, samples_per_prompt=8, step=10)

`experiences` is what `RemoteExperienceMaker.make_experience` returns (OpenRLHF 0.11, openrlhf/trainer/ppo_utils), a list of
`Experience`, or of anything with the same tensors: there the reference's KL is still beside the log-probabilities, and the
rewards are those of the reward model or function.
"""

import json
import math
import os
import warnings

NEEDED = ("sequences", "action_mask", "action_log_probs", "rewards")


def write(path, experiences, tokenizer, samples_per_prompt=1, kl_estimator="k1", config=None, title=None, step=None):
    """Writes one step, and returns whether it could: training goes on, with a warning, where it cannot.

    Raises KeyError for a tensor that is not there yet: then the call is in the wrong place.

    The trainer has the log-probabilities before the step's first update: `logp` is `old_logp`, and every ratio is 1.
    With `values` the file is of PPO, else of GRPO, grouped as `--rollout.n_samples_per_prompt` says. It has `sampling_logp`
    where the engine's log-probabilities are known (`rollout_log_probs`). The reference's log-probabilities are those of
    `base_action_log_probs`, which OpenRLHF keeps with `--algo.kl.use_loss`; otherwise they follow from its KL, which is
    log π − log π_ref with the estimator k1.

    Args:
        path: The file to write; its folder is made.
        experiences: The step's experiences; tensors are responses × tokens, `action_mask` is 1 where a token counts.
        tokenizer: For the texts; anything with `decode(ids)`.
        samples_per_prompt: How many responses each prompt has: `--rollout.n_samples_per_prompt`.
        kl_estimator: `--algo.kl.estimator`.
        config: Options of Gradus, as `help options` in the debugger lists them: `loss_type`, `epsilon`, `beta`, …; of PPO
            whose reference's log-probabilities are not known the file says `kl_coef` 0.
        title: For display.
        step: The step's number, from 1: at the first one `gradus doctor` knows what must be 0 and 1.
    """
    for experience in experiences:
        missing = [name for name in NEEDED if getattr(experience, name, None) is None]
        if missing:
            raise KeyError(f"the experiences have no {', '.join(missing)} yet: write them after make_experience")
    is_ppo = all(getattr(experience, "values", None) is not None for experience in experiences)
    try:
        responses = [response for experience in experiences for response in _responses(experience, tokenizer, kl_estimator)]
        # Experiences may be ordered by their lengths; `index` is the order of the prompts.
        responses.sort(key=lambda response: response["index"])
        # Without a reference there is no KL: the numbers of one that PPO's file must have then count for nothing.
        has_reference = all("ref_logp" in response for response in responses)
        options = {**(config or {}), **({"kl_coef": 0.0} if is_ppo and not has_reference else {})}
        content = {
            "format": "gradus.batch/1",
            "algorithm": "ppo" if is_ppo else "grpo",
            "title": title or os.path.basename(path),
            **({} if step is None else {"step": step}),
            "config": options,
            "sequences": [
                _ppo(response) if is_ppo else _grpo(response, n // samples_per_prompt) for n, response in enumerate(responses)
            ],
        }
        _save(path, json.dumps(content, ensure_ascii=False, allow_nan=False) + "\n")
    except (ValueError, OSError) as reason:
        warnings.warn(f"gradus_openrlhf: {path} is not written: {reason}", stacklevel=2)
        return False
    return True


def _save(path, text):
    os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
    draft = f"{path}.draft"
    with open(draft, "w", encoding="utf-8") as file:
        file.write(text)
    os.replace(draft, path)


COMMON = ("prompt", "tokens", "logp", "old_logp", "ref_logp", "sampling_logp", "truncated")


def _grpo(response, group):
    known = {name: response[name] for name in COMMON if name in response}
    return {"group": str(group), "reward": response["reward"], **known}


def _ppo(response):
    known = {name: response[name] for name in COMMON if name in response}
    known.setdefault("ref_logp", response["old_logp"])
    return {"score": response["reward"], **known, "value": response["values"], "old_value": response["values"]}


def _responses(experience, tokenizer, kl_estimator):
    """What is known of each response of an experience."""
    index, prompts = getattr(experience, "index", None), getattr(experience, "prompts", None)
    for i in range(len(experience.sequences)):
        place = i if index is None else int(index[i])
        # Actions are the last tokens of the padded sequence.
        ids = experience.sequences[i][-experience.action_mask.shape[1] :]
        ids = [int(x) for x, counts in zip(ids, experience.action_mask[i]) if counts]
        if not ids:
            raise ValueError(f"response {place} has no token that counts")
        old = _counted(experience, "action_log_probs", i, place)
        response = {
            "index": place,
            "prompt": prompts[i] if prompts else "",
            "tokens": [tokenizer.decode([x]) for x in ids],
            "logp": old,
            "old_logp": old,
            "reward": float(experience.rewards[i]),
        }
        if not math.isfinite(response["reward"]):
            raise ValueError(f"the reward of response {place} is {response['reward']}")
        if getattr(experience, "truncated", None) is not None:
            response["truncated"] = bool(experience.truncated[i])
        for name, tensor in (("ref_logp", "base_action_log_probs"), ("sampling_logp", "rollout_log_probs"), ("values", "values")):
            if getattr(experience, tensor, None) is not None:
                response[name] = _counted(experience, tensor, i, place)
        if "ref_logp" not in response and kl_estimator == "k1" and getattr(experience, "kl", None) is not None:
            response["ref_logp"] = [x - kl for x, kl in zip(old, _counted(experience, "kl", i, place))]
        yield response


def _counted(experience, name, i, place):
    """A tensor's numbers at the tokens that count."""
    row, mask = getattr(experience, name)[i].double().tolist(), experience.action_mask[i].tolist()
    numbers = [x for x, counts in zip(row, mask) if counts]
    if not all(map(math.isfinite, numbers)):
        raise ValueError(f"{name} of response {place} is not finite")
    return numbers
