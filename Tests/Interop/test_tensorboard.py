"""Event files of `gradus train`, read with TensorBoard's own reader, and `gradus runs` of a folder that transformers wrote.

Needs the environment variable GRADUS, the path of the program.
"""

import json
import math
import os
import struct
import subprocess
import time

import pytest

accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
plugin_accumulator = pytest.importorskip("tensorboard.backend.event_processing.plugin_event_accumulator")

GRADUS = os.environ.get("GRADUS")
pytestmark = pytest.mark.skipif(not GRADUS, reason="GRADUS is not set")

TINY = {
    "hidden_size": 16,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "num_key_value_heads": 2,
    "intermediate_size": 16,
    "batch_size": 8,
    "max_steps": 12,
    "save_steps": 5,
    "eval_steps": 4,
}


def gradus(*arguments, cwd, code=0):
    result = subprocess.run([GRADUS, *arguments], cwd=cwd, capture_output=True, text=True, timeout=120)
    assert result.returncode == code, result.stderr
    return result.stdout


def train(folder, *more, trainer="sft", output="runs/a", code=0, **options):
    sets = [f"--set={name}={value}" for name, value in {**TINY, **options}.items()]
    gradus("train", trainer, "--output", output, *sets, *more, cwd=folder, code=code)
    return folder / output


def event_files(run):
    return sorted(run.glob("events.out.tfevents.*"))


def tag(name):
    return "eval/" + name.removeprefix("eval_") if name.startswith("eval_") else "train/" + name


def expected(run):
    """What metrics.jsonl says: tag to steps and values of 32 bits."""
    scalars = {}
    for line in (run / "metrics.jsonl").read_text().splitlines():
        metrics = json.loads(line)
        step = metrics.pop("step")
        for name, value in metrics.items():
            number = math.nan if value is None else struct.unpack("f", struct.pack("f", value))[0]
            scalars.setdefault(tag(name), []).append((step, number))
    return scalars


def load(run):
    events = accumulator.EventAccumulator(str(run), size_guidance={accumulator.SCALARS: 0})
    events.Reload()
    return events


def same(a, b):
    return a == b or (math.isnan(a) and math.isnan(b))


def expect_same(run, since):
    events = load(run)
    wanted = expected(run)
    assert set(events.Tags()["scalars"]) == set(wanted)
    for name, points in wanted.items():
        read = events.Scalars(name)
        assert [event.step for event in read] == [step for step, _ in points], name
        assert all(same(event.value, value) for event, (_, value) in zip(read, points)), name
        times = [event.wall_time for event in read]
        assert times == sorted(times)
        assert since - 1 <= times[0] and times[-1] <= time.time() + 1
    return wanted


def test_the_reader_sees_what_metrics_jsonl_says(tmp_path):
    since = time.time()
    run = train(tmp_path)
    wanted = expect_same(run, since)
    assert {"train/loss", "train/grad_norm", "eval/loss"} <= set(wanted)
    assert [step for step, _ in wanted["train/loss"]] == list(range(1, 13))
    assert len(event_files(run)) == 1


def test_configuration_options_and_texts_are_shown(tmp_path):
    run = train(tmp_path, num_completions_to_print=2)
    events = plugin_accumulator.EventAccumulator(str(run))
    events.Reload()
    plugins = {name: data.plugin_data.plugin_name for name, data in events.summary_metadata.items()}
    assert plugins["config/text_summary"] == "text"
    assert plugins["_hparams_/session_start_info"] == "hparams"
    assert plugins["train/loss"] == "scalars"
    (config,) = events.Tensors("config/text_summary")
    assert b"    trainer: sft\n" in config.tensor_proto.string_val[0]
    steps = [event.step for event in events.Tensors("samples/1/text_summary")]
    assert steps == [event.step for event in events.Tensors("samples/2/text_summary")] == [0, 4, 8, 12]

    from tensorboard.plugins.hparams import metadata

    content = events.summary_metadata["_hparams_/session_start_info"].plugin_data.content
    options = metadata.parse_session_start_info_plugin_data(content).hparams
    assert options["trainer"].string_value == "sft"
    assert options["learning_rate"].number_value == 0.001
    assert options["shuffle"].bool_value is True
    assert "workers" not in options


def test_a_run_that_goes_on_has_every_step_once(tmp_path):
    since = time.time()
    run = train(tmp_path)
    straight = (run / "metrics.jsonl").read_bytes()
    # As if the program had been killed after step 12 and before its checkpoint.
    subprocess.run(["rm", "-r", str(run / "checkpoint-000012")], check=True)
    gradus("train", "sft", "--output", "runs/a", "--resume", cwd=tmp_path)
    assert (run / "metrics.jsonl").read_bytes() == straight
    assert len(event_files(run)) == 2
    expect_same(run, since)


def test_a_reader_that_has_seen_later_steps_forgets_them(tmp_path):
    run = train(tmp_path)
    reader = load(run)
    assert [event.step for event in reader.Scalars("train/loss")] == list(range(1, 13))
    subprocess.run(["rm", "-r", str(run / "checkpoint-000012")], check=True)
    gradus("train", "sft", "--output", "runs/a", "--resume", cwd=tmp_path)
    reader.Reload()
    assert [event.step for event in reader.Scalars("train/loss")] == list(range(1, 13))
    assert [event.step for event in reader.Scalars("eval/loss")] == [0, 4, 8, 12]


def test_a_killed_run_can_be_read_and_goes_on(tmp_path):
    since = time.time()
    run = tmp_path / "runs/a"
    options = {**TINY, "max_steps": 1500, "save_steps": 100, "eval_steps": 0, "num_completions_to_print": 0}
    sets = [f"--set={name}={value}" for name, value in options.items()]
    with open(os.devnull, "w") as nowhere:
        program = subprocess.Popen([GRADUS, "train", "sft", "--output", run, *sets], stderr=nowhere)
        while program.poll() is None and not (run / "checkpoint-000200").exists():
            time.sleep(0.005)
        program.kill()
        program.wait()
    steps = [event.step for event in load(run).Scalars("train/loss")]
    assert steps == list(range(1, len(steps) + 1)) and len(steps) >= 200
    gradus("train", "sft", "--output", "runs/a", "--resume", cwd=tmp_path)
    wanted = expect_same(run, since)
    assert [step for step, _ in wanted["train/loss"]] == list(range(1, 1501))


@pytest.mark.parametrize("cut", [1, 7, 60])
def test_a_torn_last_record_is_tolerated(tmp_path, cut):
    since = time.time()
    run = train(tmp_path, num_completions_to_print=0)
    (file,) = event_files(run)
    os.truncate(file, file.stat().st_size - cut)
    steps = [event.step for event in load(run).Scalars("train/loss")]
    assert steps == list(range(1, 12))
    subprocess.run(["rm", "-r", str(run / "checkpoint-000012")], check=True)
    gradus("train", "sft", "--output", "runs/a", "--resume", cwd=tmp_path)
    expect_same(run, since)


def test_nan_does_no_harm(tmp_path):
    since = time.time()
    # The run ends there, and what was logged until then is whole.
    run = train(tmp_path, learning_rate=900, max_grad_norm="none", lr_scheduler_type="constant", code=70)
    wanted = expect_same(run, since)
    assert any(math.isnan(value) for _, value in wanted["train/loss"] + wanted["train/grad_norm"])
    assert "stopped" in gradus("runs", cwd=tmp_path)


def test_report_to_none_writes_no_file(tmp_path):
    run = train(tmp_path, report_to="none")
    assert event_files(run) == []


def test_every_stage_is_a_run_of_its_own(tmp_path):
    multiplexer = pytest.importorskip("tensorboard.backend.event_processing.event_multiplexer")
    train(tmp_path, trainer="dpo", output="runs/d")
    train(tmp_path)
    runs = multiplexer.EventMultiplexer()
    runs.AddRunsFromDirectory(str(tmp_path / "runs"))
    runs.Reload()
    assert set(runs.Runs()) == {"a", "d", "d/sft"}
    assert "train/rewards/margins" in runs.Runs()["d"]["scalars"]


def test_runs_reads_what_transformers_wrote(tmp_path):
    torch = pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")
    ours = train(tmp_path)
    model = transformers.AutoModelForCausalLM.from_pretrained(ours / "model")
    ids = torch.arange(8) % model.config.vocab_size
    data = [{"input_ids": ids, "labels": ids}] * 8
    arguments = transformers.TrainingArguments(
        str(tmp_path / "runs/theirs"), max_steps=4, save_steps=2, logging_steps=1, eval_steps=2, eval_strategy="steps",
        per_device_train_batch_size=2, report_to="tensorboard", use_cpu=True, disable_tqdm=True)
    trainer = transformers.Trainer(model, arguments, train_dataset=data, eval_dataset=data)
    trainer.train()
    theirs = next(run for run in json.loads(gradus("runs", "--json", cwd=tmp_path))["runs"] if run["name"] == "theirs")
    assert (theirs["trainer"], theirs["state"], theirs["step"], theirs["total"]) == ("TRL", "finished", 4, 4)
    assert theirs["options"]["batch_size"] == "2"
    losses = [entry["loss"] for entry in trainer.state.log_history if "loss" in entry]
    assert (theirs["metrics"]["loss"]["first"], theirs["metrics"]["loss"]["last"]) == (losses[0], losses[-1])
    # The two lie in the same charts.
    (events,) = (tmp_path / "runs/theirs/runs").iterdir()
    assert {"train/loss", "train/grad_norm", "train/learning_rate", "eval/loss"} <= (
        set(load(events).Tags()["scalars"]) & set(load(ours).Tags()["scalars"]))
    text = gradus("runs", "runs/a", "runs/theirs", cwd=tmp_path)
    assert "B  runs/theirs  TRL  finished 4" in text
    assert "eval_loss" in text
