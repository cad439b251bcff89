"""The Python packages of `integrations` as others get them: their types, and what their wheels have and do."""

import ast
import email
import os
import shutil
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

pytest.importorskip("mypy")
pytest.importorskip("build")

INTEGRATIONS = Path(__file__).resolve().parents[2] / "integrations"
PACKAGES = ("trl", "vectors", "verl")


def run(folder, *command, status=0):
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    result = subprocess.run([str(x) for x in command], cwd=folder, env=environment, capture_output=True, text=True)
    assert result.returncode == status, result.stdout + result.stderr
    return result.stdout + result.stderr


def mypy(folder, cache, *arguments, **more):
    return run(folder, sys.executable, "-m", "mypy", "--cache-dir", cache, *arguments, **more)


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("mypy")


@pytest.mark.parametrize("name", PACKAGES)
def test_types(name, cache):
    """As pyproject.toml says: strictly, and for the oldest Python that it names."""
    assert "Success" in mypy(INTEGRATIONS / name, cache)


@pytest.mark.parametrize("platform", ["linux", "darwin"])
def test_types_of_what_runs_solutions(platform, cache):
    assert "Success" in mypy(INTEGRATIONS / "grade", cache, "--strict", "--platform", platform, "run.py")
    # It also runs under Python 3.9, which mypy no longer knows.
    ast.parse((INTEGRATIONS / "grade" / "run.py").read_text(), feature_version=(3, 9))


class Installed:
    """A package's wheel in an environment of its own, where torch and the trainers are those of this one."""

    def __init__(self, name, folder):
        self.folder = folder
        self.module = f"gradus_{name}"
        # Building leaves its drafts beside the sources.
        source = shutil.copytree(INTEGRATIONS / name, folder / "source")
        run(source, sys.executable, "-m", "build", "--no-isolation", "--outdir", folder / "dist", ".")
        self.wheel = next((folder / "dist").glob("*.whl"))
        venv.create(folder / "venv")
        self.python = folder / "venv" / "bin" / "python"
        run(folder, sys.executable, "-m", "pip", "--python", self.python, "install", "--quiet", "--no-deps", self.wheel)
        own = run(folder, self.python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip()
        shared = [path for path in sys.path if path.endswith("site-packages")]
        (Path(own) / "shared.pth").write_text("\n".join(shared) + "\n")


@pytest.fixture(scope="module", params=PACKAGES)
def installed(request, tmp_path_factory):
    return Installed(request.param, tmp_path_factory.mktemp(request.param))


def test_a_wheel_has_what_belongs_to_it(installed):
    source = installed.folder / "source"
    with zipfile.ZipFile(installed.wheel) as wheel:
        names = wheel.namelist()
        described = next(n for n in names if n.endswith(".dist-info/METADATA"))
        about = email.message_from_bytes(wheel.read(described))
    own = [p for p in (source / installed.module).rglob("*") if p.is_file() and "__pycache__" not in p.parts]
    assert sorted(n for n in names if ".dist-info/" not in n) == sorted(str(p.relative_to(source)) for p in own)
    assert f"{installed.module}/py.typed" in names
    assert any(n.endswith(".dist-info/licenses/LICENSE") for n in names)
    assert about["License-Expression"] == "Apache-2.0" and about["Requires-Python"] == ">=3.10"
    assert "Typing :: Typed" in about.get_all("Classifier")
    assert about.get_payload().startswith("# ")


USES = {
    "gradus_trl": (
        "from gradus_trl import record\n\n\n"
        "class Nobody:\n"
        "    pass\n\n\n"
        "try:\n"
        "    print(record(Nobody(), every=50).files)\n"
        "except TypeError as reason:\n"
        "    print(reason)\n",
        "Nobody cannot be recorded: gradus_trl knows GRPOTrainer, DPOTrainer, KTOTrainer, RewardTrainer and PPOTrainer",
        ("every=50", "every='often'"),
        'incompatible type "str"; expected "int"',
    ),
    "gradus_vectors": (
        "import sys\n"
        "import torch\n"
        "from gradus_vectors.__main__ import main\n"
        "from gradus_vectors.batch import Batch\n\n\n"
        "def loss(algorithm: str, options: dict[str, object], batch: Batch) -> torch.Tensor:\n"
        "    return -(batch.logp * batch.mask).sum() * batch.step.ranks / batch.step.tokens\n\n\n"
        "if __name__ == '__main__':\n"
        "    sys.exit(main(['--against', 'use:loss', '--only', 'sft']))\n",
        "use:loss: 5 vectors passed, 0 failed, 0 not offered",
        ("batch.logp", "batch.logprob"),
        '"Batch" has no attribute "logprob"',
    ),
    "gradus_verl": (
        "from types import SimpleNamespace\n"
        "import torch\n"
        "from gradus_verl import write\n\n\n"
        "class Words:\n"
        "    def decode(self, ids: list[int]) -> str:\n"
        "        return ' '.join(map(str, ids))\n\n\n"
        "one = torch.ones(2, 3)\n"
        "names = ('prompts', 'responses', 'response_mask', 'old_log_probs', 'token_level_scores')\n"
        "data = SimpleNamespace(batch={name: one for name in names}, non_tensor_batch={})\n"
        "print(write('step.batch.json', data, Words()))\n",
        "True",
        ("Words())", "None)"),
        'incompatible type "None"; expected "Tokenizer"',
    ),
}  # fmt: skip


def test_an_installed_package_works_and_has_types(installed, cache):
    text, answer, (right, wrong), complaint = USES[installed.module]
    path = installed.folder / "use.py"
    path.write_text(text)
    assert run(installed.folder, installed.python, path).splitlines()[-1] == answer
    strictly = ("--strict", "--python-executable", installed.python)
    assert "Success" in mypy(installed.folder, cache, *strictly, path)
    path.write_text(text.replace(right, wrong))
    assert complaint in mypy(installed.folder, cache, *strictly, path, status=1)


def test_the_runner_is_a_command(installed):
    if installed.module != "gradus_vectors":
        pytest.skip("it has no command")
    shown = run(installed.folder, installed.python, "-m", "gradus_vectors", "--batch", "sft-1")
    assert shown.startswith('{"format": "gradus.batch/1"')
