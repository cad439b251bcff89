"""The zoo's runs: what each is trained with, and what is broken in it.

A recipe is (name, trainer, base, options, right). `base` names the model that it starts from; `right` lists the findings
that name its trouble, any of which will do; a healthy run has none. `post` changes the log afterwards, as an interrupted run does.
"""

FILM = {"max_steps": 100, "eval_steps": 10, "max_completion_length": 14, "batch_size": 32}
SUMS = {"max_steps": 100, "eval_steps": 10, "max_completion_length": 4, "batch_size": 64, "learning_rate": 5e-4}
PAIRS = {"max_steps": 120, "eval_steps": 5, "learning_rate": 3e-4, "beta": 0.5}
TEXTS = {"max_steps": 120, "eval_steps": 5, "hidden_size": 64, "num_hidden_layers": 2, "intermediate_size": 192}
LIKED = {"max_steps": 120, "eval_steps": 5}

DIVERGED = ["diverged", "loss-spike", "not-finite"]
STILL = ["learning-rate-low", "flat-reward", "stuck-loss"]
LOST = ["reward-collapse", "entropy-collapse", "diverged", "large-updates", "kl-runaway", "dead-groups", "reward-hacking",
        "not-finite", "truncation", "clip-always"]


def recipe(name, trainer, base, standard, right=(), data=None, post=None, **options):
    return dict(name=name, trainer=trainer, base=base, options={**standard, **options}, right=list(right), data=data, post=post)


def sft(name, right=(), **o): return recipe(name, "sft", None, TEXTS, right, **o)
def sums_sft(name, right=(), **o): return recipe(name, "sft", None, {**TEXTS, "max_steps": 200}, right, **{"data": "task:addition", **o})
def liked(name, right=(), **o): return recipe(name, "reward", "texts", LIKED, right, **o)
def dpo(name, right=(), **o): return recipe(name, "dpo", "texts", PAIRS, right, **o)
def kto(name, right=(), **o): return recipe(name, "kto", "texts", PAIRS, right, **o)
def grpo(name, right=(), **o): return recipe(name, "grpo", "sums", SUMS, right, **o)
def ppo(name, right=(), base="liked", **o): return recipe(name, "ppo", base, {**FILM, "kl_coef": 0.1}, right, **o)
def online(name, right=(), base="liked", **o): return recipe(name, "online-dpo", base, {**FILM, "learning_rate": 2e-4}, right, **o)
def remax(name, right=(), **o): return recipe(name, "remax", "liked", {**FILM, "kl_coef": 0.1}, right, **o)


BROKEN = [
    # Supervised fine-tuning
    sft("sft-rate-500-times", DIVERGED, learning_rate=0.5, max_grad_norm=10),
    sft("sft-rate-1000-times", DIVERGED, learning_rate=3, max_grad_norm=100),
    sums_sft("sft-sums-rate-300-times", DIVERGED, learning_rate=1),
    sft("sft-rate-tiny", STILL, learning_rate=1e-8),
    sft("sft-never-warm", STILL + ["schedule"], warmup_steps=1000000),
    sft("sft-adam-epsilon", STILL, adam_epsilon=1, learning_rate=1e-4),
    sft("sft-few-texts", ["evaluation-falling"], data="few-texts", max_steps=200, learning_rate=3e-3),
    sums_sft("sft-few-sums", ["evaluation-falling"], data="few-sums", max_steps=300, learning_rate=3e-3),
    sft("sft-resumed-at-another-rate", ["resume-jump"], post="faster", lr_scheduler_type="constant"),
    sft("sft-resumed-too-early", ["steps-repeated"], post="repeated"),
    sft("sft-a-hole-in-the-log", ["steps-missing"], post="hole"),
    sft("sft-resumed-without-weights", ["resume-jump"], post="restarted", lr_scheduler_type="constant"),
    # Reward models
    liked("reward-rate-high", DIVERGED, learning_rate=3),
    liked("reward-rate-tiny", STILL, learning_rate=1e-8),
    liked("reward-few-pairs", ["evaluation-falling"], data="few-pairs", learning_rate=1e-3, max_steps=150),
    liked("reward-random-labels", ["evaluation-falling"], data="random-pairs", learning_rate=1e-3, max_steps=200),
    liked("reward-wrong-labels", ["evaluation-falling"], data="wrong-pairs"),
    liked("reward-centred-away", STILL, center_rewards_coefficient=1000),
    # DPO and KTO
    dpo("dpo-rate-high", DIVERGED + ["chosen-falling", "evaluation-falling"], learning_rate=0.1),
    dpo("dpo-rate-tiny", STILL, learning_rate=1e-8),
    dpo("dpo-beta-tiny", STILL + ["chosen-falling"], beta=0.0001),
    dpo("dpo-few-pairs", ["evaluation-falling"], data="few-pairs", learning_rate=1e-3, max_steps=200),
    dpo("dpo-wrong-labels", ["evaluation-falling"], data="wrong-pairs"),
    dpo("dpo-random-labels", ["evaluation-falling"], data="random-pairs", learning_rate=1e-3, max_steps=200),
    dpo("dpo-never-warm", STILL + ["schedule"], warmup_steps=1000000),
    dpo("dpo-resumed-at-another-rate", ["resume-jump"], post="faster", lr_scheduler_type="constant"),
    kto("kto-rate-high", DIVERGED + ["chosen-falling", "evaluation-falling"], learning_rate=0.1),
    kto("kto-rate-tiny", STILL, learning_rate=1e-8),
    kto("kto-few-pairs", ["evaluation-falling", "stuck-loss"], data="few-pairs", learning_rate=1e-3, max_steps=200),
    kto("kto-wrong-labels", ["evaluation-falling"], data="wrong-pairs"),
    # GRPO
    grpo("grpo-rate-high", LOST, learning_rate=0.03),
    grpo("grpo-rate-very-high", LOST, learning_rate=0.3),
    grpo("grpo-rate-tiny", STILL, learning_rate=1e-9),
    grpo("grpo-constant-reward", ["constant-reward"], reward_funcs="regex:pattern=^"),
    grpo("grpo-unreachable-reward", ["constant-reward"], reward_funcs="regex:pattern=never"),
    grpo("grpo-noise-reward", ["flat-reward"], reward_funcs="command:run=python3 NOISE"),
    grpo("grpo-wrong-sign", ["reward-split"], reward_funcs="exact_match,regex:pattern=^[0-9]", reward_weights="-1,0.1"),
    grpo("grpo-long-answers-pay", ["reward-split", "length-drift"], reward_funcs="exact_match,length:target=40",
         reward_weights="0.02,1", max_completion_length=40, max_steps=200, learning_rate=2e-3),
    grpo("grpo-form-pays", ["reward-split"], reward_funcs="exact_match,regex:pattern=^9", reward_weights="0.02,1",
         max_steps=200, learning_rate=1e-3),
    grpo("grpo-epsilon-tiny", ["clip-always"], epsilon=1e-6, num_iterations=4),
    grpo("grpo-sixteen-passes", ["clip-always", "large-updates"] + LOST, num_iterations=16, learning_rate=3e-3),
    grpo("grpo-temperature-low", ["dead-groups"], temperature=0.05),
    grpo("grpo-top-one", ["dead-groups", "constant-reward"], top_k=1),
    grpo("grpo-temperature-high", ["truncation", "high-entropy"], temperature=8),
    grpo("grpo-too-short", ["truncation"], max_completion_length=2),
    grpo("grpo-entropy-bonus", ["high-entropy", "truncation"], entropy_coef=1),
    grpo("grpo-two-answers", ["dead-groups"], num_generations=2, batch_size=4, reward_funcs="exact_match", data="hard-sums"),
    grpo("grpo-far-from-reference", ["kl-runaway"] + LOST, beta=1e-6, learning_rate=0.01),
    grpo("grpo-held-by-reference", STILL, beta=1000, learning_rate=1e-4),
    grpo("grpo-resumed-at-another-rate", ["resume-jump"], post="faster"),
    # PPO and ReMax
    ppo("ppo-no-penalty", ["reward-hacking", "kl-runaway"], kl_coef=0, learning_rate=1e-3, num_ppo_epochs=8),
    ppo("ppo-thirty-passes", ["large-updates", "clip-always"] + LOST, num_ppo_epochs=30, learning_rate=2e-3),
    ppo("ppo-rate-high", LOST, learning_rate=0.03),
    ppo("ppo-rate-tiny", STILL, learning_rate=1e-9),
    ppo("ppo-cliprange-tiny", ["clip-always"], cliprange=1e-6),
    ppo("ppo-critic-stands-still", ["critic-lost"], vf_coef=0, reward_funcs="length:target=40", base="texts"),
    ppo("ppo-value-clip-tiny", ["critic-lost"], cliprange_value=1e-9, reward_funcs="length:target=40", base="texts"),
    ppo("ppo-adaptive-penalty-runs-away", ["kl-coefficient"] + STILL, adap_kl_ctrl="true", kl_target=0.0001, kl_horizon=20),
    ppo("ppo-penalty-huge", STILL + ["ruling-kl"], kl_coef=100),
    ppo("ppo-entropy-bonus", ["high-entropy"], entropy_coef=1),
    ppo("ppo-constant-reward", ["constant-reward"], reward_funcs="regex:pattern=^", base="texts"),
    remax("remax-rate-high", LOST, learning_rate=0.03),
    remax("remax-rate-tiny", STILL, learning_rate=1e-9),
    online("online-dpo-rate-high", LOST + ["chosen-falling"], learning_rate=0.03),
    online("online-dpo-rate-tiny", STILL, learning_rate=1e-9),
    online("online-dpo-constant-reward", ["constant-reward"], reward_funcs="regex:pattern=^", base="texts"),
    remax("remax-no-penalty", ["reward-hacking", "kl-runaway"], kl_coef=0, learning_rate=2e-3),
]

HEALTHY = [
    sft("sft"), sft("sft-slower", learning_rate=3e-4), sft("sft-faster", learning_rate=3e-3),
    sft("sft-warm-cosine", lr_scheduler_type="cosine", warmup_steps=10), sft("sft-batch-8", batch_size=8),
    sums_sft("sft-sums"), sums_sft("sft-sums-cosine", lr_scheduler_type="cosine", warmup_steps=20),
    liked("reward"), liked("reward-slower", learning_rate=2e-4), liked("reward-batch-16", batch_size=16),
    liked("reward-warm-cosine", lr_scheduler_type="cosine", warmup_steps=10),
    dpo("dpo"), dpo("dpo-beta-0.1", beta=0.1), dpo("dpo-slower", learning_rate=1e-4), dpo("dpo-ipo", loss_type="ipo"),
    dpo("dpo-warm-cosine", lr_scheduler_type="cosine", warmup_steps=10),
    kto("kto"), kto("kto-beta-0.1", beta=0.1), kto("kto-slower", learning_rate=1.5e-4),
    grpo("grpo"), grpo("grpo-slower", learning_rate=3e-4), grpo("grpo-two-passes", num_iterations=2),
    grpo("grpo-batch-128", batch_size=128), grpo("grpo-loss-grpo", loss_type="grpo"), grpo("grpo-beta", beta=0.01),
    grpo("grpo-dr", loss_type="dr_grpo", scale_rewards="none"), grpo("grpo-sixteen-answers", num_generations=16),
    grpo("grpo-linear", lr_scheduler_type="linear"),
    ppo("ppo-penalty-0.2", kl_coef=0.2), ppo("ppo-penalty-0.3", kl_coef=0.3), ppo("ppo-batch-64", batch_size=64, kl_coef=0.2),
    remax("remax-penalty-0.2", kl_coef=0.2), remax("remax-penalty-0.3", kl_coef=0.3),
    online("online-dpo-beta-0.5", beta=0.5), online("online-dpo-beta-1", beta=1),
]
