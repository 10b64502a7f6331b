"""How far a batch is: the jobs at work, those that have ended, and what that is in percent."""

from __future__ import annotations

import os
from threading import Lock
from time import monotonic

from transcode_py.media import Url
from transcode_py.reports import BatchProgress, RunningJob

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from transcode_py.options import TranscodeOptions
    from transcode_py.reports import JobResult, Progress

__all__ = ["Tally"]

# As near as a batch comes to its end while a job is at work: 100.0 is told once, last.
_ALMOST = 99.9


class Tally:
    """Counts jobs, from any thread."""

    def __init__(self, jobs: Sequence[TranscodeOptions]) -> None:
        """Begin to count."""
        self.changed = True
        self._jobs = jobs
        self._begun = monotonic()
        self._running: dict[int, Progress | None] = {}
        self._ended = {"done": 0, "failed": 0, "skipped": 0}
        self._percent = 0.0
        self._lock = Lock()

    @property
    def left(self) -> int:
        """How many jobs have not ended."""
        return len(self._jobs) - sum(self._ended.values())

    def started(self, index: int) -> None:
        """Count a job that begins."""
        with self._lock:
            self._running[index] = None
            self.changed = True

    def report(self, index: int, progress: Progress) -> None:
        """Take what a job at work tells."""
        with self._lock:
            if index in self._running:
                self._running[index] = progress
                self.changed = True

    def ended(self, result: JobResult) -> None:
        """Count a job that has ended."""
        with self._lock:
            self._running.pop(result.index, None)
            self._ended[result.status] += 1
            self.changed = True

    def progress(self) -> BatchProgress:
        """Tell how far the batch is."""
        with self._lock:
            self.changed = False
            elapsed = monotonic() - self._begun
            under_way = sum(0.0 if progress is None else progress.percent / 100 for progress in self._running.values())
            if self.left:
                share = (len(self._jobs) - self.left + under_way) / len(self._jobs)
                # A job that fails at once, or is skipped, is a step ahead; nothing is a step back.
                self._percent = max(self._percent, min(100 * share, _ALMOST))
            else:
                self._percent = 100.0
            return BatchProgress(
                total=len(self._jobs),
                **self._ended,
                percent=self._percent,
                elapsed=elapsed,
                eta=self._eta(elapsed, under_way),
                running=tuple(
                    RunningJob(index=index, name=_name(index, self._jobs[index]), progress=progress)
                    for index, progress in sorted(self._running.items())
                ),
            )

    def _eta(self, elapsed: float, under_way: float) -> float | None:
        if not self.left:
            return 0.0
        # What was skipped took no time, and says nothing of the time that the rest will take.
        worked = self._ended["done"] + self._ended["failed"] + under_way
        return elapsed * (self.left - under_way) / worked if worked else None


def _name(index: int, options: TranscodeOptions) -> str:
    source = options.get("input")
    if isinstance(source, Url):
        source = source.address.partition("?")[0]
    return (os.path.basename(source) if isinstance(source, str) else "") or f"job {index}"
