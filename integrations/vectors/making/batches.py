"""The batches: ordinary ones and those at the edges. Each has a seed of its own and numbers of four decimals."""

import random


def near(draw, logps, spread):
    return [round(min(-0.001, x + draw.gauss(0, spread)), 4) for x in logps]


def response(draw, length, spread, more=()):
    old = [round(-draw.uniform(0.05, 2.5), 4) for _ in range(length)]
    item = {"prompt": "p", "tokens": ["t"] * length, "logp": near(draw, old, spread), "old_logp": old}
    for name in more:
        if name == "entropy":
            # Exact in single precision, in which TRL compares entropies.
            item[name] = [round(draw.uniform(0.05, 1.6) * 512) / 512 for _ in old]
        else:
            item[name] = near(draw, old, 0.4)
    return item


def group_batch(
    seed, lengths=(3, 5, 2, 4, 4, 1, 5, 3), spread=0.3, size=4, rewards=(0.0, 1.0, 0.5, 2.0), more=("ref_logp", "entropy")
):
    draw = random.Random(seed)
    items = [response(draw, n, spread, more) for n in lengths]
    for n, item in enumerate(items):
        item |= {"group": f"g{n // size}", "reward": round(draw.choice(rewards) + draw.gauss(0, 0.1) * (len(rewards) > 2), 4)}
    return items


def groups():
    """GRPO's batches by name, with what each is for."""
    made = {
        "ordinary": group_batch(1),
        "far": group_batch(2, spread=0.9),
        "binary rewards": group_batch(3, rewards=(0.0, 1.0)),
        "one token each": group_batch(4, lengths=(1,) * 8),
        "one long response": group_batch(5, lengths=(1, 2, 1, 12)),
        "two responses": group_batch(6, lengths=(3, 2), size=2),
        "one response": group_batch(7, lengths=(4,), size=1),
    }
    equal = group_batch(8)
    for item in equal[:4]:
        item["reward"] = 0.75
    made["a group without spread"] = equal
    every = group_batch(9, lengths=(2, 4, 3, 3))
    for item in every:
        item["reward"] = 1.0
    made["no spread at all"] = every
    uneven = group_batch(10, lengths=(3, 1, 4, 2, 5, 2, 3, 4))
    for item, name in zip(uneven, ("a", "b", "a", "c", "b", "a", "d", "b")):
        item["group"] = name
    made["interleaved groups, two of one"] = uneven
    same = group_batch(11)
    for item in same:
        item["logp"] = list(item["old_logp"])
    made["on policy"] = same
    huge = group_batch(12, lengths=(3, 2, 4, 3))
    for item, d in zip(huge, (18.0, -18.0, 25.0, -25.0)):
        item["old_logp"][0] = -30.0
        item["logp"][0] = round(-30.0 + d, 4)
        item["ref_logp"][0] = round(item["logp"][0] - 0.25, 4)
        item["ref_logp"][1] = round(min(-0.001, item["logp"][1] - d / 3), 4)
    made["huge ratios"] = huge
    ties = group_batch(13)
    for n, item in enumerate(ties):
        item["reward"] = [1.0, 1.0, 0.0, 0.0, 0.5, 0.5, 0.5, 2.0][n]
        item["entropy"] = [0.5] * len(item["tokens"])
        if n % 2:
            item["logp"] = list(item["old_logp"])
    made["ties"] = ties
    return made


def masked_groups():
    """Tokens that count nowhere: a tool's, and responses that were cut off."""
    tools = group_batch(20, lengths=(4, 5, 3, 6, 4, 3, 5, 2))
    for item, mask in zip(tools, ("1011", "11001", "100", "110011", "1111", "000", "10101", "11")):
        item |= {"loss_mask": [int(c) for c in mask], "truncated": False}
    cut = group_batch(21)
    for n, item in enumerate(cut):
        item["truncated"] = n in (1, 4, 5)
    unknown = [dict(item) for item in group_batch(24, lengths=(3, 4, 2, 5))]
    for item, mask in zip(unknown, ("101", "1001", "11", "11010")):
        item |= {"loss_mask": [int(c) for c in mask], "truncated": False}
        for name in ("logp", "old_logp", "ref_logp"):
            item[name] = [x if counts else None for x, counts in zip(item[name], item["loss_mask"])]
    both = group_batch(22, lengths=(4, 3, 5, 2))
    for n, item in enumerate(both):
        item["truncated"] = n == 2
    both[0]["loss_mask"] = [1, 0, 1, 1]
    whole = group_batch(23, lengths=(2, 3))
    for item in whole:
        item["truncated"] = True
    return {
        "a tool's tokens": tools,
        "NaN behind the mask": unknown,
        "responses cut off": cut,
        "a tool, and one cut off": both,
        "all cut off": whole,
    }


def sampled_groups():
    """Responses of another engine, with a token that it could not score, and with a tool's tokens."""
    plain = group_batch(30, more=("ref_logp", "entropy", "sampling_logp"))
    far = group_batch(31, more=("ref_logp", "entropy", "sampling_logp"))
    for item in far:
        item["sampling_logp"] = [round(min(-0.001, x - 0.6 * (i % 3 - 1)), 4) for i, x in enumerate(item["sampling_logp"])]
    unknown = group_batch(32, more=("ref_logp", "entropy", "sampling_logp"))
    unknown[1]["sampling_logp"][2] = None
    unknown[4]["sampling_logp"][0] = None
    unknown[3]["loss_mask"] = [1, 0, 1, 1]
    return {"another engine": plain, "an engine far off": far, "an engine that does not know": unknown}


def judged_groups():
    """Several reward functions, some of which did not judge."""
    several = group_batch(40)
    draw = random.Random(41)
    for item in several:
        del item["reward"]
        item["rewards"] = {
            "correct": float(draw.random() < 0.5),
            "format": round(draw.random(), 4),
            "length": round(draw.gauss(0, 2), 4),
        }
    some = group_batch(42)
    for n, item in enumerate(some):
        del item["reward"]
        item["rewards"] = {"correct": None if n in (1, 6) else float(n % 3 == 0), "format": round(draw.random(), 4)}
    return {"three reward functions": several, "functions that did not judge": some}


def user_groups():
    """Groups of users with a weight, the reference's mean and a running mean."""
    made = {}
    for name, seed, lengths in (
        ("groups of users", 50, (3, 5, 2, 4, 4, 1, 5, 3)),
        ("three groups of users", 51, (2, 3, 1, 4, 2, 5, 3, 2)),
    ):
        draw = random.Random(seed + 100)
        items = group_batch(seed, lengths=lengths)
        if seed == 51:
            for item, g in zip(items, "abcabcaa"):
                item["group"] = g
        names = dict.fromkeys(i["group"] for i in items)
        listed = {
            g: {
                "weight": round(draw.uniform(0.5, 2), 4),
                "reference_reward": round(draw.random(), 4),
                "running_reward": round(draw.random(), 4),
            }
            for g in names
        }
        made[name] = {"sequences": items, "groups": listed}
    return made


def ppo_batch(seed, lengths=(3, 5, 1, 4), spread=0.3, more=("ref_logp", "entropy")):
    draw = random.Random(seed)
    items = []
    for n in lengths:
        item = response(draw, n, spread, more)
        old = [round(draw.gauss(0, 1), 4) for _ in range(n)]
        item |= {
            "value": [round(v + draw.gauss(0, 0.3), 4) for v in old],
            "old_value": old,
            "score": round(draw.gauss(0.5, 1), 4),
        }
        items.append(item)
    return items


def proximal():
    """PPO's batches by name."""
    made = {
        "ordinary": ppo_batch(1),
        "far": ppo_batch(2, spread=0.9),
        "one token each": ppo_batch(3, (1, 1, 1, 1)),
        "one long response": ppo_batch(4, (2, 11)),
        "two tokens": ppo_batch(5, (1, 1)),
        "six responses": ppo_batch(6, (2, 4, 3, 1, 5, 2)),
    }
    same = ppo_batch(7)
    for item in same:
        item["logp"], item["value"] = list(item["old_logp"]), list(item["old_value"])
    made["on policy"] = same
    flat = ppo_batch(8, (2, 3))
    for item in flat:
        item |= {"old_value": [0.0] * len(item["tokens"]), "ref_logp": list(item["old_logp"]), "score": 1.0}
    made["no spread at all"] = flat
    huge = ppo_batch(9)
    for item, d in zip(huge, (18.0, -18.0, 24.0, -24.0)):
        item["old_logp"][0], item["logp"][0] = -30.0, round(-30.0 + d, 4)
    made["huge ratios"] = huge
    cut = ppo_batch(10)
    for n, item in enumerate(cut):
        item["truncated"] = n in (0, 3)
    made["responses cut off"] = cut
    return made


def proximal_after_last():
    """TRL's: where a response left room, the score lands one slot behind it, which has a value of its own."""
    draw, items = random.Random(900), ppo_batch(30, (3, 5, 1, 4))
    for n, item in enumerate(items):
        if n != 1:
            item["old_value"].append(round(draw.gauss(0, 1), 4))
            item["value"].append(round(item["old_value"][-1] + draw.gauss(0, 0.3), 4))
    return {"a value behind the response": items}


def proximal_sampled():
    return {"another engine": ppo_batch(20, more=("ref_logp", "entropy", "sampling_logp"))}


def remax():
    made = {}
    for name, seed, lengths in (
        ("ordinary", 1, (3, 5, 1, 4)),
        ("one token each", 2, (1, 1)),
        ("responses cut off", 3, (2, 4, 3, 1)),
    ):
        draw = random.Random(seed + 300)
        items = [response(draw, n, 0.3, ("ref_logp",)) for n in lengths]
        for n, item in enumerate(items):
            item |= {"score": round(draw.gauss(0.5, 1), 4), "baseline_reward": round(draw.gauss(0.5, 1), 4)}
            if name == "responses cut off":
                item |= {"truncated": n % 2 == 1, "baseline_truncated": n == 0}
        made[name] = items
    plain = [dict(i, baseline_reward=0.0) for i in made["ordinary"]]
    made["no baseline: REINFORCE"] = plain
    return made
