"""The debugger's loss of a recorded step of a reward model is the trainer's."""

import pytest

trl = pytest.importorskip("trl")
torch = pytest.importorskip("torch")

from trl_support import adapter, model_folder, on_two_processes
from gradus_trl import RecorderWarning, record
from gradus_trl.reward import common_beginning
from packaging.version import Version

pytestmark = pytest.mark.skipif(
    Version(trl.__version__) < Version("1.16"),
    reason=f"the recorder of reward models is for TRL 1.16, and this is {trl.__version__}",
)

PAIRS = [
    {"chosen": f"{a}+{b}={a + b}" + " yes" * (a % 3), "rejected": f"{a}+{b}=no" + "o" * b}
    for a in range(4)
    for b in range(4)
]  # fmt: skip


def train(directory, steps=3, recording=True, data=PAIRS, peft=None, **options):
    """A RewardTrainer that has taken some steps; its recorder; and each batch's loss, as it came."""
    from datasets import Dataset

    settings = dict(
        per_device_train_batch_size=4, gradient_accumulation_steps=1, learning_rate=0.02, max_steps=steps,
        logging_steps=1, report_to="none", save_strategy="no", use_cpu=True, bf16=False, disable_tqdm=True, seed=3,
    )  # fmt: skip
    config = trl.RewardConfig(output_dir=str(directory / "run"), **(settings | options))
    trainer = trl.RewardTrainer(
        model=model_folder(), args=config, train_dataset=Dataset.from_list(data), peft_config=peft and adapter(peft)
    )
    losses = []
    original = trainer.compute_loss

    def listening(*args, **kwargs):
        loss = original(*args, **kwargs)
        losses.append(loss.detach().double().item())
        return loss

    trainer.compute_loss = listening
    recorder = record(trainer, directory / "batches") if recording else None
    trainer.train()
    return trainer, recorder, losses


VARIANTS = {
    "defaults": {},
    "centred": dict(center_rewards_coefficient=0.05),
    "accumulated": dict(gradient_accumulation_steps=2, per_device_train_batch_size=2),
    "padded": dict(pad_to_multiple_of=8),
    "uncheckpointed": dict(gradient_checkpointing=False),
    "lora": dict(peft="scored-lora"),
    "margins": dict(data=[pair | {"margin": 0.25 * i} for i, pair in enumerate(PAIRS)]),
    "prompts": dict(
        data=[
            {"prompt": pair["chosen"][:4], "chosen": pair["chosen"][4:], "rejected": pair["rejected"][4:]}
            for pair in PAIRS
        ]
    ),
}


@pytest.mark.parametrize("name", VARIANTS)
def test_loss_and_metrics(name, tmp_path, opened, close):
    options = VARIANTS[name]
    trainer, recorder, losses = train(tmp_path, **options)
    count = options.get("gradient_accumulation_steps", 1)
    assert recorder.not_recorded == []
    assert len(recorder.files) == len(losses) == 3 * count
    ours = []
    for path, loss in zip(recorder.files, losses):
        file = opened(path)
        logged = file.content["logged"]
        names = [metric for metric in logged if metric != "loss"]
        assert len(names) == 5
        value, *values = file("loss", *[f"metric({metric})" for metric in names])
        ours.append(value)
        assert value == pytest.approx(loss, abs=1e-6)
        for metric, number in zip(names, values):
            assert close(number, logged[metric]), metric
        pair = file.content["pairs"][0]
        assert pair["prompt"].endswith("=") and pair["prompt"].count("+") == 1
        assert ("margin" in pair) == (name == "margins")
    logs = [entry["loss"] for entry in trainer.state.log_history if "loss" in entry]
    for step, logged in enumerate(logs):
        assert sum(ours[step * count : (step + 1) * count]) / count == pytest.approx(logged, rel=2e-5, abs=6e-5)


def test_training_is_untouched(tmp_path):
    """The same losses and weights, bit for bit, with the recorder and without."""
    with_it, recorder, losses = train(tmp_path / "a")
    without, _, others = train(tmp_path / "b", recording=False)
    assert len(recorder.files) == 3
    assert losses == others
    for (name, a), (_, b) in zip(with_it.model.named_parameters(), without.model.named_parameters()):
        assert torch.equal(a, b), name


def test_scores_of_another_pass_are_not_taken_for_the_loss_s(tmp_path, monkeypatch):
    original = trl.RewardTrainer.compute_loss

    def twice(trainer, *args, **kwargs):
        original(trainer, *args, **kwargs)
        return original(trainer, *args, **kwargs)

    monkeypatch.setattr(trl.RewardTrainer, "compute_loss", twice)
    with pytest.warns(RecorderWarning, match="not recorded: the models were asked 2 times in this batch"):
        _, recorder, losses = train(tmp_path, steps=1)
    assert recorder.files == [] and len(losses) == 1


def test_two_processes(tmp_path, opened):
    """The first process writes its own part."""
    first, second = on_two_processes("reward", tmp_path)
    assert second["files"] == [] and len(first["files"]) == len(first["losses"]) == 2
    for path, loss in zip(first["files"], first["losses"]):
        file = opened(path)
        assert file("loss") == pytest.approx(loss, abs=1e-6)
        assert len(file.content["pairs"]) == 2 and list(file.content["logged"]) == ["loss"]


@pytest.mark.parametrize(
    ("one", "other", "shared"), [([1, 2, 3], [1, 2, 4], 2), ([1, 2], [1, 2, 3], 1), ([1], [1], 0), ([1, 2], [1, 2], 1)]
)
def test_a_token_of_each_is_left(one, other, shared):
    assert common_beginning(one, other) == shared
