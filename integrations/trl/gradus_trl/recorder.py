"""What the recorders of all trainers share: which steps, files, warnings, hooks."""

import os
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from . import batch
from .batch import RecorderWarning, Unrecordable


class Recorder:
    """Which steps are recorded, where to, and the hooks on the trainer."""

    # What must be there to be wrapped; a trainer without it is of a TRL that this was not written for.
    needs: tuple[str, ...] = ()
    written_for = "TRL 1.16"

    def __init__(
        self, trainer: Any, directory: str | os.PathLike[str], every: int = 1, steps: Iterable[int] | None = None
    ) -> None:
        if not isinstance(every, int) or every < 1:
            raise ValueError(f"every must be a whole number from 1 on, not {every!r}")
        if isinstance(steps, int):
            raise ValueError(f"steps must be a list of step numbers, not {steps}")
        if steps is not None and every != 1:
            raise ValueError("give every or steps, not both")
        missing = [name for name in self.needs if not hasattr(trainer, name)]
        if missing:
            raise TypeError(
                f"this {type(trainer).__name__} has no {' and no '.join(missing)}: gradus_trl was written for "
                f"{self.written_for}"
            )
        self.trainer = trainer
        self.directory = os.fspath(directory)
        self.every = every
        self.steps = None if steps is None else set(steps)
        self.files: list[str] = []
        self.not_recorded: list[tuple[str, str]] = []
        self._warned: set[str] = set()
        self._unhook: list[Callable[[], None]] = []
        self._step: int | None = None
        self._part = 0

    def stop(self) -> None:
        """Takes the hooks off the trainer again."""
        for undo in reversed(self._unhook):
            undo()
        self._unhook.clear()

    # -- for the recorders of the algorithms

    def wrap(self, name: str, around: Callable[..., Any], on: Any = None) -> None:
        """Puts `around(original, *args, **kwargs)` in the place of a method of this one trainer, or of a part of it."""
        owner = self.trainer if on is None else on
        original = getattr(owner, name)

        def wrapped(*args: Any, **kwargs: Any) -> Any:
            return around(original, *args, **kwargs)

        setattr(owner, name, wrapped)
        self._unhook.append(lambda: delattr(owner, name))

    def is_due(self) -> bool:
        """Whether the optimizer step that is being computed is one to record; on the main process alone."""
        step = self.trainer.state.global_step + 1
        wanted = step % self.every == 0 if self.steps is None else step in self.steps
        return wanted and self.trainer.accelerator.is_main_process

    def save(self, parts: int, compose: Callable[[str], dict[str, Any]]) -> None:
        """Writes the file that `compose(title)` makes of the next part of a step, or says why there is none.

        Args:
            parts: How many such files the step has.
            compose: Makes the batch from the ending of its title.
        """
        title, path = self.place(parts)
        self.finish(title, path, lambda: compose(title))

    def place(self, parts: int) -> tuple[str, str]:
        """The ending of the title of the next part of a step, and where its file goes."""
        step = self.trainer.state.global_step + 1
        self._part = 1 if step != self._step else self._part + 1
        self._step = step
        part = f"-{self._part:0{len(str(parts))}}" if parts > 1 else ""
        title = f"step {step}" + (f", batch {self._part} of {parts}" if parts > 1 else "")
        return title, os.path.join(self.directory, f"step-{step:06}{part}.batch.json")

    def finish(self, title: str, path: str, compose: Callable[[], dict[str, Any]]) -> None:
        """Writes what `compose()` makes, or says why it cannot be written."""
        try:
            batch.write(path, batch.with_step(compose(), self._step))
        except Unrecordable as reason:
            self.leave_out(title, str(reason))
        except OSError as reason:
            self.not_recorded.append((title, str(reason)))
            self.warn(f"not recorded: {reason}")
        else:
            self.files.append(path)

    def leave_out(self, title: str, reason: str) -> None:
        """Says once on the screen, and for each step in `not-recorded.txt`, why there is no file."""
        self.not_recorded.append((title, reason))
        self.warn(f"not recorded: {reason}")
        try:
            os.makedirs(self.directory, exist_ok=True)
            with open(os.path.join(self.directory, "not-recorded.txt"), "a", encoding="utf-8") as file:
                file.write(f"{title}: {reason}\n")
        except OSError as trouble:
            self.warn(f"not-recorded.txt: {trouble}")

    def warn(self, message: str) -> None:
        """Says something once."""
        if message not in self._warned:
            self._warned.add(message)
            warnings.warn(f"gradus_trl: {message}", RecorderWarning, stacklevel=2)

    @contextmanager
    def listening(self, model: Any, name: str) -> Iterator[list[Any]]:
        """Hears, in their order, the outputs of the model that is trained and of the reference which have `name`."""
        trainer = self.trainer
        heard: list[Any] = []
        depth = 0

        def enter(module: Any, arguments: Any) -> None:
            nonlocal depth
            depth += 1

        def leave(module: Any, arguments: Any, output: Any) -> None:
            nonlocal depth
            depth -= 1
            # A wrapper returns what the model in it has returned, or a copy of that: only the outermost one is heard.
            if depth == 0 and getattr(output, name, None) is not None:
                heard.append(output)

        models = {id(m): m for m in (model, trainer.model, getattr(trainer, "ref_model", None)) if m is not None}
        hooks = [m.register_forward_pre_hook(enter) for m in models.values()]
        hooks += [m.register_forward_hook(leave) for m in models.values()]
        try:
            yield heard
        finally:
            for hook in hooks:
                hook.remove()

    def require_passes(self, heard: list[Any], count: int) -> None:
        """Stops where the models were not asked as often as TRL asks them: what was heard first would be another's."""
        if len(heard) != count:
            raise Unrecordable(f"the models were asked {len(heard)} times in this batch, and not {count} times as by TRL")

    def accumulated(self) -> int:
        """How many batches' gradients this optimizer step adds up: the last step of an epoch may have fewer."""
        trainer = self.trainer
        return getattr(trainer, "current_gradient_accumulation_steps", trainer.args.gradient_accumulation_steps)

    def is_alone(self) -> bool:
        """Whether one process trains, so that what is logged is of what it has itself."""
        return self.trainer.accelerator.num_processes == 1


class Texts:
    """Tokens as texts, each looked up once."""

    def __init__(self, processing_class: Any) -> None:
        self.tokenizer = getattr(processing_class, "tokenizer", processing_class)
        self._known: dict[int, str] = {}

    def tokens(self, ids: Iterable[Any]) -> list[str]:
        """The text of each token on its own."""
        return [self.token(int(i)) for i in ids]

    def token(self, i: int) -> str:
        if i not in self._known:
            self._known[i] = self.tokenizer.decode([i])
        return self._known[i]

    def text(self, ids: Iterable[Any]) -> str:
        """Tokens as one text, special ones included."""
        return self.tokenizer.decode([int(i) for i in ids])


def appended(metrics: dict[str, list[float]], before: dict[str, int]) -> dict[str, float]:
    """The mean of what was put into a trainer's lists of metrics since their lengths were `before`."""
    new = {name: values[before.get(name, 0) :] for name, values in metrics.items()}
    return {name: sum(values) / len(values) for name, values in new.items() if values}


def lengths(metrics: dict[str, list[float]]) -> dict[str, int]:
    """How long a trainer's lists of metrics are."""
    return {name: len(values) for name, values in metrics.items()}
