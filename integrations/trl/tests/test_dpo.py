"""The debugger's loss of a recorded step of DPO is the trainer's, for every loss type and option."""

import json

import pytest

trl = pytest.importorskip("trl")
torch = pytest.importorskip("torch")

from trl_support import ROOT, adapter, model_folder, on_two_processes
from gradus_trl import RecorderWarning, record
from packaging.version import Version

pytestmark = pytest.mark.skipif(
    Version(trl.__version__) < Version("1.16"),
    reason=f"the recorder of DPO is for TRL 1.16, and this is {trl.__version__}",
)

PAIRS = [
    {"prompt": f"{a}+{b}=", "chosen": f"{a + b}" + " yes" * (a % 3), "rejected": "no" + "o" * b}
    for a in range(4)
    for b in range(4)
]  # fmt: skip


def train(directory, steps=2, recording=True, model=None, data=PAIRS, peft=None, **options):
    """A DPOTrainer that has taken some steps; its recorder; and each batch's loss, as it came."""
    from datasets import Dataset

    settings = dict(
        per_device_train_batch_size=4, gradient_accumulation_steps=1, learning_rate=0.02, max_steps=steps,
        logging_steps=1, report_to="none", save_strategy="no", use_cpu=True, bf16=False, disable_tqdm=True, seed=3,
    )  # fmt: skip
    config = trl.DPOConfig(output_dir=str(directory / "run"), **(settings | options))
    trainer = trl.DPOTrainer(
        model=model or model_folder(), args=config,
        train_dataset=Dataset.from_list(data), peft_config=peft and adapter(peft),
    )  # fmt: skip
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
    "sigmoid": {},
    "beta": dict(beta=0.5),
    "ipo": dict(loss_type="ipo"),
    "hinge": dict(loss_type="hinge"),
    "exo": dict(loss_type="exo_pair", label_smoothing=0.01),
    "robust": dict(loss_type="robust", label_smoothing=0.2),
    "nca": dict(loss_type="nca_pair"),
    "bco": dict(loss_type="bco_pair"),
    "sppo": dict(loss_type="sppo_hard"),
    "aot": dict(loss_type="aot", label_smoothing=0.1),
    "aot-unpaired": dict(loss_type="aot_unpaired"),
    "apo-zero": dict(loss_type="apo_zero"),
    "apo-down": dict(loss_type="apo_down"),
    "discopop": dict(loss_type="discopop", discopop_tau=0.1),
    "sft": dict(loss_type="sft"),
    "sigmoid-norm": dict(loss_type="sigmoid_norm", beta=2.0),
    "smoothed": dict(loss_type="sigmoid", label_smoothing=0.1),
    "forward-kl": dict(f_divergence_type="forward_kl"),
    "js": dict(f_divergence_type="js_divergence"),
    "alpha": dict(f_divergence_type="alpha_divergence", f_alpha_divergence_coef=0.4),
    "ld": dict(ld_alpha=0.3),
    "mpo": dict(loss_type=["sigmoid", "bco_pair", "sft"], loss_weights=[0.8, 0.2, 1.0]),
    "rpo": dict(loss_type=["sigmoid", "sft"], loss_weights=[1.0, 0.005]),
    "several": dict(loss_type=["discopop", "aot"]),
    "wpo": dict(use_weighting=True),
    "wpo-mpo": dict(use_weighting=True, loss_type=["ipo", "nca_pair"], loss_weights=[0.5, 2.0]),
    "tr": dict(sync_ref_model=True, ref_model_sync_steps=1, ref_model_mixup_alpha=0.4),
    "accumulated": dict(gradient_accumulation_steps=2, per_device_train_batch_size=2),
    "precomputed": dict(precompute_ref_log_probs=True),
    "lora": dict(peft="lora"),
    "prompt-tuning": dict(peft="prompt-tuning"),
}


@pytest.mark.filterwarnings("ignore::gradus_trl.RecorderWarning")
@pytest.mark.parametrize("name", VARIANTS)
def test_loss_and_metrics(name, tmp_path, opened, close):
    options = VARIANTS[name]
    trainer, recorder, losses = train(tmp_path, **options)
    count = options.get("gradient_accumulation_steps", 1)
    assert recorder.not_recorded == []
    assert len(recorder.files) == len(losses) == 2 * count
    ours = []
    for path, loss in zip(recorder.files, losses):
        file = opened(path)
        logged = file.content["logged"]
        # In the first step every reward is 0 but for rounding, and which is greater says nothing.
        is_rounding = abs(logged["rewards/margins"]) < 1e-6
        names = [m for m in logged if m != "loss" and not (is_rounding and m == "rewards/accuracies")]
        assert "rewards/margins" in names
        value, *values = file("loss", *[f"metric({metric})" for metric in names])
        ours.append(value)
        assert close(value, loss)
        assert close(value, logged["loss"])
        for metric, number in zip(names, values):
            assert close(number, logged[metric], scale=10), metric
    logs = [entry["loss"] for entry in trainer.state.log_history if "loss" in entry]
    for step, logged in enumerate(logs):
        part = ours[step * count : (step + 1) * count]
        assert sum(part) / count == pytest.approx(logged, rel=2e-5, abs=6e-5)


def test_precomputed_reference_is_named(tmp_path):
    with pytest.warns(RecorderWarning, match="precompute_ref_log_probs: TRL keeps the reference's sum"):
        train(tmp_path, steps=1, precompute_ref_log_probs=True)


def test_training_is_untouched(tmp_path):
    """The same losses and weights, bit for bit, with the recorder and without."""
    with_it, recorder, losses = train(tmp_path / "a", steps=4)
    without, _, others = train(tmp_path / "b", steps=4, recording=False)
    assert len(recorder.files) == 4
    assert losses == others
    for (name, a), (_, b) in zip(with_it.model.named_parameters(), without.model.named_parameters()):
        assert torch.equal(a, b), name
    hooks = [sum(len(m._forward_hooks) for m in trainer.model.modules()) for trainer in (with_it, without)]
    assert hooks[0] == hooks[1]


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (dict(loss_type=["sigmoid", "sft"], loss_weights=[1.0, 0.0]), "loss_weights 1.0, 0.0: Gradus has weights above 0"),
        (dict(loss_type=["sft", "sft"]), "loss_type sft, sft: Gradus has each loss once"),
    ],
)
def test_what_gradus_lacks_is_named(options, reason, tmp_path):
    with pytest.warns(RecorderWarning, match=f"not recorded: {reason}"):
        _, recorder, _ = train(tmp_path, steps=1, **options)
    assert recorder.files == []
    assert (tmp_path / "batches" / "not-recorded.txt").read_text().startswith(f"step 1: {reason}")


def test_gradients(tmp_path, opened):
    """The derivative by each token's log-probability is the one that torch's backward pass leaves."""
    from datasets import Dataset

    config = trl.DPOConfig(
        output_dir=str(tmp_path / "run"), per_device_train_batch_size=4, learning_rate=0.02, max_steps=2, beta=0.5,
        report_to="none", save_strategy="no", use_cpu=True, bf16=False, disable_tqdm=True,
    )  # fmt: skip
    trainer = trl.DPOTrainer(model=model_folder(), args=config, train_dataset=Dataset.from_list(PAIRS))
    seen = []

    def keep(module, arguments, output):
        output.log_probs.retain_grad()
        seen.append(output.log_probs)

    trainer.model.register_forward_hook(keep)
    recorder = record(trainer, tmp_path / "batches")
    trainer.train()
    for path, logps in zip(recorder.files, seen, strict=True):
        file = opened(path)
        pairs = file.content["pairs"]
        rows = [pair["chosen"] for pair in pairs] + [pair["rejected"] for pair in pairs]
        names = [f"chosen_logp[{i}" for i in range(4)] + [f"rejected_logp[{i}" for i in range(4)]
        for row, response, name in zip(range(8), rows, names):
            count = len(response["tokens"])
            # Places that do not count have log-probability 0.
            theirs = [g for g, logp in zip(logps.grad[row].tolist(), logps[row].tolist()) if logp != 0]
            assert file(*[f"grad({name},{t}])" for t in range(count)]) == pytest.approx(theirs, rel=1e-4)


def test_two_processes(tmp_path, opened, close):
    """The first process writes its own part, and takes no copy of the policy's outputs for the reference's."""
    first, second = on_two_processes("dpo", tmp_path)
    assert second["files"] == [] and len(first["files"]) == len(first["losses"]) == 2
    for path, loss in zip(first["files"], first["losses"]):
        file = opened(path)
        assert close(file("loss"), loss)
        assert len(file.content["pairs"]) == 2 and list(file.content["logged"]) == ["loss"]


def test_a_real_tokenizer_and_data(tmp_path, opened, close):
    """The project's own tiny checkpoint, with preferences in words."""
    model = ROOT / "Tests/TrainingTests/Models/llama-tiny"
    data = [json.loads(line) for line in (ROOT / "Tests/TrainingTests/Models/polite-preferences/train.jsonl").read_text().splitlines()]
    _, recorder, losses = train(tmp_path, steps=2, model=str(model), data=data, max_length=64)
    for path, loss in zip(recorder.files, losses):
        file = opened(path)
        assert close(file("loss"), loss)
        pair = file.content["pairs"][0]
        assert pair["prompt"] and "".join(pair["chosen"]["tokens"])
