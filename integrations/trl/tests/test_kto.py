"""The debugger's loss of a recorded step of KTO is the trainer's, with the reference point it took."""

import pytest

trl = pytest.importorskip("trl")
torch = pytest.importorskip("torch")

from trl_support import adapter, model_folder, on_two_processes
from gradus_trl import RecorderWarning, record
from packaging.version import Version

pytestmark = pytest.mark.skipif(
    Version(trl.__version__) < Version("1.16"),
    reason=f"the recorder of KTO is for TRL 1.16, and this is {trl.__version__}",
)

EXAMPLES = [
    {"prompt": f"{a}+{b}=", "completion": answer, "label": label}
    for a in range(4)
    for b in range(4)
    for answer, label in [(f"{a + b}", True), ("yes", True), ("yes yes", True), ("no" + "o" * b, False)]
]  # fmt: skip
PAIRS = [
    {"prompt": f"{a}+{b}=", "chosen": f"{a + b}", "rejected": "no" + "o" * b} for a in range(4) for b in range(4)
]  # fmt: skip


def train(directory, steps=6, recording=True, data=EXAMPLES, peft=None, **options):
    """A KTOTrainer that has taken some steps; its recorder; and each batch's loss, as it came."""
    from datasets import Dataset

    settings = dict(
        per_device_train_batch_size=4, gradient_accumulation_steps=1, learning_rate=0.02, max_steps=steps,
        logging_steps=1, report_to="none", save_strategy="no", use_cpu=True, bf16=False, disable_tqdm=True, seed=3,
    )  # fmt: skip
    config = trl.KTOConfig(output_dir=str(directory / "run"), **(settings | options))
    trainer = trl.KTOTrainer(
        model=model_folder(), args=config, train_dataset=Dataset.from_list(data), peft_config=peft and adapter(peft)
    )
    losses = []
    original = trainer._compute_loss

    def listening(*args, **kwargs):
        loss = original(*args, **kwargs)
        losses.append(loss.detach().double().item())
        return loss

    trainer._compute_loss = listening
    recorder = record(trainer, directory / "batches") if recording else None
    trainer.train()
    return trainer, recorder, losses


VARIANTS = {
    "defaults": {},
    "beta": dict(beta=0.5),
    "weights": dict(desirable_weight=1.5, undesirable_weight=0.75),
    "apo": dict(loss_type="apo_zero_unpaired"),
    "accumulated": dict(gradient_accumulation_steps=2, per_device_train_batch_size=2),
    "precomputed": dict(precompute_ref_log_probs=True),
    "tr": dict(sync_ref_model=True, ref_model_sync_steps=1, ref_model_mixup_alpha=0.4),
    "short": dict(max_length=7),
    "padded": dict(pad_to_multiple_of=8),
    "uncheckpointed": dict(gradient_checkpointing=False),
    "pairs": dict(data=PAIRS),
    "one-kind": dict(data=[example | {"label": True} for example in EXAMPLES]),
    "no-prompt": dict(data=[example | {"prompt": ""} for example in EXAMPLES]),
    "unfilled": dict(data=EXAMPLES[:7]),
    "alone": dict(loss_type="apo_zero_unpaired", per_device_train_batch_size=1),
    "lora": dict(peft="lora"),
    "lora-apo": dict(peft="lora", loss_type="apo_zero_unpaired"),
    "prompt-tuning": dict(peft="prompt-tuning"),
}


@pytest.mark.filterwarnings("ignore::gradus_trl.RecorderWarning")
@pytest.mark.parametrize("name", VARIANTS)
def test_loss_and_metrics(name, tmp_path, opened, close):
    options = VARIANTS[name]
    trainer, recorder, losses = train(tmp_path, **options)
    count = options.get("gradient_accumulation_steps", 1)
    assert recorder.not_recorded == []
    assert len(recorder.files) == len(losses) == 6 * count
    ours, points = [], []
    for path, loss in zip(recorder.files, losses):
        file = opened(path)
        logged = file.content["logged"]
        names = [metric for metric in logged if metric != "loss"]
        value, *values = file("loss", *[f"metric({metric})" for metric in names])
        ours.append(value)
        points.append(logged["kl"])
        assert value == pytest.approx(loss, abs=1e-6)
        for metric, number in zip(names, values):
            assert close(number, logged[metric], scale=10), metric
    assert any(point > 0 for point in points) == (options.get("loss_type") != "apo_zero_unpaired")
    logs = [entry["loss"] for entry in trainer.state.log_history if "loss" in entry]
    for step, logged in enumerate(logs):
        assert sum(ours[step * count : (step + 1) * count]) / count == pytest.approx(logged, rel=2e-5, abs=6e-5)


def test_training_is_untouched(tmp_path):
    """The same losses and weights, bit for bit, with the recorder and without."""
    with_it, recorder, losses = train(tmp_path / "a")
    without, _, others = train(tmp_path / "b", recording=False)
    assert len(recorder.files) == 6
    assert losses == others
    for (name, a), (_, b) in zip(with_it.model.named_parameters(), without.model.named_parameters()):
        assert torch.equal(a, b), name


def test_gradients(tmp_path, opened):
    """The derivative by each token's log-probability is the one that torch's backward pass leaves."""
    from datasets import Dataset

    config = trl.KTOConfig(
        output_dir=str(tmp_path / "run"), per_device_train_batch_size=4, learning_rate=0.02, max_steps=3, beta=0.5,
        report_to="none", save_strategy="no", use_cpu=True, bf16=False, disable_tqdm=True,
    )  # fmt: skip
    trainer = trl.KTOTrainer(model=model_folder(), args=config, train_dataset=Dataset.from_list(EXAMPLES))
    seen = []

    def keep(module, arguments, output):
        if output.log_probs.requires_grad:
            output.log_probs.retain_grad()
            seen.append(output.log_probs)

    trainer.model.register_forward_hook(keep)
    recorder = record(trainer, tmp_path / "batches")
    trainer.train()
    for path, logps in zip(recorder.files, seen, strict=True):
        file = opened(path)
        for row, example in enumerate(file.content["examples"]):
            count = len(example["tokens"])
            # Places that do not count have log-probability 0.
            theirs = [g for g, logp in zip(logps.grad[row].tolist(), logps[row].tolist()) if logp != 0]
            assert file(*[f"grad(logp[{row},{t}])" for t in range(count)]) == pytest.approx(theirs, rel=1e-4)


def test_two_processes(tmp_path, opened):
    """The first process writes its own part, with the reference point that all answers have given."""
    first, second = on_two_processes("kto", tmp_path)
    assert second["files"] == [] and len(first["files"]) == len(first["losses"]) == 4
    points = []
    for path, loss in zip(first["files"], first["losses"]):
        file = opened(path)
        assert len(file.content["examples"]) == 2 and list(file.content["logged"]) == ["loss"]
        value, point = file("loss", "reference_point")
        assert value == pytest.approx(loss, abs=1e-6)
        assert point == file.content["reference_point"]
        points.append(point)
    assert any(point > 0 for point in points)


def test_precomputed_reference_is_named(tmp_path):
    with pytest.warns(RecorderWarning, match="precompute_ref_log_probs: TRL keeps the reference's sum"):
        train(tmp_path, steps=1, precompute_ref_log_probs=True)
