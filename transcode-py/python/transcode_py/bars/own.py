"""Our own bars: redrawn at the end of a terminal, elsewhere a line each 10 %."""

from __future__ import annotations

import sys

from transcode_py.units import clock, size

from .screen import Screen, fit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TextIO

    from transcode_py.reports import BatchProgress, Progress, RunningJob

__all__ = ["Bar", "BatchBar", "counts", "facts"]

# A bar is as wide as it can be between these; where there is less room there is none.
_WIDEST, _NARROWEST = 24, 8
# Of a name in a batch.
_WIDEST_NAME = 32
# On a terminal with fewer columns a batch shows no jobs.
_ROOM_FOR_JOBS = 16


def facts(progress: Progress) -> list[str]:
    """Give what is told of a job beside percent and eta, what matters most first."""
    rates = [f"{progress.speed:.1f}x", f"{progress.fps:.0f} fps"]
    if progress.stage == "compare" or (progress.stage == "finish" and not progress.size):
        return rates  # nothing is written
    return [*rates, size(progress.size), f"{progress.bitrate / 1000:.0f} kbit/s"]


def counts(progress: BatchProgress) -> str:
    """Give how many jobs have ended, and how: `12/200 done, 1 failed`."""
    text = f"{progress.done}/{progress.total} done"
    for count, what in ((progress.failed, "failed"), (progress.skipped, "skipped")):
        if count:
            text += f", {count} {what}"
    return text


def _text(percent: float, known: Sequence[str], eta: float | None) -> str:
    return "  ".join([f"{percent:5.1f}%", *known, *([] if eta is None else [f"eta {clock(eta)}"])])


def _line(columns: int, percent: float, known: Sequence[str], eta: float | None, *, least: int = 0) -> str:
    """Give a bar and what is known, as much of it as `columns` have room for; the `least` first matter more than a bar."""
    for kept in range(len(known), least - 1, -1):
        text = _text(percent, known[:kept], eta)
        room = columns - len(text) - len("[] ")
        if room >= _NARROWEST:
            width = min(room, _WIDEST)
            done = int(width * percent / 100)
            return f"[{'#' * done}{'-' * (width - done)}] {text}"
    text = _text(percent, known[:least], eta)
    return text if len(text) <= columns else _text(percent, (), eta)[:columns]


class _Log:
    """Where nothing can be drawn over: a line each 10 %."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._next = 0.0

    def show(self, percent: float, known: Sequence[str], eta: float | None) -> None:
        if percent >= self._next:
            self._screen.log(_text(percent, known, eta))
            self._next = percent // 10 * 10 + 10


class Bar:
    """The bar of one job."""

    def __init__(self, stream: TextIO | None = None) -> None:
        """Draw on `stream`, by default on `sys.stderr`."""
        self._screen = Screen(stream or sys.stderr)
        self._log = _Log(self._screen)

    def show(self, progress: Progress) -> None:
        """Draw how far the job is."""
        if self._screen.redraws:
            # The last column stays free: a terminal wraps, or is about to, once it is written.
            columns = self._screen.shape()[0] - 1
            self._screen.draw([_line(columns, progress.percent, facts(progress), progress.eta)])
        else:
            self._log.show(progress.percent, facts(progress), progress.eta)

    def close(self) -> None:
        """End the redrawn line."""
        self._screen.close()


class BatchBar:
    """The bars of a batch: one of the whole, and below it one of each job at work, as far as there are rows."""

    def __init__(self, stream: TextIO | None = None) -> None:
        """Draw on `stream`, by default on `sys.stderr`."""
        self._screen = Screen(stream or sys.stderr)
        self._log = _Log(self._screen)

    def show(self, progress: BatchProgress) -> None:
        """Draw how far the batch is."""
        if not self._screen.redraws:
            self._log.show(progress.percent, [counts(progress)], progress.eta)
            return
        columns, rows = self._screen.shape()
        columns -= 1
        running, room = progress.running, rows - 1 if columns >= _ROOM_FOR_JOBS else 0
        more = []
        if len(running) > room > 0:
            running = running[: room - 1]
            more = [f"  and {len(progress.running) - len(running)} more"[:columns]]
        total = _line(columns, progress.percent, [counts(progress)], progress.eta, least=1)
        jobs = [self._job(job, columns) for job in running[:room]]
        self._screen.draw([total, *jobs, *more])

    def _job(self, job: RunningJob, columns: int) -> str:
        width = min(_WIDEST_NAME, columns // 3)
        name = fit(self._screen.printable(job.name), width)
        told = job.progress
        room = columns - width - 4
        line = _line(room, told.percent, facts(told)[:1], told.eta) if told else _line(room, 0.0, (), None)
        return f"  {name}  {line}"

    def close(self) -> None:
        """Leave the cursor below what was drawn."""
        self._screen.close()
