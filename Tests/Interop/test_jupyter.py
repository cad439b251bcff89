"""The kernel of `gradus kernel install`, driven by Jupyter's own clients.

It needs a gradus with the trait Jupyter, named by the environment variable GRADUS, and nbclient.
"""

import concurrent.futures
import contextlib
import copy
import json
import os
import re
import shutil
import subprocess
import sys
import time
import xml.dom.minidom
from pathlib import Path

import pytest

nbformat = pytest.importorskip("nbformat")
nbclient = pytest.importorskip("nbclient")
jupyter_client = pytest.importorskip("jupyter_client")

ROOT = Path(__file__).resolve().parents[2]
GRADUS = os.environ.get("GRADUS") or str(ROOT / ".build/debug/gradus")
NOTEBOOKS = sorted(p for p in (ROOT / "notebooks-md").glob("*.md") if p.name != "README.md")
TIMEOUT = 60


def gradus(*arguments, **options):
    return subprocess.run([GRADUS, *arguments], capture_output=True, text=True, **options)


def has_jupyter():
    result = gradus("kernel", "run", "--connection-file", "/nonexistent")
    return "was built without Jupyter" not in result.stderr


pytestmark = pytest.mark.skipif(not has_jupyter(), reason="this gradus was built without the trait Jupyter")


@pytest.fixture(scope="session", autouse=True)
def installed(tmp_path_factory):
    """The kernel, installed where only these tests look."""
    data = tmp_path_factory.mktemp("jupyter-data")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JUPYTER_DATA_DIR", str(data))
        patch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path_factory.mktemp("jupyter-runtime")))
        result = gradus("kernel", "install")
        assert result.returncode == 0, result.stderr
        assert str(data / "kernels" / "gradus") in result.stdout
        yield data


def is_running(pid):
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    with contextlib.suppress(OSError):
        os.kill(pid, 0)
        return not Path("/proc/self").exists()
    return False


def wait_until(holds, seconds=TIMEOUT):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if holds():
            return True
        time.sleep(0.05)
    return False


class Kernel:
    """A running kernel and a client of it."""

    def __init__(self, folder):
        self.manager = jupyter_client.KernelManager(kernel_name="gradus")
        self.manager.start_kernel(cwd=str(folder))
        self.client = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=TIMEOUT)

    @property
    def pid(self):
        return self.manager.provisioner.pid

    def run(self, code, **options):
        """Returns the reply and what the cell shows."""
        outputs = []
        reply = self.client.execute_interactive(
            code, timeout=TIMEOUT, output_hook=lambda m: outputs.append((m["msg_type"], m["content"])), **options
        )
        shown = [(kind, content) for kind, content in outputs if kind not in ("status", "execute_input")]
        return reply["content"], shown

    def text(self, code):
        return "".join(content.get("text", "") for _, content in self.run(code)[1])

    def source(self):
        """What is looked at, told by the number of its beats."""
        beats = int(re.search(r"(?:of|before) (\d+)\b", self.text("where"))[1])
        return {1340: "dpo", 1437: "ppo"}.get(beats, beats)

    def ask(self, channel, kind, content):
        message = self.client.session.msg(kind, content)
        getattr(self.client, channel + "_channel").send(message)
        while True:
            reply = getattr(self.client, channel + "_channel").get_msg(timeout=TIMEOUT)
            if reply["parent_header"].get("msg_id") == message["header"]["msg_id"]:
                return reply["content"]

    def complete(self, code, cursor=None):
        content = {"code": code, "cursor_pos": len(code) if cursor is None else cursor}
        return self.ask("shell", "complete_request", content)

    def inspect(self, code, cursor=None):
        content = {"code": code, "cursor_pos": len(code) if cursor is None else cursor, "detail_level": 0}
        return self.ask("shell", "inspect_request", content)

    def close(self):
        self.client.stop_channels()
        if self.manager.has_kernel:
            self.manager.shutdown_kernel()


@pytest.fixture
def start(tmp_path):
    kernels = []

    def starter():
        kernels.append(Kernel(tmp_path))
        return kernels[-1]

    yield starter
    for kernel in kernels:
        kernel.close()


@pytest.fixture
def kernel(start):
    return start()


# MARK: Installing


def test_the_specification_is_what_jupyter_reads(installed):
    spec = jupyter_client.kernelspec.KernelSpecManager().get_kernel_spec("gradus")
    assert spec.display_name == "Gradus"
    assert spec.language == "gradus"
    assert spec.interrupt_mode == "message"
    assert Path(spec.argv[0]).is_absolute()
    assert spec.argv[1:] == ["kernel", "run", "--connection-file", "{connection_file}"]
    logo = (installed / "kernels/gradus/logo-svg.svg").read_text()
    assert xml.dom.minidom.parseString(logo).documentElement.tagName == "svg"


def test_uninstalling_takes_back_what_was_installed(tmp_path):
    place = ["--prefix", str(tmp_path), "--name", "other"]
    assert gradus("kernel", "install", *place).stdout.startswith(f"wrote {tmp_path}/share/jupyter/kernels/other\n")
    assert gradus("kernel", "install", *place).stdout.startswith("replaced ")
    spec = json.loads((tmp_path / "share/jupyter/kernels/other/kernel.json").read_text())
    assert spec["display_name"] == "Gradus (other)"
    assert gradus("kernel", "uninstall", *place).returncode == 0
    assert list((tmp_path / "share/jupyter/kernels").iterdir()) == []
    assert gradus("kernel", "uninstall", *place).returncode == 66


def test_another_kernel_is_not_overwritten(tmp_path):
    folder = tmp_path / "share/jupyter/kernels/python3"
    folder.mkdir(parents=True)
    (folder / "kernel.json").write_text('{"language": "python"}')
    for command in ["install", "uninstall"]:
        result = gradus("kernel", command, "--prefix", str(tmp_path), "--name", "python3")
        assert result.returncode == 64
        assert "belongs to another kernel: choose another --name" in result.stderr
    assert (folder / "kernel.json").read_text() == '{"language": "python"}'


# MARK: Running cells


def test_a_handwritten_notebook(tmp_path):
    cells = [
        "open ppo",
        "goto 0/0/1 clip",
        "why grad(logp[5,1])",
        "set cliprange 0.1",
        "diagram clip",
        "p 1 + 1\nnonsense\np 2 + 2",
        "p 1 + 2",
    ]
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(source) for source in cells],
        metadata={"kernelspec": {"name": "gradus", "display_name": "Gradus"}},
    )
    client = nbclient.NotebookClient(
        notebook, timeout=TIMEOUT, allow_errors=True, resources={"metadata": {"path": str(tmp_path)}}
    )
    client.execute()
    nbformat.validate(notebook)
    outputs = [cell.outputs for cell in notebook.cells]
    assert outputs[0][0].text.startswith("ppo: PPO as RLHF uses it")
    assert outputs[1][0].text.startswith("clip 0/0/1 · overview of beats ")
    assert outputs[2][0].text.startswith("grad(logp[5,1]) = ")
    assert "0.2 → 0.1" in outputs[3][0].text
    assert [o.output_type for o in outputs[4]] == ["display_data"]
    svg = outputs[4][0].data["image/svg+xml"]
    assert xml.dom.minidom.parseString(svg).documentElement.tagName == "svg"
    assert outputs[4][0].data["text/plain"] == "clip.svg"
    assert [o.output_type for o in outputs[5]] == ["stream", "error", "stream"]
    assert outputs[5][1].ename == "CommandError"
    assert outputs[5][1].evalue == "there is no command nonsense; `help` lists them"
    assert outputs[5][2].text == "2 + 2 = 4\n"
    assert outputs[6][0].text == "1 + 2 = 3\n"
    assert [cell.execution_count for cell in notebook.cells] == list(range(1, 8))
    assert list(tmp_path.iterdir()) == [], "a diagram without a file's name has left a file"


def test_what_is_named_as_a_file_is_written(kernel, tmp_path):
    reply, shown = kernel.run("goto end\ndiagram clip pictures/clip.svg\ndiagram clip clip.png\ntrace trace.md")
    assert reply["status"] == "ok"
    assert [kind for kind, _ in shown] == ["stream", "display_data", "display_data", "stream"]
    assert shown[3][1]["text"] == "wrote clip.png\nwrote trace.md\n"
    assert (tmp_path / "pictures/clip.svg").read_text().startswith("<svg")
    assert (tmp_path / "clip.png").read_bytes().startswith(b"\x89PNG")
    assert (tmp_path / "trace.md").read_text().startswith("# ")
    (tmp_path / "file").write_text("")
    reply, shown = kernel.run("diagram clip file/clip.svg")
    assert (reply["status"], reply["ename"]) == ("error", "FileError")
    assert "there is a file of that name" in reply["evalue"] or "Not a directory" in reply["evalue"]


def test_scripts_print_as_they_go_and_share_a_folder(kernel, tmp_path):
    (tmp_path / "mine.txt").write_text("mine\n")
    reply, shown = kernel.run("%%sh\ncat mine.txt; echo x > file; echo first; sleep 1; echo second\n")
    assert reply["status"] == "ok"
    assert [content["text"] for _, content in shown] == ["mine\nfirst\n", "second\n"]
    (tmp_path / "later.txt").write_text("later\n")
    assert kernel.text("%%sh\ncat file later.txt\n") == "x\nlater\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["later.txt", "mine.txt"]
    reply, shown = kernel.run("%%sh\necho so; exit 3")
    assert (reply["ename"], reply["evalue"]) == ("ScriptError", "the script fails with exit code 3: so")
    assert kernel.run("%%python\n1")[0]["evalue"] == (
        "a cell is commands of the debugger, or a script behind %%sh; %%python is neither"
    )


def test_counts_silence_history_and_expressions(kernel):
    assert kernel.run("open ppo")[0]["execution_count"] == 1
    reply, shown = kernel.run("p 1", silent=True)
    assert (reply["execution_count"], shown) == (1, [])
    assert kernel.run("p 2", store_history=False)[0]["execution_count"] == 1
    reply, _ = kernel.run("goto end", user_expressions={"a": "ratio[0,0] * 0 + 2", "b": "nonsense"})
    assert reply["execution_count"] == 2
    assert reply["user_expressions"]["a"] == {"status": "ok", "data": {"text/plain": "2"}, "metadata": {}}
    assert reply["user_expressions"]["b"]["evalue"].startswith("there is no term nonsense")
    history = kernel.ask("shell", "history_request", {"hist_access_type": "tail", "n": 1})
    assert history["history"] == [[0, 2, "goto end"]]
    history = kernel.ask("shell", "history_request", {"hist_access_type": "search", "pattern": "op*o", "output": True})
    assert history["history"] == [[0, 1, ["open ppo", None]]]
    assert kernel.run("quit")[0]["payload"] == [{"source": "ask_exit", "keepkernel": False}]


def test_cells_behind_one_that_fails_are_not_run(kernel):
    sent = [kernel.client.execute(code) for code in ["nonsense", "p 1", "p 2"]]
    replies = {}
    while len(replies) < 3:
        message = kernel.client.get_shell_msg(timeout=TIMEOUT)
        replies[message["parent_header"]["msg_id"]] = message["content"]["status"]
    assert [replies[identifier] for identifier in sent] == ["error", "aborted", "aborted"]
    sent = [kernel.client.execute(code, stop_on_error=False) for code in ["nonsense", "p 1"]]
    replies = {}
    while len(replies) < 2:
        message = kernel.client.get_shell_msg(timeout=TIMEOUT)
        replies[message["parent_header"]["msg_id"]] = message["content"]["status"]
    assert [replies[identifier] for identifier in sent] == ["error", "ok"]


# MARK: Helping


def test_completion(kernel):
    assert kernel.complete("wh")["matches"] == ["why", "where"]
    reply = kernel.complete("open ppo\nset clipr\nstep", cursor=len("open ppo\nset clipr"))
    assert reply["matches"][:2] == ["cliprange", "cliprange_high"]
    assert (reply["cursor_start"], reply["cursor_end"]) == (13, 18)
    # Beyond the first plane a character is two units of UTF-16, and one of Jupyter's.
    reply = kernel.complete("p 𝜋 mean(rat")
    assert reply["matches"] == ["mean(ratio["]
    assert (reply["cursor_start"], reply["cursor_end"]) == (4, 12)
    assert kernel.complete("%%sh\nst")["matches"] == []
    assert kernel.complete("", cursor=99)["status"] == "ok"


def test_inspection(kernel):
    def text(code, cursor=None):
        reply = kernel.inspect(code, cursor)
        return reply["data"]["text/plain"] if reply["found"] else None

    assert text("step 3", 2).startswith("step [N]")
    assert text("p mean(ratio[0,1])", 14).startswith("ratio[0,1]: how many times as likely")
    assert text("p ratio[0,*]", 4).startswith("stage ratio: ")
    assert text("set cliprange 0.1", 8).startswith("cliprange = 0.2")
    assert text("open ppo cliprange=0.1", 12).startswith("cliprange = 0.2")
    assert text("goto kl-penalty").startswith("stage kl-penalty: ")
    assert text("open somewhere").startswith("open SOURCE")
    assert text("nonsense") is None
    assert text("%%sh\nstep") is None
    assert text("") is None


def test_whether_a_cell_is_complete(kernel):
    def status(code):
        return kernel.ask("shell", "is_complete_request", {"code": code})["status"]

    assert [status(code) for code in ["step", "%%sh\nls", "%%sh\nls\n\n"]] == ["complete", "incomplete", "complete"]


def test_odd_requests_are_answered(kernel):
    assert kernel.ask("shell", "comm_info_request", {}) == {"status": "ok", "comms": {}}
    assert kernel.ask("shell", "complete_request", {"code": 3})["ename"] == "RequestError"
    assert kernel.ask("control", "kernel_info_request", {})["implementation"] == "gradus"
    info = kernel.ask("shell", "kernel_info_request", {})
    assert (info["protocol_version"], info["language_info"]["name"]) == ("5.3", "gradus")
    hostile = 'p "<script>\x1b[31m" \u2028'
    assert kernel.run(hostile)[0]["status"] == "error"


# MARK: Living and dying


@pytest.mark.parametrize("code", ["%%sh\necho begun; sleep 600 & sleep 600", "open ppo num_total_batches=800"])
def test_interrupt(kernel, code):
    kernel.run("open dpo\ngoto 7")
    request = kernel.client.execute(code)
    time.sleep(1)
    begun = time.monotonic()
    kernel.manager.interrupt_kernel()
    while True:
        reply = kernel.client.get_shell_msg(timeout=TIMEOUT)
        if reply["parent_header"]["msg_id"] == request:
            break
    assert (reply["content"]["status"], reply["content"]["ename"]) == ("error", "Interrupted")
    assert time.monotonic() - begun < 10
    assert kernel.source() == "dpo", "the session is not as it was"
    assert kernel.text("where").startswith("beat 7 of ")


def test_an_interrupted_run_of_training_is_saved(kernel):
    size = "--set num_hidden_layers=1 --set hidden_size=32 --set intermediate_size=64"
    request = kernel.client.execute(f"%%sh\ngradus train sft --output R --set max_steps=100000 {size}")
    told = ""
    while "stopped and saved" not in told:
        message = kernel.client.get_iopub_msg(timeout=TIMEOUT)
        if message["msg_type"] == "stream" and message["parent_header"]["msg_id"] == request:
            if "step 1/" not in told and "step 1/" in message["content"]["text"]:
                kernel.manager.interrupt_kernel()
            told += message["content"]["text"]
    assert kernel.client.get_shell_msg(timeout=TIMEOUT)["content"]["ename"] == "Interrupted"
    assert re.search(r"checkpoint-\d+\n.*model\n", kernel.text("%%sh\nls R"), re.S)


def test_a_heartbeat_while_a_cell_runs(kernel):
    kernel.client.execute("%%sh\nsleep 2")
    time.sleep(0.5)
    assert kernel.client.hb_channel.is_alive()
    assert kernel.ask("control", "kernel_info_request", {})["status"] == "ok"


def test_restart_begins_anew(kernel):
    kernel.run("open dpo")
    before = kernel.pid
    kernel.manager.restart_kernel()
    kernel.client.wait_for_ready(timeout=TIMEOUT)
    assert kernel.pid != before and not is_running(before)
    assert kernel.source() == "ppo"


def test_two_kernels_do_not_know_each_other(start):
    first, second = start(), start()
    first.run("open dpo")
    second.run("open ppo")
    assert (first.source(), second.source()) == ("dpo", "ppo")


def test_a_wrong_signature_is_ignored(kernel):
    key = kernel.client.session.key
    kernel.client.session.key = b"guessed"
    kernel.client.execute("open dpo")
    for channel in ["shell", "control"]:
        getattr(kernel.client, channel + "_channel").send(
            kernel.client.session.msg("shutdown_request", {"restart": False})
        )
    time.sleep(1)
    kernel.client.session.key = key
    assert kernel.source() == "ppo"
    assert is_running(kernel.pid)


@pytest.mark.parametrize("cell", ["", "%%sh\nsleep 654 & sleep 654", "open ppo num_total_batches=800"])
def test_shutdown_leaves_nothing(kernel, cell):
    # The folder of the scripts, which goes with the kernel.
    folder = kernel.text("%%sh\npwd").strip()
    assert Path(folder).is_dir()
    pid = kernel.pid
    if cell:
        kernel.client.execute(cell)
        time.sleep(1)
    begun = time.monotonic()
    kernel.manager.shutdown_kernel()
    assert time.monotonic() - begun < 10
    assert not is_running(pid)
    assert not Path(folder).exists()
    if Path("/proc/self").exists():
        lines = [p.read_bytes() for p in Path("/proc").glob("[0-9]*/cmdline") if os.access(p, os.R_OK)]
        assert not any(line == b"sleep\x00654\x00" for line in lines)


def test_a_kernel_whose_jupyter_was_killed_ends(tmp_path):
    code = "import jupyter_client as j, time; m = j.KernelManager(kernel_name='gradus'); m.start_kernel()\n"
    code += "c = m.client(); c.start_channels(); c.wait_for_ready(timeout=60); print(m.provisioner.pid, flush=True)\n"
    parent = subprocess.Popen([sys.executable, "-c", code + "time.sleep(600)"], stdout=subprocess.PIPE, text=True)
    pid = int(parent.stdout.readline())
    assert is_running(pid)
    parent.kill()
    parent.wait()
    assert wait_until(lambda: not is_running(pid), 20)


CONNECTION = {
    "transport": "tcp", "ip": "127.0.0.1", "key": "k", "signature_scheme": "hmac-sha256",
    "shell_port": 1, "iopub_port": 2, "stdin_port": 3, "control_port": 4, "hb_port": 5,
}  # fmt: skip


@pytest.mark.parametrize(
    "change, code, message",
    [
        (None, 66, "there is no connection file"),
        ("not JSON", 65, ":1:1: 'not' is no JSON value"),
        ({"transport": "udp"}, 65, "transport must be tcp or ipc"),
        ({"hb_port": 0}, 65, "hb_port must be from 1 to 65535, found 0"),
        ({"signature_scheme": "hmac-md5"}, 65, "signature_scheme must be hmac-sha256"),
        ({"ip": "203.0.113.7"}, 65, "the kernel cannot listen at tcp://203.0.113.7:1: "),
    ],
)
def test_connection_files_that_will_not_do(tmp_path, change, code, message):
    file = tmp_path / "connection.json"
    if change is not None:
        file.write_text(change if isinstance(change, str) else json.dumps(CONNECTION | change))
    result = gradus("kernel", "run", "--connection-file", str(file))
    assert result.returncode == code
    assert message in result.stderr


# MARK: The notebooks of the repository


@pytest.fixture(scope="session")
def notebooks(tmp_path_factory):
    folder = tmp_path_factory.mktemp("notebooks") / "notebooks-md"
    shutil.copytree(ROOT / "notebooks-md", folder)
    return folder


def expected_outputs(text):
    """The fence `output` behind each cell of a Markdown notebook; None without one."""
    fence = re.compile(r"^(`{3,})([\w-]*)[^`\n]*\n(.*?)^\1\s*$", re.M | re.S)
    outputs = []
    for _, language, body in fence.findall(text):
        if language in ("gradus", "sh"):
            outputs.append("")
        elif language == "output":
            outputs[-1] = body
    return outputs


def matches(expected, actual):
    """As `gradus notebook check` has it: `...` alone stands for any lines, within a line for any text."""
    pattern = ""
    for line in expected.split("\n")[:-1]:
        if line.strip() == "...":
            pattern += r"(?:[^\n]*\n)*?"
        else:
            pattern += "[^\n]*?".join(re.escape(part) for part in line.split("...")) + "\n"
    return re.fullmatch(pattern, actual) is not None


def printed(cell):
    """What a cell prints. A command's complaint is an error's text; of scripts that tells more than they print."""
    parts = [
        output.text if output.output_type == "stream" else "".join(line + "\n" for line in output.traceback)
        for output in cell.outputs
        if output.output_type == "stream" or (output.output_type == "error" and not cell.source.startswith("%%sh"))
    ]
    return "".join(parts)


def pictures(cell):
    """Which diagrams a cell shows: Graphviz may draw one and the same in another order."""
    svgs = [output.data["image/svg+xml"] for output in cell.outputs if output.output_type == "display_data"]
    for svg in svgs:
        xml.dom.minidom.parseString(svg)
    return [re.search(r"<!-- gradus diagram \w+ -->", svg)[0] for svg in svgs]


@pytest.fixture(scope="session")
def runs(notebooks):
    """All notebooks as Jupytext opens them, each run by a kernel of its own, as many at a time as there are processors."""
    jupytext = pytest.importorskip("jupytext")

    def run(page):
        notebook = jupytext.read(notebooks / page.name)
        nbclient.NotebookClient(notebook, timeout=900, resources={"metadata": {"path": str(notebooks)}}).execute()
        return notebook

    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        yield {page: pool.submit(run, page) for page in NOTEBOOKS}


@pytest.mark.parametrize("page", NOTEBOOKS, ids=lambda page: page.stem)
def test_the_notebooks_run_unchanged(runs, page):
    notebook = runs[page].result()
    assert notebook.metadata.kernelspec.name == "gradus"
    # Jupytext makes prose of the outputs that the Markdown has.
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    expected = expected_outputs(page.read_text())
    assert len(cells) == len(expected) > 0
    for cell, output in zip(cells, expected):
        assert matches(output, printed(cell)), f"{cell.source}\n--- expected\n{output}\n--- printed\n{printed(cell)}"
    marks = {mark for cell in cells for mark in pictures(cell)}
    for mark in marks:
        assert any(mark in picture.read_text() for picture in (ROOT / "notebooks-md/images").glob("*.svg"))


def test_the_cells_of_the_documentation(tmp_path):
    page = ROOT / "Documentation/jupyter.md"
    result = gradus("notebook", "export", str(page), "--output", str(tmp_path / "page.ipynb"))
    assert result.returncode == 0, result.stderr
    notebook = nbformat.read(tmp_path / "page.ipynb", 4)
    client = nbclient.NotebookClient(notebook, timeout=TIMEOUT, resources={"metadata": {"path": str(tmp_path)}})
    client.execute()
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    for cell, output in zip(cells, expected_outputs(page.read_text()), strict=True):
        assert matches(output, printed(cell))


def test_an_exported_notebook_runs_as_it_was_exported(notebooks):
    page = notebooks / "debugging-a-run.md"
    assert gradus("notebook", "export", str(page)).returncode == 0
    before = nbformat.read(page.with_suffix(".ipynb"), 4)
    nbformat.validate(before)
    after = copy.deepcopy(before)
    nbclient.NotebookClient(after, timeout=600, resources={"metadata": {"path": str(notebooks)}}).execute()
    for old, new in zip(before.cells, after.cells):
        if old.cell_type == "code":
            assert (printed(new), pictures(new)) == (printed(old), pictures(old))
            assert [o.output_type for o in new.outputs if o.output_type != "stream"] == [
                o.output_type for o in old.outputs if o.output_type != "stream"
            ]
