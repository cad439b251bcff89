"""What a `gradus.batch/1` file consists of, and how it gets to the disk."""

import json
import math
import os
import tempfile
from typing import Any


class RecorderWarning(UserWarning):
    """Something that a step's file cannot say, named with its option."""


class Unrecordable(Exception):
    """Why no file is written of a step: it would show another loss than the trainer's."""


def numbers(tensor: Any) -> list[Any]:
    """A tensor's numbers as Python floats: exact, since every torch float is a double."""
    values: list[Any] = tensor.detach().to("cpu").double().tolist()
    return values


def batch(algorithm: str, title: str, config: dict[str, Any], **parts: Any) -> dict[str, Any]:
    """One batch as a dictionary; parts that are None are left out."""
    head = {"format": "gradus.batch/1", "algorithm": algorithm, "title": title, "config": config}
    return head | {key: value for key, value in parts.items() if value is not None}


def with_step(content: dict[str, Any], step: int | None) -> dict[str, Any]:
    """The batch with the number of its optimizer step, from 1, behind its title."""
    head = {key: content[key] for key in ("format", "algorithm", "title")}
    return head | {"step": step} | content


def write(path: str, content: dict[str, Any]) -> None:
    """Writes a batch beside its place and then renames it, so that no reader sees half a file.

    Raises Unrecordable for a number that JSON has no word for.
    """
    require_finite(content)
    directory = os.path.dirname(path)
    os.makedirs(directory, exist_ok=True)
    handle, draft = tempfile.mkstemp(dir=directory, suffix=".draft")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text(content))
        os.chmod(draft, 0o666 & ~umask())
        os.replace(draft, path)
    except BaseException:
        os.unlink(draft)
        raise


def text(content: dict[str, Any]) -> str:
    """The batch as JSON with a line for each key of each sequence, as `gradus train --record` has it."""
    lines = json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False)
    return compact(lines) + "\n"


def compact(indented: str) -> str:
    """Puts lists of plain values on one line: a token's number is a column, not a line of its own."""
    out: list[str] = []
    row: list[str] | None = None
    for line in indented.split("\n"):
        inner = line.strip()
        if row is None and inner.endswith("["):
            row = [line]
        elif row is None:
            out.append(line)
        elif inner in ("]", "],"):
            out.append(row[0] + " ".join(part.strip() for part in row[1:]) + inner)
            row = None
        elif inner.endswith(("{", "[")):
            out += row + [line] if not inner.endswith("[") else row
            row = [line] if inner.endswith("[") else None
        else:
            row.append(line)
    return "\n".join(out)


def require_finite(content: Any, place: str = "the batch") -> None:
    """Raises Unrecordable for NaN or an infinity, with its place."""
    if isinstance(content, dict):
        for key, value in content.items():
            require_finite(value, key if place == "the batch" else f"{place}.{key}")
    elif isinstance(content, list):
        for i, value in enumerate(content):
            require_finite(value, f"{place}[{i}]")
    elif isinstance(content, float) and not math.isfinite(content):
        raise Unrecordable(f"{place} is {content}")


def umask() -> int:
    """The process's mask for new files, which mkstemp does not heed."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
