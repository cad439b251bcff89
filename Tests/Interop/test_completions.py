"""Completion in real shells: a terminal, a typed line, and Tab."""

import os
import pty
import re
import select
import shutil
import subprocess
import time

import pytest

GRADUS = os.environ.get("GRADUS", "")

START = {
    "bash": (["bash", "--norc", "--noprofile", "-i"], "source ./script"),
    "zsh": (["zsh", "-f", "-i"], "autoload -U compinit; fpath=($PWD $fpath); compinit -u -D"),
    "fish": (["fish", "--no-config", "-i"], "source ./script"),
}


class Shell:
    """An interactive shell in a folder, with the completion script of the program read."""

    def __init__(self, shell, folder):
        argv, source = START[shell]
        script = subprocess.check_output([GRADUS, "--generate-completion-script", shell])
        (folder / ("_gradus" if shell == "zsh" else "script")).write_bytes(script)
        if not (folder / "gradus").exists():
            (folder / "gradus").symlink_to(GRADUS)
        # 80 columns, as everywhere.
        environment = dict(os.environ, PATH=f"{folder}:{os.environ['PATH']}", TERM="xterm", COLUMNS="80", LINES="60")
        environment["HOME"] = str(folder)
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            os.chdir(folder)
            os.execvpe(argv[0], argv, environment)
        self.type(source + "\n")
        self.type("echo rea''dy\n")
        self.until("ready", 20)

    def type(self, text):
        os.write(self.terminal, text.encode())

    def until(self, pattern, seconds):
        """What is on the screen once the pattern is there, without the codes that drive the terminal."""
        seen, end = b"", time.monotonic() + seconds
        while time.monotonic() < end:
            if select.select([self.terminal], [], [], 0.1)[0]:
                seen += os.read(self.terminal, 65536)
            text = re.sub(r"\x1b(\[[0-9;?>=]*[a-zA-Z]|[()][A-Z0-9]|[=>]|\][^\x07]*\x07)", "", seen.decode(errors="replace"))
            if re.search(pattern, text):
                return text
        raise AssertionError(f"no {pattern!r} in {text!r}")

    def close(self):
        os.close(self.terminal)
        os.waitpid(self.pid, 0)


@pytest.mark.parametrize("shell", START)
@pytest.mark.parametrize(
    "line, shown",
    [
        ("gradus scen", "gradus scenarios"),
        ("gradus step reinf", "gradus step reinforce"),
        ("gradus step ppo --set whiten_scope=mi", "whiten_scope=minibatch"),
        ("gradus step ppo --set cliprange_v", r"cliprange_value=0\.2"),
        ("gradus train grpo --dataset task:ad", "task:addition"),
        ("gradus train grpo --set scale_rewards=n", "scale_rewards=none"),
        ("gradus step mi", r"mine\.yaml"),
        ("gradus print ppo loss --at 0/1/1", "0/1/1"),
    ],
)
def test_tab_completes(shell, line, shown, tmp_path):
    if shutil.which(shell) is None:
        pytest.skip(f"no {shell}")
    (tmp_path / "mine.yaml").write_text("")
    terminal = Shell(shell, tmp_path)
    try:
        terminal.type(line + "\t")
        terminal.until(shown, 20)
    finally:
        terminal.close()
