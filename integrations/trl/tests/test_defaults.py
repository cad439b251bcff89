"""The trainers as TRL configures them are recorded without a refusal, and the debugger's loss is theirs."""

import pytest

trl = pytest.importorskip("trl")
pytest.importorskip("torch")

import test_dpo
import test_grpo
import test_kto
import test_reward
from gradus_trl import record
from packaging.version import Version
from trl_support import model_folder

pytestmark = pytest.mark.skipif(
    Version(trl.__version__) < Version("1.16"),
    reason=f"these trainers are of TRL 1.16, and this is {trl.__version__}",
)

PROMPTS = [{"prompt": f"{a}+{b}="} for a in range(6) for b in range(6)]
TRAINERS = {
    "GRPO": ("_compute_loss", PROMPTS, dict(reward_funcs=[test_grpo.vowels])),
    "DPO": ("_compute_loss", test_dpo.PAIRS, {}),
    "KTO": ("_compute_loss", test_kto.EXAMPLES, {}),
    "Reward": ("compute_loss", test_reward.PAIRS, {}),
}


# As it comes, TRL computes in bfloat16.
@pytest.mark.parametrize("precision", [{}, dict(bf16=False)], ids=["bf16", "fp32"])
@pytest.mark.parametrize("name", TRAINERS)
def test_the_loss_is_the_trainers(name, precision, tmp_path, opened):
    from datasets import Dataset

    method, data, more = TRAINERS[name]
    config = getattr(trl, f"{name}Config")(
        output_dir=str(tmp_path / "run"), max_steps=3, report_to="none", save_strategy="no", use_cpu=True,
        disable_tqdm=True, **precision,
    )  # fmt: skip
    trainer = getattr(trl, f"{name}Trainer")(
        model=model_folder(), args=config, train_dataset=Dataset.from_list(data), **more
    )
    losses = []
    original = getattr(trainer, method)

    def listening(*args, **kwargs):
        loss = original(*args, **kwargs)
        losses.append(loss.detach().double().item())
        return loss

    setattr(trainer, method, listening)
    recorder = record(trainer, tmp_path / "batches")
    trainer.train()
    assert recorder.not_recorded == [] and len(recorder.files) == len(losses) == 3
    for path, loss in zip(recorder.files, losses):
        assert opened(path)("loss") == pytest.approx(loss, rel=0, abs=1e-6)
