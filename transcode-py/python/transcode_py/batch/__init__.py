"""Many jobs: `transcode_many` and `transcode_many_async`."""

from __future__ import annotations

import os

from transcode_py.errors import InvalidOptionError

from .jobs import checked

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterable
    from concurrent.futures import Executor
    from typing import Literal

    from transcode_py.reports import JobResult
    from transcode_py.typed import BatchProgressLike, Job

__all__ = ["cores", "transcode_many", "transcode_many_async"]


def transcode_many(
    jobs: Iterable[Job],
    *,
    concurrency: int | Literal["auto"] = "auto",
    on_error: Literal["collect", "raise"] = "collect",
    progress: BatchProgressLike | None = None,
    executor: Executor | None = None,
    skip_done: bool = False,
) -> list[JobResult]:
    """Run many jobs, a few at once, and return when all have ended.

    A job that fails never stops the rest. Jobs begin as others end: no more than `concurrency` exist at a time, and
    the processor's cores are shared out among them. Ctrl-C, and whatever `progress` raises, cancels the jobs at work
    and is raised when they have ended; outputs that are complete stay.

    Args:
        jobs: `TranscodeOptions`, `dict`s of options, or `(input, output)` pairs; all are read and checked first.
        concurrency: How many jobs run at once; `"auto"` is one for each core that this process may use.
        on_error: `"collect"` tells of failures in the results. `"raise"` cancels the rest at the first, waits for
            them, and raises its error.
        progress: Called with a `BatchProgress` on this thread, at most ten times a second and when all is done.
            `True`, `"tqdm"` and `"rich"` show bars: one for the batch, and one for each job at work.
        executor: Where to run the jobs instead of on threads of this call: any `concurrent.futures.Executor`, which
            stays open. What goes to another process has to pickle: file objects do not. From there progress comes
            by whole jobs, and `"raise"` and Ctrl-C wait for the jobs at work instead of cancelling them.
        skip_done: Leave out each job whose output is there as a file with something in it, and not older than its
            input: a batch that was stopped goes on where it was. An output appears under its name only when it is
            complete. Other options than those it was made with are not noticed. A job that is not skipped needs
            `overwrite` as ever where its output exists.

    Returns:
        A result for each job, in the order of `jobs`. What went wrong with a job's media is in `error` there.

    Raises:
        InvalidOptionError: A job is none, an option is wrong, or two jobs have one output; nothing was begun.
        TranscodeError: With `on_error="raise"`, the first error of a job.
        KeyboardInterrupt: Ctrl-C; no job is left at work, and nothing is half-written.

    Example:
        ```python
        jobs = [(path, path.with_suffix(".mp4")) for path in Path("clips").glob("*.mov")]
        for result in transcode_many(jobs, progress=True):
            print(result.output, result.status, result.error)
        ```
    """
    made = checked(jobs)
    at_once = _checked(concurrency, on_error, executor, len(made))
    from .called import run_batch

    return run_batch(made, at_once, on_error == "raise", progress, executor, skip_done)


def transcode_many_async(
    jobs: Iterable[Job],
    *,
    concurrency: int | Literal["auto"] = "auto",
    on_error: Literal["collect", "raise"] = "collect",
    progress: BatchProgressLike | None = None,
    executor: Executor | None = None,
    skip_done: bool = False,
) -> AsyncGenerator[JobResult, None]:
    """Run many jobs, and give the result of each when it ends.

    Work begins with the first `async for`. Whoever is slow to take results slows the jobs down: as many wait to be
    taken as run at once. When the task that takes them is cancelled, or `aclose()` is called, the jobs at work are
    cancelled and have ended before that returns. A loop that is left with `break` closes the iterator a moment
    later; `async with contextlib.aclosing(transcode_many_async(...)) as results` closes it there and then.

    Args:
        jobs: As for `transcode_many()`.
        concurrency: As for `transcode_many()`.
        on_error: `"collect"` gives failed jobs as results. `"raise"` cancels the rest at the first, and the iterator
            raises its error after the results before it.
        progress: As for `transcode_many()`, on the loop's thread; it may be an `async def`.
        executor: As for `transcode_many()`.
        skip_done: As for `transcode_many()`.

    Returns:
        An iterator over the results, in the order in which the jobs end; `result.index` tells which is which.

    Raises:
        InvalidOptionError: At once, as for `transcode_many()`.
        TranscodeError: With `on_error="raise"` from the iterator, the first error of a job.

    Example:
        ```python
        async for result in transcode_many_async([("a.mkv", "a.mp4"), ("b.mkv", "b.mp4")]):
            print(result.output, result.status)
        ```
    """
    made = checked(jobs)
    at_once = _checked(concurrency, on_error, executor, len(made))
    from .awaited import stream_batch

    return stream_batch(made, at_once, on_error == "raise", progress, executor, skip_done)


def cores() -> int:
    """Tell how many cores this process may use."""
    allowed = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else range(os.cpu_count() or 1)
    return max(1, min(len(allowed), _quota() or len(allowed)))


def _quota() -> int | None:
    """Tell how many cores' time the container of this process gets, where it is in one with a limit."""
    try:
        with open("/sys/fs/cgroup/cpu.max", encoding="ascii") as file:
            quota, period = file.read().split()
        return -(-int(quota) // int(period))
    except (OSError, ValueError):  # no control groups of version 2, or "max"
        return None


def _checked(concurrency: object, on_error: object, executor: object, jobs: int) -> int:
    """Check what all jobs share, and tell how many run at once."""
    if on_error not in {"collect", "raise"}:
        message = f'on_error; expected "collect" or "raise"; got {on_error!r}; pass one of these'
        raise InvalidOptionError(message)
    if not (executor is None or hasattr(executor, "submit")):
        message = (
            "executor; expected a concurrent.futures.Executor; "
            f"got a {type(executor).__name__}; pass one such as ProcessPoolExecutor()"
        )
        raise InvalidOptionError(message)
    if concurrency == "auto":
        return min(cores(), jobs)
    if isinstance(concurrency, bool) or not isinstance(concurrency, int) or concurrency < 1:
        message = f'concurrency; expected "auto" or a whole number from 1; got {concurrency!r}; leave it out for "auto"'
        raise InvalidOptionError(message)
    return min(concurrency, jobs)
