"""Bars by rich."""

from __future__ import annotations

import sys

from transcode_py.errors import InvalidOptionError
from transcode_py.units import clock

from .own import counts, facts
from .screen import fit, printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from transcode_py.reports import BatchProgress, Progress

__all__ = ["Bar", "BatchBar"]


# Columns that a terminal must have to show more than name, bar and percent.
_WIDE = 60


class _Rich:
    """A display of rich's, with a line for each thing that goes on."""

    def __init__(self) -> None:
        """Open the display.

        Raises:
            InvalidOptionError: rich is not installed.
        """
        try:
            from rich.console import Console
            from rich.progress import BarColumn, TaskProgressColumn, TextColumn
            from rich.progress import Progress as Rich
        except ImportError as error:
            message = f'progress="rich"; expected rich to be installed; got {error}; pip install rich'
            raise InvalidOptionError(message) from error
        self._rich = Rich(
            # Names may hold what rich would read as markup.
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            TaskProgressColumn(),
            TextColumn("{task.fields[told]}", markup=False),
            console=Console(stderr=True),
            # What is printed goes above the bars, which are on stderr: right for a terminal, not for a pipe.
            redirect_stdout=sys.stdout is not None and sys.stdout.isatty(),
        )
        self._rich.start()

    def _add(self, name: str) -> Any:
        return self._rich.add_task(self._description(name), total=100.0, told="")

    def _description(self, text: str) -> str:
        # rich would rather do without the percent than cut a name.
        return fit(printable(text), max(self._rich.console.width // 3, 1)).rstrip()

    def _move(self, task: Any, percent: float, told: list[str], eta: float | None) -> None:
        if eta is not None:
            told = [*told, f"eta {clock(eta)}"]
        wide = self._rich.console.width >= _WIDE
        self._rich.update(task, completed=percent, told="  ".join(told) if wide else "")

    def close(self) -> None:
        """Close the display; what was shown last stays."""
        self._rich.stop()


class Bar(_Rich):
    """The bar of one job."""

    def __init__(self) -> None:
        super().__init__()
        self._task = self._add("transcode")

    def show(self, progress: Progress) -> None:
        """Move the bar."""
        self._move(self._task, progress.percent, facts(progress)[:1], progress.eta)


class BatchBar(_Rich):
    """The bars of a batch: one of the whole, and below it one of each job at work."""

    def __init__(self) -> None:
        super().__init__()
        self._total = self._add("transcode")
        self._jobs: dict[int, Any] = {}

    def show(self, progress: BatchProgress) -> None:
        """Move the bars."""
        self._rich.update(self._total, description=self._description(counts(progress)))
        self._move(self._total, progress.percent, [], progress.eta)
        running = {job.index for job in progress.running}
        for index in self._jobs.keys() - running:
            self._rich.remove_task(self._jobs.pop(index))
        for job in progress.running:
            if job.index not in self._jobs:
                self._jobs[job.index] = self._add(job.name)
            if job.progress is not None:
                task, told = self._jobs[job.index], facts(job.progress)[:1]
                self._move(task, job.progress.percent, told, job.progress.eta)
