"""A batch as its jobs in the same process know it: whom they tell of their progress, and who cancels them."""

from __future__ import annotations

import itertools
import os
from threading import Lock

from transcode_py.errors import TranscodeCancelledError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from transcode_py.reports import Progress, TranscodeStats
    from transcode_py.transcoder import Transcoder

__all__ = ["BatchHere"]

_NUMBERS = itertools.count()
# By process and number: a forked process has the batches of its parent in here, and they are not its own.
_BATCHES: dict[tuple[int, int], BatchHere] = {}


class BatchHere:
    """The jobs of a batch that are at work in this process, on whatever threads."""

    def __init__(self, report: Callable[[int, Progress], None] | None) -> None:
        """Begin; `report` is told a job's index and progress, on the thread of that job."""
        self.key = (os.getpid(), next(_NUMBERS))
        self._report = report
        self._stopped = False
        self._jobs: dict[int, Transcoder] = {}
        self._lock = Lock()
        _BATCHES[self.key] = self

    @staticmethod
    def find(key: tuple[int, int]) -> BatchHere | None:
        """Give the batch of a key, where it is one of this process; `None` where it is another's.

        Raises:
            TranscodeError: It is one of this process, and over: no job of it may begin.
        """
        if key[0] != os.getpid():
            return None
        batch = _BATCHES.get(key)
        if batch is None:
            raise _cancelled()
        return batch

    def close(self) -> None:
        """End: there are no more jobs."""
        _BATCHES.pop(self.key, None)

    @property
    def busy(self) -> bool:
        """Whether a job is at work."""
        return bool(self._jobs)

    def cancel(self) -> None:
        """Ask the jobs to stop, and let none begin. To be repeated: one just about to run does not hear it."""
        self._stopped = True
        with self._lock:
            jobs = list(self._jobs.values())
        for job in jobs:
            job.cancel()

    def run(self, index: int, job: Transcoder) -> TranscodeStats:
        """Run a job where the batch sees it.

        Raises:
            TranscodeError: It failed, or the batch is cancelled.
        """
        report = self._report
        with self._lock:
            self._jobs[index] = job
        try:
            if self._stopped:
                raise _cancelled()
            return job.run(None if report is None else lambda progress: report(index, progress))
        finally:
            with self._lock:
                del self._jobs[index]


def _cancelled() -> TranscodeCancelledError:
    message = "the batch is cancelled; expected to run this job; got no turn; run the batch again"
    return TranscodeCancelledError(message)
