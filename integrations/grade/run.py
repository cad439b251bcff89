"""Runs one function of somebody's file on the batches of an exercise, for `gradus grade`, and prints what it returned as JSON.

    python3 run.py REQUEST     {"file", "function", "terms", "asked", "seconds", "megabytes", "batches": [{"arguments", "options"}]}

The file is run in a child process with limits of time, memory, output and processes. This keeps accidents in: an endless loop,
a flood of prints, a fork that was not meant. It is no prison: whoever wants out gets out.
"""

# So that annotations are not evaluated: Python 3.9 is still about, as macOS's own.
from __future__ import annotations

import ctypes
import inspect
import json
import math
import os
import resource
import select
import signal
import sys
import time
import traceback
import types
from collections.abc import Callable
from typing import Any

OUTPUT_LIMIT = 1_000_000
SHOWN_OUTPUT = 2_000
PROCESS_LIMIT = 64
NUMBER_LIMIT = 1_000_000
KEPT_NAMES = 20


class Trouble(Exception):
    """Why there is no result: a kind for scripts, a message for people, and a line of the file."""

    def __init__(self, kind: str, message: str, line: int | None = None) -> None:
        super().__init__(message)
        self.report = {"kind": kind, "message": message, "line": line}


# MARK: Within the child


def shortened(text: object, length: int = 300) -> str:
    line = " ".join(str(text).split())
    return line if len(line) <= length else line[: length - 1] + "…"


def line_in(path: str, error: BaseException) -> int | None:
    """The last line of the file itself on the way to an error."""
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno for frame in frames if frame.filename == path]
    return lines[-1] if lines else None


def trouble_of(error: BaseException, path: str) -> Trouble:
    if isinstance(error, Trouble):
        return error
    line = line_in(path, error)
    if isinstance(error, SyntaxError) and error.filename == path:
        return Trouble("syntax", f"{error.msg}: Python cannot read the file; correct this line", error.lineno)
    if isinstance(error, ModuleNotFoundError):
        return Trouble(
            "import",
            f"there is no module '{error.name}' for {sys.executable}: install it there, do without, or name another "
            "Python with --python",
            line,
        )
    if isinstance(error, MemoryError) or "allocate memory" in str(error):
        return Trouble("memory", "more memory is needed than allowed: look for arrays that grow, or raise --megabytes", line)
    if isinstance(error, SystemExit):
        return Trouble("ended", "the program ends itself (exit): return the numbers instead", line)
    if isinstance(error, NotImplementedError):
        return Trouble("unfinished", "NotImplementedError: write the function and grade it again", line)
    text = f"{type(error).__name__}: {shortened(error)}" if str(error) else type(error).__name__
    return Trouble("exception", text, line)


def load(path: str) -> tuple[dict[str, Any], str]:
    """The file's own names, and which kind of arrays it works with."""
    with open(path, "rb") as file:
        source = file.read()
    try:
        code = compile(source, path, "exec")
    except (ValueError, SyntaxError) as error:
        if isinstance(error, SyntaxError) and error.lineno:
            raise
        raise Trouble("syntax", f"Python cannot read the file: {error}") from None
    name = os.path.splitext(os.path.basename(path))[0]
    module = types.ModuleType(name)
    module.__file__ = path
    sys.modules[name] = module
    sys.path.insert(0, os.path.dirname(path))
    sys.argv = [path]
    exec(code, module.__dict__)
    kinds = [kind for kind in ("torch", "numpy") if kind in sys.modules]
    return module.__dict__, kinds[0] if kinds else "list"


def function_of(names: dict[str, Any], wanted: str, path: str) -> Callable[..., Any]:
    function: Callable[..., Any] | None = names.get(wanted)
    if callable(function):
        return function
    others = [
        name
        for name, value in names.items()
        if inspect.isfunction(value) and value.__code__.co_filename == path and not name.startswith("_")
    ]
    found = f"it has {', '.join(others[:8])}" if others else "it has none"
    raise Trouble("missing-function", f"there is no function '{wanted}' in the file ({found}): define it")


def accepted(function: Callable[..., Any], wanted: str, given: dict[str, Any]) -> dict[str, Any]:
    """The arguments that a function takes, of those that there are."""
    parameters = inspect.signature(function).parameters.values()
    if any(p.kind is p.VAR_KEYWORD for p in parameters):
        return given
    for p in parameters:
        if p.name not in given and p.default is p.empty and p.kind is not p.VAR_POSITIONAL:
            raise Trouble(
                "signature",
                f"{wanted} asks for '{p.name}', which it does not get: it gets {', '.join(given)}",
                function.__code__.co_firstlineno if inspect.isfunction(function) else None,
            )
    return {p.name: given[p.name] for p in parameters if p.name in given}


def array(kind: str, name: str, value: list[Any]) -> Any:
    whole = name == "group"
    if whole:
        value = [int(x) for x in value]
    if kind == "torch":
        torch = sys.modules["torch"]
        return torch.tensor(value, dtype=torch.int64 if whole else torch.float64)
    if kind == "numpy":
        numpy = sys.modules["numpy"]
        return numpy.array(value, dtype=numpy.int64 if whole else numpy.float64)
    return value


def plain(name: str, value: Any, count: list[int] | None = None) -> Any:
    """Numbers and lists of numbers, of whatever arrays they were."""
    count = count if count is not None else [0]
    for method in ("detach", "cpu", "tolist"):
        if hasattr(value, method):
            value = getattr(value, method)()
    if isinstance(value, (bool, int, float)):
        count[0] += 1
        if count[0] > NUMBER_LIMIT:
            raise Trouble("returned", f"{name} has more than {NUMBER_LIMIT} numbers: return what the exercise asks for")
        # JSON has no numbers for these.
        return float(value) if math.isfinite(value) else str(float(value))
    if isinstance(value, (list, tuple)):
        return [plain(name, item, count) for item in value]
    raise Trouble("returned", f"{name} is a {type(value).__name__}: return numbers, lists or arrays")


def plain_result(result: Any, wanted: str, terms: list[str], asked: int) -> dict[str, Any]:
    right = "{" + ", ".join(f"'{name}': …" for name in terms[-asked:]) + "}"
    if result is None:
        raise Trouble("returned", f"{wanted} returns None: end it with return {right}")
    if isinstance(result, (tuple, str)):
        alone = ", or that alone" if asked == 1 else ""
        raise Trouble("returned", f"{wanted} returns a {type(result).__name__}: return a dict, {right}{alone}")
    if not isinstance(result, dict):
        return {"": plain(terms[-1], result)}
    others = [str(name) for name in result if name not in terms][:KEPT_NAMES]
    return {name: plain(name, result[name]) for name in terms if name in result} | {
        shortened(name, 40): None for name in others
    }


def work(request: dict[str, Any]) -> dict[str, Any]:
    path, wanted, terms, asked = request["file"], request["function"], request["terms"], request["asked"]
    owner = os.getpid()
    try:
        names, kind = load(path)
        function = function_of(names, wanted, path)
        results = []
        for batch in request["batches"]:
            given = {name: array(kind, name, value) for name, value in batch["arguments"].items()} | batch["options"]
            result = function(**accepted(function, wanted, given))
            results.append(plain_result(result, wanted, terms, asked))
        answer: dict[str, Any] = {"results": results}
    except BaseException as error:  # also SystemExit and KeyboardInterrupt
        answer = {"error": trouble_of(error, path).report}
    if os.getpid() != owner:
        os._exit(0)  # a child that was forked on the way and came back
    return answer


# MARK: Around it


def limit(request: dict[str, Any]) -> None:
    def at_most(which: int, value: int) -> None:
        hard = resource.getrlimit(which)[1]
        resource.setrlimit(which, (value if hard == resource.RLIM_INFINITY else min(value, hard), hard))

    if sys.platform.startswith("linux"):  # macOS has no such limit
        at_most(resource.RLIMIT_AS, request["megabytes"] << 20)
    at_most(resource.RLIMIT_FSIZE, 64 << 20)
    at_most(resource.RLIMIT_CORE, 0)


def start(request: dict[str, Any], result: int, output: int) -> int:
    """Begins the child; returns its number."""
    sys.stdout.flush()
    child = os.fork()
    if child:
        return child
    os.setsid()
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(output, 1)
    os.dup2(output, 2)
    limit(request)
    answer = json.dumps(work(request)).encode()
    sys.stdout.flush()
    while answer:
        answer = answer[os.write(result, answer) :]
    os._exit(0)


def parents() -> dict[int, int]:
    """Every process and its parent; nothing where there is no /proc."""
    found = {}
    for name in os.listdir("/proc") if os.path.isdir("/proc") else []:
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat", "rb") as file:
                    found[int(name)] = int(file.read().rpartition(b")")[2].split()[1])
            except (OSError, IndexError, ValueError):
                pass  # it has just ended
    return found


def descendants() -> set[int]:
    above = parents()
    own = {os.getpid()}
    while True:
        more = {child for child, parent in above.items() if parent in own} - own
        if not more:
            return own - {os.getpid()}
        own |= more


def end_all(child: int) -> None:
    """Ends the child and all that it started; orphans are ours, for we are their subreaper."""
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        for process in {child} | descendants():
            for kill, number in ((os.killpg, process), (os.kill, process)):
                try:
                    kill(number, signal.SIGKILL)
                except (ProcessLookupError, PermissionError):
                    pass
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
            time.sleep(0.005)
        except ChildProcessError:
            return


def watch(child: int, result: int, output: int, seconds: float) -> tuple[bytes, str, Trouble | None]:
    """What the child answers and prints, and why it was stopped or answers nothing."""
    deadline = time.monotonic() + seconds
    answer, printed, count, counted = b"", b"", 0, 0.0
    trouble: Trouble | None = None
    status: int | None = None
    ends = [result, output]
    while True:
        ready = select.select(ends, [], [], 0.05 if status is None else 0)[0]
        if not ready and status is not None:
            break
        for end in ready:
            more = os.read(end, 1 << 16)
            if not more:
                ends.remove(end)
            elif end == result:
                answer += more
            else:
                printed, count = (printed + more)[:SHOWN_OUTPUT], count + len(more)
        now = time.monotonic()
        if status is None:
            ended, number = os.waitpid(child, os.WNOHANG)
            if ended:
                status = number
                deadline = min(deadline, now + 2)  # for what it left in the pipes
        if count > OUTPUT_LIMIT:
            trouble = Trouble("output", f"it prints more than {OUTPUT_LIMIT} bytes and was stopped: remove the prints")
        elif now > deadline:
            if status is not None:
                break
            trouble = Trouble(
                "time", f"it still runs after {seconds:g} s and was stopped: look for a loop without end, or raise --seconds"
            )
        elif now - counted > 0.2:
            counted = now
            if len(descendants()) > PROCESS_LIMIT:
                trouble = Trouble(
                    "processes", f"it starts more than {PROCESS_LIMIT} processes and was stopped: compute in one of them"
                )
        if trouble:
            break
    if trouble is None and status is not None and not answer:
        trouble = ending(os.waitstatus_to_exitcode(status))
    return answer, printed.decode(errors="replace"), trouble


def ending(code: int) -> Trouble:
    """How a child ended that answered nothing."""
    if code < 0:
        return Trouble("ended", f"Python was ended by {signal.Signals(-code).name} before the function returned")
    return Trouble("ended", f"the program ended itself with exit code {code} before the function returned: return the numbers")


def adopt_orphans() -> None:
    """Linux only: orphans become our children, and we end with the one who started us."""
    try:
        library = ctypes.CDLL(None)
        library.prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER
        library.prctl(1, signal.SIGTERM, 0, 0, 0)  # PR_SET_PDEATHSIG
    except (OSError, AttributeError):
        pass


def main() -> None:
    with open(sys.argv[1], encoding="utf-8") as file:
        request = json.load(file)
    if sys.platform.startswith("linux"):
        adopt_orphans()
    (result, result_end), (output, output_end) = os.pipe(), os.pipe()
    child = start(request, result_end, output_end)
    os.close(result_end)
    os.close(output_end)

    def stop(*_: object) -> None:
        end_all(child)
        os._exit(1)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    answer, printed, trouble = watch(child, result, output, request["seconds"])
    end_all(child)
    report = {"error": trouble.report} if trouble else json.loads(answer)
    print(json.dumps(report | {"printed": printed}))


if __name__ == "__main__":
    main()
