"""Bars by tqdm."""

from __future__ import annotations

import sys

from .bars import counts
from .errors import InvalidOptionError
from .screen import fit, printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .reports import BatchProgress, Progress, RunningJob

__all__ = ["Bar", "BatchBar"]

_NAME_WIDTH = 24


def _tqdm(**options: Any) -> Any:
    try:
        from tqdm.auto import tqdm
    except ImportError as error:
        message = f'progress="tqdm"; expected tqdm to be installed; got {error}; pip install tqdm'
        raise InvalidOptionError(message) from error
    # Percent are updated by fractions, and seldom enough: tqdm has no need to learn how many it may pass over.
    return tqdm(
        total=100.0,
        unit="%",
        miniters=0,
        dynamic_ncols=True,
        disable=sys.stderr is None,
        bar_format="{l_bar}{bar}| {elapsed}<{remaining}{postfix}",
        **options,
    )


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
        # A notebook's bar has a container. A log cannot have one line drawn over another.
        self._nested = hasattr(self._total, "container") or (sys.stderr is not None and sys.stderr.isatty())
        self._places: list[_Place] = []

    def show(self, progress: BatchProgress) -> None:
        """Move the bars."""
        _move(self._total, progress.percent, counts(progress))
        if not self._nested:
            return
        running = {job.index: job for job in progress.running}
        for place in self._places:
            job = running.pop(place.index, None)
            if job is not None:
                place.show(job)
            else:
                place.leave()
        free = (place for place in self._places if place.index < 0)
        for job in running.values():
            place = next(free, None) or self._another()
            place.take(job)
            place.show(job)

    def _another(self) -> _Place:
        place = _Place(1 + len(self._places))
        self._places.append(place)
        return place

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
        self._bar.set_description(fit(printable(job.name), _NAME_WIDTH), refresh=False)
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
