"""The debugger's loss of a recorded step of GRPO is the trainer's, for every loss type and option."""

import json

import pytest

trl = pytest.importorskip("trl")
torch = pytest.importorskip("torch")

from trl_support import model_folder, on_two_processes, tokenizer
from gradus_trl import Recorder, RecorderWarning, record
from packaging.version import Version

pytestmark = pytest.mark.skipif(
    Version(trl.__version__) < Version("1.16"),
    reason=f"the recorder of GRPO is for TRL 1.16, and this is {trl.__version__}",
)


def vowels(completions, **_):
    # In eighths, which single precision has exactly: a reward in the middle of its group has advantage 0 there and here.
    return [sum(c in "aeiou" for c in text) / 4 - len(text) / 8 for text in completions]


def digits(completions, **_):
    return [float(sum(c.isdigit() for c in text)) for text in completions]


def long_ones(completions, **_):
    """Judges some answers alone: in some groups several, in others one or none."""
    return [None if len(text) < 6 or i % 4 == 1 else float(len(text)) for i, text in enumerate(completions)]


def sample_elsewhere(trainer):
    """Makes a trainer believe that vLLM sampled, with other log-probabilities than the policy's, one of them unknown."""
    original = trainer._generate

    def generating(prompts):
        trainer.use_vllm = False
        output = list(original(prompts))
        trainer.use_vllm = True
        output[4] = [
            [None if (i, t) == (1, 0) else -3.0 - 0.25 * ((5 * i + 3 * t) % 4) for t in range(len(ids))]
            for i, ids in enumerate(output[1])
        ]
        return tuple(output)

    trainer._generate = generating
    trainer.use_vllm = True


def train(directory, steps=2, rewards=(vowels,), every=1, rollout_func=None, is_elsewhere=False, **options):
    """A GRPOTrainer that has taken some steps; its recorder, unless `every` is None; and each batch's loss, as it came."""
    settings = dict(
        per_device_train_batch_size=4, num_generations=4, gradient_accumulation_steps=1, max_completion_length=6,
        temperature=1.0, learning_rate=0.05, max_steps=steps, logging_steps=1, report_to="none", save_strategy="no",
        use_cpu=True, bf16=False, disable_tqdm=True, seed=3,
    )  # fmt: skip
    # transformers checks every option's name.
    config = trl.GRPOConfig(output_dir=str(directory / "run"), **(settings | options))
    from datasets import Dataset

    prompts = Dataset.from_dict({"prompt": [f"{a}+{b}=" for a in range(6) for b in range(6)]})
    trainer = trl.GRPOTrainer(
        model=model_folder(), args=config, reward_funcs=list(rewards), train_dataset=prompts,
        processing_class=tokenizer(), rollout_func=rollout_func,
    )  # fmt: skip
    if is_elsewhere:
        sample_elsewhere(trainer)
    losses = []
    original = trainer._compute_loss

    def listening(model, inputs):
        loss = original(model, inputs)
        losses.append(loss.detach().double().item())
        return loss

    trainer._compute_loss = listening
    recorder = record(trainer, directory / "batches", every=every) if every else None
    trainer.train()
    return trainer, recorder, losses


VARIANTS = {
    "grpo": dict(loss_type="grpo"),
    "grpo-kl": dict(loss_type="grpo", beta=0.04),
    "bnpo": dict(loss_type="bnpo"),
    "dr-grpo": dict(loss_type="dr_grpo", scale_rewards="none"),
    "dapo": dict(loss_type="dapo", epsilon_high=0.28),
    "dapo-batch": dict(loss_type="dapo", scale_rewards="batch", beta=0.1),
    "luspo": dict(loss_type="luspo", importance_sampling_level="sequence"),
    "luspo-token": dict(loss_type="luspo", beta=0.1, num_iterations=2),
    "cispo": dict(loss_type="cispo", epsilon_high=5.0, num_iterations=2),
    "sapo": dict(loss_type="sapo", num_iterations=2),
    "iterations": dict(loss_type="grpo", num_iterations=2, beta=0.04),
    "gspo": dict(loss_type="grpo", importance_sampling_level="sequence", num_iterations=2, epsilon=0.05),
    "delta": dict(loss_type="bnpo", delta=1.5, num_iterations=3),
    "truncated": dict(loss_type="dapo", mask_truncated_completions=True),
    "truncated-grpo": dict(loss_type="grpo", mask_truncated_completions=True, beta=0.04, num_iterations=2),
    "truncated-sequence": dict(
        loss_type="grpo", mask_truncated_completions=True, importance_sampling_level="sequence", num_iterations=2
    ),
    "entropy": dict(loss_type="grpo", entropy_coef=0.01),
    "top-entropy": dict(loss_type="dapo", top_entropy_quantile=0.4, entropy_coef=0.02),
    "bias-corrected": dict(loss_type="grpo", beta=0.1, use_bias_correction_kl=True, num_iterations=2),
    "off-policy-mask": dict(loss_type="grpo", off_policy_mask_threshold=0.01, num_iterations=3),
    "two-rewards": dict(loss_type="grpo", rewards=(vowels, digits), reward_weights=[1.0, 0.25]),
    "signed-rewards": dict(loss_type="grpo", rewards=(vowels, digits), reward_weights=[0.1, -1.0]),
    "normalised-rewards": dict(
        loss_type="grpo", rewards=(vowels, digits), reward_weights=[1.0, 0.5],
        multi_objective_aggregation="normalize_then_sum",
    ),
    "unjudged": dict(loss_type="grpo", rewards=(vowels, long_ones)),
    "unjudged-normalised": dict(
        loss_type="grpo", rewards=(vowels, long_ones), multi_objective_aggregation="normalize_then_sum"
    ),
    "accumulated": dict(loss_type="grpo", gradient_accumulation_steps=2, beta=0.04),
    "accumulated-bnpo": dict(loss_type="bnpo", gradient_accumulation_steps=4, per_device_train_batch_size=2),
    "accumulated-dapo": dict(loss_type="dapo", gradient_accumulation_steps=2),
    "accumulated-entropy": dict(loss_type="dapo", gradient_accumulation_steps=2, entropy_coef=0.05),
    "accumulated-cispo": dict(
        loss_type="cispo", gradient_accumulation_steps=2, num_iterations=2, epsilon_high=5.0, entropy_coef=0.01
    ),
    "generated-ahead": dict(
        loss_type="dapo", gradient_accumulation_steps=2, steps_per_generation=4, per_device_train_batch_size=2
    ),
    "vespo": dict(loss_type="vespo", num_iterations=2),
    "sampler": dict(loss_type="dapo", is_elsewhere=True),
    "sampler-token": dict(
        loss_type="grpo", is_elsewhere=True, vllm_importance_sampling_mode="token_truncate",
        vllm_importance_sampling_clip_max=1.2, vllm_importance_sampling_clip_min=0.7, num_iterations=2, beta=0.04,
    ),
    "sampler-mask": dict(
        loss_type="bnpo", is_elsewhere=True, vllm_importance_sampling_mode="token_mask",
        vllm_importance_sampling_clip_max=1.2, mask_truncated_completions=True, num_iterations=2,
    ),
    "sampler-sequence": dict(
        loss_type="grpo", is_elsewhere=True, vllm_importance_sampling_mode="sequence_truncate",
        importance_sampling_level="sequence", num_iterations=2,
    ),
    "sampler-vespo": dict(
        loss_type="vespo", is_elsewhere=True, vllm_importance_sampling_mode="token_truncate", num_iterations=2
    ),
    "sampler-off-policy": dict(
        loss_type="grpo", is_elsewhere=True, off_policy_mask_threshold=0.01, num_iterations=3,
        vllm_importance_sampling_clip_max=None,
    ),
    "sampler-uncorrected": dict(loss_type="dapo", is_elsewhere=True, vllm_importance_sampling_correction=False),
    "adaptive-entropy": dict(
        loss_type="dapo", entropy_coef=0.02, use_adaptive_entropy=True, entropy_target=2.0, entropy_coef_delta=0.01,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", VARIANTS)
def test_loss_and_metrics(name, tmp_path, opened, close):
    options = dict(VARIANTS[name])
    steps = 2 * options.get("num_iterations", 1)
    trainer, recorder, losses = train(tmp_path, steps=steps, **options)
    count = options.get("gradient_accumulation_steps", 1)
    assert recorder.not_recorded == []
    assert len(recorder.files) == len(losses) == steps * count
    adds_up = options["loss_type"] in ("dapo", "cispo", "vespo")
    ours = []
    for path, loss in zip(recorder.files, losses):
        file = opened(path)
        logged = file.content["logged"]
        metrics = [f"metric({metric})" for metric in logged if metric != "loss"]
        value, *values = file("loss", *metrics)
        ours.append(value)
        assert close(value, loss if adds_up else loss * count)
        assert close(value, logged["loss"])
        for metric, number in zip(metrics, values):
            assert close(number, logged[metric[7:-1]], scale=10), metric
        assert {"reward", "kl", "entropy"} & set(logged) or "normalised" in name
    logs = [entry["loss"] for entry in trainer.state.log_history if "loss" in entry]
    for step, logged in enumerate(logs):
        part = ours[step * count : (step + 1) * count]
        whole = sum(part) if adds_up else sum(part) / count
        # transformers' Trainer logs the step's loss without rounding since version 5, with four digits before.
        assert whole == pytest.approx(logged, rel=2e-5, abs=6e-5)


def test_advantages_and_gradients(tmp_path, opened):
    """Every derivative by a log-probability is torch's, and every advantage TRL's."""
    seen = []

    def watch(trainer):
        original = trainer._get_per_token_logps_and_entropies

        def watching(*args, **kwargs):
            output = original(*args, **kwargs)
            if output[0].requires_grad:
                output[0].retain_grad()
                seen.append(output[0])
            return output

        trainer._get_per_token_logps_and_entropies = watching

    advantages = []

    def learn(trainer):
        original = trainer._compute_loss

        def learning(model, inputs):
            advantages.append(inputs["advantages"].tolist())
            return original(model, inputs)

        trainer._compute_loss = learning

    original_init = trl.GRPOTrainer.__init__

    def init(self, *args, **kwargs):
        original_init(self, *args, **kwargs)
        watch(self)
        learn(self)

    trl.GRPOTrainer.__init__ = init
    try:
        _, recorder, _ = train(tmp_path, steps=3, loss_type="grpo", beta=0.04, num_iterations=3, epsilon=0.05)
    finally:
        trl.GRPOTrainer.__init__ = original_init
    assert len(seen) == len(recorder.files) == 3
    for step, path in enumerate(recorder.files):
        file = opened(path)
        members = file.content.get("minibatch", range(4))
        for row, i in enumerate(members):
            length = len(file.content["sequences"][i]["tokens"])
            theirs = seen[step].grad[row, :length].tolist()
            assert file(*[f"grad(logp[{i},{t}])" for t in range(length)]) == pytest.approx(theirs, rel=1e-4, abs=1e-6)
        # The file keeps the order of sampling; TRL has shuffled.
        ours = file(*[f"advantage[{i}]" for i in members])
        assert ours == pytest.approx(advantages[step], rel=1e-4, abs=1e-5)


def test_training_is_untouched(tmp_path):
    """The same losses and weights, bit for bit, with the recorder and without."""
    options = dict(steps=4, loss_type="dapo", num_iterations=2, gradient_accumulation_steps=2, beta=0.04)
    (tmp_path / "a").mkdir()
    with_it, recorder, losses = train(tmp_path / "a", **options)
    without, _, others = train(tmp_path / "b", every=None, **options)
    assert len(recorder.files) == 8
    assert losses == others
    for (name, a), (_, b) in zip(with_it.model.named_parameters(), without.model.named_parameters()):
        assert torch.equal(a, b), name


def test_tokens_of_tools_are_left_out(tmp_path, opened, close):
    """What the environment wrote between the policy's tokens counts nowhere."""

    def rollout(prompts, trainer):
        ids = [trainer.processing_class(prompt)["input_ids"] for prompt in prompts]
        completions = [[12 + i % 3, 13, 20, 21, 16 + i % 2, 1] for i in range(len(prompts))]
        mask = [[1, 1, 0, 0, 1, 1] for _ in prompts]
        return {
            "prompt_ids": ids, "completion_ids": completions, "logprobs": [[-1.0] * 6 for _ in prompts],
            "env_mask": mask,
        }  # fmt: skip

    _, recorder, losses = train(
        tmp_path, steps=2, rewards=(vowels,), rollout_func=rollout, loss_type="dapo", num_iterations=2, beta=0.04
    )
    assert recorder.not_recorded == [] and len(recorder.files) == 2
    for path, loss in zip(recorder.files, losses):
        file = opened(path)
        assert [len(sequence["tokens"]) for sequence in file.content["sequences"]] == [4] * 4
        length, value = file("metric(completions/mean_length)", "loss")
        assert length == file.content["logged"]["completions/mean_length"] == 4
        assert close(value, loss)


def test_only_some_steps(tmp_path):
    _, recorder, _ = train(tmp_path, steps=4, every=2, loss_type="grpo")
    assert [path.rsplit("/", 1)[1] for path in recorder.files] == [
        "step-000002.batch.json", "step-000004.batch.json"
    ]  # fmt: skip


def test_evaluation_is_not_recorded(tmp_path):
    trainer, recorder, _ = train(tmp_path, steps=1, loss_type="grpo", num_generations_eval=4, per_device_eval_batch_size=4)
    count = len(recorder.files)
    trainer.evaluate(trainer.train_dataset.select(range(1)))
    assert len(recorder.files) == count == 1


def test_what_gradus_lacks_is_named(tmp_path, monkeypatch):
    import gradus_trl.grpo

    monkeypatch.setattr(gradus_trl.grpo, "LOSSES", ("grpo", "dr_grpo"))
    with pytest.warns(RecorderWarning, match="not recorded: loss_type vespo: Gradus has grpo, dr_grpo"):
        _, recorder, losses = train(tmp_path, loss_type="vespo")
    assert recorder.files == [] and len(losses) == 2
    notes = (tmp_path / "batches" / "not-recorded.txt").read_text().splitlines()
    assert [note.split(":")[0] for note in notes] == ["step 1", "step 2"]
    assert all(": loss_type vespo: Gradus has grpo," in note for note in notes)


def test_doctor_finds_nothing_wrong(tmp_path, opened):
    _, recorder, _ = train(tmp_path, steps=1, loss_type="grpo")
    assert "logged-loss" not in opened(recorder.files[0]).doctor()


def test_doctor_finds_a_wrong_option(tmp_path, opened):
    _, recorder, _ = train(tmp_path, steps=2, loss_type="grpo", num_iterations=2, epsilon=0.01)
    content = opened(recorder.files[1]).content
    content["config"]["epsilon"] = 0.5
    path = tmp_path / "wrong.batch.json"
    path.write_text(json.dumps(content))
    assert "logged-loss" in opened(path).doctor()


def test_a_folder_that_cannot_be_made_does_not_stop_training(tmp_path):
    (tmp_path / "batches").write_text("a file")
    with pytest.warns(RecorderWarning, match="not recorded: .*batches"):
        _, recorder, losses = train(tmp_path, loss_type="grpo")
    assert recorder.files == [] and len(losses) == 2
    assert [title for title, _ in recorder.not_recorded] == ["step 1", "step 2"]


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (dict(every=0), "every must be a whole number from 1 on, not 0"),
        (dict(every="1"), "not '1'"),
        (dict(steps=3), "steps must be a list of step numbers, not 3"),
        (dict(every=2, steps=[3]), "give every or steps, not both"),
    ],
)
def test_when_to_record_is_said_once(options, reason):
    with pytest.raises(ValueError, match=reason):
        Recorder(None, "batches", **options)


def test_nothing_that_is_no_trainer():
    with pytest.raises(TypeError, match="int cannot be recorded: gradus_trl knows GRPOTrainer"):
        record(3)


def test_two_processes(tmp_path, opened, close):
    """The first process writes its own part, with everybody's rewards and the whole step's tokens."""
    first, second = on_two_processes("grpo", tmp_path)
    assert second["files"] == [] and len(first["files"]) == len(first["losses"]) == 4
    for path, loss in zip(first["files"], first["losses"]):
        file = opened(path)
        assert close(file("loss"), loss)
        assert len(file.content["sequences"]) == 8 and len(file.content["minibatch"]) == 2
        assert "kl" not in file.content["logged"]
        assert close(file("metric(reward)"), file.content["logged"]["reward"])
