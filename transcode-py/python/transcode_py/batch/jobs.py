"""The jobs of a batch: checked before any work, and each done in whatever thread or process takes it."""

from __future__ import annotations

import os
from stat import S_ISREG

from transcode_py.errors import InvalidOptionError, TranscodeError
from transcode_py.media import Url
from transcode_py.options import TranscodeOptions
from transcode_py.reports import JobResult
from transcode_py.transcoder import Transcoder

from .here import BatchHere

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Literal

    from transcode_py.reports import TranscodeStats

__all__ = ["Task", "checked", "run_task"]


def checked(jobs: Any) -> list[TranscodeOptions]:
    """Make options of all jobs.

    Raises:
        InvalidOptionError: One of them cannot be a job, or two have the same output.
    """
    if isinstance(jobs, (str, bytes, dict)) or not hasattr(jobs, "__iter__"):
        message = (
            "jobs; expected an iterable of TranscodeOptions, dicts or (input, output) pairs; "
            f"got a {type(jobs).__name__}; put it into a list"
        )
        raise InvalidOptionError(message)
    made = []
    for index, job in enumerate(jobs):
        try:
            options = _options(job)
            Transcoder(options)  # it checks all that can be checked without the media
        except TranscodeError as error:
            error.args = (f"jobs[{index}]: {error}",)
            raise
        made.append(options)
    _refuse_shared_outputs(made)
    return made


def _options(job: Any) -> TranscodeOptions:
    if isinstance(job, TranscodeOptions):
        return job
    if hasattr(job, "keys"):
        return TranscodeOptions.from_dict(job)
    pair = 2
    many = isinstance(job, (tuple, list))
    if many and len(job) == pair:
        return TranscodeOptions(input=job[0], output=job[1])
    got = f"a {type(job).__name__}" + (f" of {len(job)}" if many else "")
    message = f"a job; expected a TranscodeOptions, a dict or an (input, output) pair; got {got}; make it one of these"
    raise InvalidOptionError(message)


def _refuse_shared_outputs(jobs: list[TranscodeOptions]) -> None:
    first: dict[str, int] = {}
    for index, options in enumerate(jobs):
        output = options.get("output")
        if isinstance(output, str):
            other = first.setdefault(os.path.realpath(output), index)
            if other != index:
                message = (
                    f"jobs[{index}]: output; expected one of its own for each job; "
                    f"got {output!r}, where jobs[{other}] writes; give one of them another name"
                )
                raise InvalidOptionError(message, None, None, output)


class Task:
    """One job on its way to a thread or process. It pickles where its options do."""

    __slots__ = ("at_once", "index", "key", "options", "skip_done")

    def __init__(
        self, index: int, options: TranscodeOptions, at_once: int, skip_done: bool, key: tuple[int, int]
    ) -> None:
        """Take what the job needs: how many run at once, itself included, and the key of its batch."""
        self.index = index
        self.options = options
        self.at_once = at_once
        self.skip_done = skip_done
        self.key = key

    def job(self) -> Transcoder:
        """Make the job."""
        job = Transcoder(self.options)
        job._at_once = self.at_once  # noqa: SLF001 - how a batch shares the process's threads out
        return job

    def is_done(self) -> bool:
        """Tell whether this job may be skipped: its output is there, and not older than its input.

        An output appears under its name only when it is complete, so what is there is whole.
        """
        source, target = self.options.get("input"), self.options.get("output")
        if not self.skip_done or not isinstance(target, str):
            return False
        try:
            there = os.stat(target)
            since = os.stat(source).st_mtime_ns if isinstance(source, str) else 0
        except OSError:
            return False
        return S_ISREG(there.st_mode) and there.st_size > 0 and there.st_mtime_ns >= since

    def result(
        self,
        status: Literal["done", "failed", "skipped"],
        stats: TranscodeStats | None = None,
        error: Exception | None = None,
    ) -> JobResult:
        """Give the result of this job."""
        source, target = self.options.get("input"), self.options.get("output")
        return JobResult(
            index=self.index,
            input=source.address if isinstance(source, Url) else source if isinstance(source, str) else None,
            output=target if isinstance(target, str) else None,
            status=status,
            stats=stats,
            error=error,
        )


def run_task(task: Task) -> JobResult:
    """Do one job, in this process or another; what goes wrong is in the result."""
    batch = None
    try:
        batch = BatchHere.find(task.key)
        if task.is_done():
            return task.result("skipped")
        job = task.job()
        return task.result("done", job.run() if batch is None else batch.run(task.index, job))
    except Exception as error:  # noqa: BLE001 - whatever it is, it is of this job
        return task.result("failed", error=_portable(error) if batch is None else error)


def _portable(error: Exception) -> Exception:
    """Give what reaches another process: an exception that cannot be made again there would break the executor."""
    import pickle

    try:
        pickle.loads(pickle.dumps(error))  # noqa: S301 - our own, from this line
    except Exception:  # noqa: BLE001 - whatever a class of a caller's raises
        return TranscodeError(f"{type(error).__name__}: {error}")
    return error
