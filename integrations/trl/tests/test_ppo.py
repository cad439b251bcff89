"""The debugger's loss of a recorded update of PPO is the trainer's."""

import pytest

trl = pytest.importorskip("trl")
torch = pytest.importorskip("torch")

if not hasattr(trl, "PPOTrainer"):
    pytest.skip(
        f"TRL {trl.__version__} has no PPOTrainer; TRL 0.23.1 with transformers 4.57 has "
        "(Sources/gradus-bench/Benchmarks/requirements-ppo.txt), in an environment of its own",
        allow_module_level=True,
    )

from trl_support import configuration, model_folder, tokenizer
from gradus_trl import record


def scalar_model(seed):
    from transformers import LlamaForSequenceClassification

    torch.manual_seed(seed)
    return LlamaForSequenceClassification(configuration(initializer_range=0.3, num_labels=1)).float()


def train(directory, steps=2, recording=True, **options):
    """A PPOTrainer that has taken some steps; its recorder; and each update's loss, as it came."""
    from datasets import Dataset
    from transformers import AutoModelForCausalLM, set_seed

    settings = dict(
        per_device_train_batch_size=4, gradient_accumulation_steps=1, num_mini_batches=1, num_ppo_epochs=1,
        response_length=6, temperature=1.0, learning_rate=0.01, num_sample_generations=0,
        use_cpu=True, bf16=False, gradient_checkpointing=False, report_to="none", save_strategy="no",
        disable_tqdm=True, logging_steps=1, seed=3, stop_token="eos", kl_coef=0.2,
    )  # fmt: skip
    settings |= options
    batch_size = settings["per_device_train_batch_size"] * settings["gradient_accumulation_steps"]
    settings["total_episodes"] = batch_size * steps
    words = tokenizer()
    prompts = Dataset.from_dict({"input_ids": words([f"{a}+{b}=" for a in range(6) for b in range(6)])["input_ids"]})
    policy, reference = (AutoModelForCausalLM.from_pretrained(model_folder(seed)) for seed in (0, 1))
    # Often enough, the end of the text: responses of several lengths, with room behind them and without.
    with torch.no_grad():
        policy.model.embed_tokens.weight[1] = policy.model.embed_tokens.weight[5:].mean(0) + 0.3
    trainer = trl.PPOTrainer(
        trl.PPOConfig(output_dir=str(directory / "run"), **settings), processing_class=words, model=policy,
        ref_model=reference, reward_model=scalar_model(2), value_model=scalar_model(3), train_dataset=prompts,
        eval_dataset=prompts,
    )  # fmt: skip
    losses, logs = [], []
    backward = trainer.accelerator.backward
    recorder = record(trainer, directory / "batches") if recording else None
    # The recorder reads its caller's variables, so that what listens must be beneath it.
    if recorder is None:

        def listening(loss, **kwargs):
            losses.append(loss.detach().double().item())
            return backward(loss, **kwargs)

        trainer.accelerator.backward = listening
    recorded_log = trainer.log

    def logging(values, *args, **kwargs):
        logs.append(dict(values))
        return recorded_log(values, *args, **kwargs)

    trainer.log = logging
    # TRL leaves numpy's generator, which shuffles the minibatches, as it is.
    set_seed(3)
    trainer.train()
    return trainer, recorder, losses, logs


VARIANTS = {
    "standard": {},
    "k3": dict(kl_estimator="k3"),
    "whitened-rewards": dict(whiten_rewards=True, per_device_train_batch_size=8),
    "penalty": dict(missing_eos_penalty=1.0),
    "tight": dict(cliprange=0.01, cliprange_value=0.01, num_ppo_epochs=3),
    "discounted": dict(gamma=0.9, lam=0.8, vf_coef=0.5),
    "epochs": dict(num_ppo_epochs=3, num_mini_batches=2),
    "accumulated": dict(gradient_accumulation_steps=2, num_ppo_epochs=2),
    "temperature": dict(temperature=0.7),
    "endless": dict(stop_token=None),
}


@pytest.mark.parametrize("name", VARIANTS)
def test_loss_and_metrics(name, tmp_path, opened, close):
    options = VARIANTS[name]
    trainer, recorder, _, logs = train(tmp_path, **options)
    updates = 1
    for option in ("num_ppo_epochs", "num_mini_batches", "gradient_accumulation_steps"):
        updates *= options.get(option, 1)
    assert recorder.not_recorded == []
    assert len(recorder.files) == 2 * updates
    policy, value, ratios = [], [], []
    for path in recorder.files:
        file = opened(path)
        logged = file.content["logged"]
        names = [metric for metric in logged if metric != "loss"]
        assert {"objective/kl", "objective/scores"} <= set(names)
        loss, pg, vf, *values = file("loss", "policy_loss", "value_loss", *[f"metric({metric})" for metric in names])
        assert close(loss, logged["loss"])
        policy.append(pg)
        value.append(vf)
        for metric, number in zip(names, values):
            assert close(number, logged[metric], scale=10), metric
    # What TRL logs are the means over a step's updates.
    for step, values in enumerate(logs[:2]):
        part = slice(step * updates, (step + 1) * updates)
        assert close(sum(policy[part]) / updates, values["loss/policy_avg"])
        assert close(sum(value[part]) / updates, values["loss/value_avg"])
    lengths = {len(s["tokens"]) for path in recorder.files for s in opened(path).content["sequences"]}
    assert len(lengths) > 1 or name == "endless"


def test_training_is_untouched(tmp_path):
    """The same losses and weights, bit for bit, with the recorder and without."""
    options = dict(steps=2, num_ppo_epochs=2, num_mini_batches=2)
    with_it, recorder, _, logs = train(tmp_path / "a", **options)
    without, _, losses, others = train(tmp_path / "b", recording=False, **options)
    assert len(recorder.files) == len(losses) == 8
    assert [entry["loss/policy_avg"] for entry in logs if "loss/policy_avg" in entry] == [
        entry["loss/policy_avg"] for entry in others if "loss/policy_avg" in entry
    ]
    for (name, a), (_, b) in zip(with_it.model.named_parameters(), without.model.named_parameters()):
        assert torch.equal(a, b), name


def test_the_loss_is_the_backward_pass_s(tmp_path, opened, close):
    """Without the recorder the same training passes on exactly the losses that the files have."""
    options = dict(steps=2, num_ppo_epochs=2)
    _, recorder, _, _ = train(tmp_path / "a", **options)
    _, _, losses, _ = train(tmp_path / "b", recording=False, **options)
    assert [opened(path).content["logged"]["loss"] for path in recorder.files] == losses
