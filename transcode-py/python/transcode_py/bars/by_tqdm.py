"""Bars by tqdm."""

from __future__ import annotations

import sys

from transcode_py.errors import InvalidOptionError

from .own import counts
from .screen import Screen, fit, printable, reported

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from transcode_py.reports import BatchProgress, Progress, RunningJob

__all__ = ["Bar", "BatchBar"]

_WIDEST_NAME = 24


def _tqdm(**options: Any) -> Any:
    try:
        from tqdm.auto import tqdm
    except ImportError as error:
        message = f'progress="tqdm"; expected tqdm to be installed; got {error}; pip install tqdm'
        raise InvalidOptionError(message) from error
    if _on_terminal() and 0 in reported(sys.stderr):
        columns, rows = _shape()
        options |= {"ncols": columns - 1, "nrows": rows - 1}  # by itself it would show nothing there
    else:
        options["dynamic_ncols"] = True
    # Percent come in fractions, and seldom enough: tqdm has no need to learn how many it may pass over.
    return tqdm(
        total=100.0,
        unit="%",
        miniters=0,
        disable=sys.stderr is None,
        bar_format="{l_bar}{bar}| {elapsed}<{remaining}{postfix}",
        **options,
    )


def _on_terminal() -> bool:
    return sys.stderr is not None and sys.stderr.isatty()


def _shape() -> tuple[int, int]:
    return Screen(sys.stderr).shape()


def _move(bar: Any, percent: float, told: str) -> None:
    bar.set_postfix_str(told, refresh=False)
    bar.update(percent - bar.n)


def _rates(progress: Progress) -> str:
    return f"{progress.speed:.1f}x, {progress.fps:.0f} fps"


class Bar:
    """The bar of one job, in percent."""

    def __init__(self) -> None:
        """Open the bar.

        Raises:
            InvalidOptionError: tqdm is not installed.
        """
        self._bar = _tqdm()

    def show(self, progress: Progress) -> None:
        """Move the bar."""
        _move(self._bar, progress.percent, _rates(progress))

    def close(self) -> None:
        """Close the bar."""
        self._bar.close()


class BatchBar:
    """The bars of a batch: one of the whole, and below it places that the jobs at work take in turn."""

    def __init__(self) -> None:
        """Open the bar of the whole.

        Raises:
            InvalidOptionError: tqdm is not installed.
        """
        self._total = _tqdm(position=0)
        if hasattr(self._total, "container"):  # a notebook has room for all
            self._room = sys.maxsize
        elif _on_terminal():
            # One row for the whole, one that tqdm leaves free, and one where it would say, however wide that is,
            # that there are more bars.
            self._room = _shape()[1] - 3
        else:  # a log cannot have one line drawn over another
            self._room = 0
        self._places: list[_Place] = []

    def show(self, progress: BatchProgress) -> None:
        """Move the bars."""
        _move(self._total, progress.percent, counts(progress))
        running = {job.index: job for job in progress.running}
        for place in self._places:
            job = running.pop(place.index, None)
            if job is None:
                place.leave()
            else:
                place.show(job)
        free = [place for place in self._places if place.index < 0]
        for job in running.values():
            if not free and len(self._places) < self._room:
                free.append(_Place(1 + len(self._places)))
                self._places += free
            if not free:
                break
            place = free.pop(0)
            place.take(job)
            place.show(job)

    def close(self) -> None:
        """Close the bars; that of the whole stays to be seen."""
        for place in reversed(self._places):
            place.close()
        self._total.close()


class _Place:
    """A line below the whole's, used by one job after the other: in a notebook each new bar would be a new output."""

    def __init__(self, position: int) -> None:
        self._bar = _tqdm(position=position, leave=False)
        self.index = -1
        """The job that has it; -1 while none does."""

    def take(self, job: RunningJob) -> None:
        self.index = job.index
        # The bar must start from the left, and its clock from 0.
        self._bar.set_description(fit(printable(job.name), min(_WIDEST_NAME, _shape()[0] // 3)), refresh=False)
        self._bar.reset()

    def show(self, job: RunningJob) -> None:
        if job.progress is not None:
            _move(self._bar, job.progress.percent, f"{job.progress.speed:.1f}x")

    def leave(self) -> None:
        if self.index < 0:
            return
        self.index = -1
        # A bar that is closed before its end is shown in red by a notebook.
        self._bar.n = self._bar.total
        self._bar.clear()

    def close(self) -> None:
        self._bar.close()
