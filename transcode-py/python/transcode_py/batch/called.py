"""A batch run to its end by the calling thread, which hands jobs out, shows progress and hears Ctrl-C."""

from __future__ import annotations

from queue import Empty, SimpleQueue
from time import monotonic, sleep

from transcode_py.progress import batch_watcher, refuse_async

from .here import BatchHere
from .jobs import Task, run_task
from .tally import Tally

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from typing import Any

    from transcode_py.options import TranscodeOptions
    from transcode_py.reports import BatchProgress, JobResult

__all__ = ["EVERY", "outcome", "run_batch"]

EVERY = 0.1
"""Seconds from one report of progress to the next, at least."""


def run_batch(
    jobs: Sequence[TranscodeOptions],
    concurrency: int,
    raising: bool,
    progress: Any,
    executor: Any,
    skip_done: bool,
) -> list[JobResult]:
    """Run all jobs.

    Returns:
        Their results, in the order of jobs.
    """
    with batch_watcher(progress, len(jobs)) as show:
        if executor is not None:
            return _Run(jobs, concurrency, raising, show, executor, skip_done).all()
        from concurrent.futures import ThreadPoolExecutor

        threads = ThreadPoolExecutor(max(1, concurrency), "transcode_py-batch")
        run = _Run(jobs, concurrency, raising, show, threads, skip_done)
        try:
            return run.all()
        finally:
            # Whatever interrupts this, no job goes on that was not cancelled.
            run.cancel()
            threads.shutdown(cancel_futures=True)


class _Run:
    """One run of a batch."""

    def __init__(
        self,
        jobs: Sequence[TranscodeOptions],
        concurrency: int,
        raising: bool,
        show: Callable[[BatchProgress], Awaitable[object] | None] | None,
        executor: Any,
        skip_done: bool,
    ) -> None:
        self._jobs = jobs
        self._concurrency = concurrency
        self._raising = raising
        self._show = show
        self._executor = executor
        self._skip_done = skip_done
        self._tally = Tally(jobs)
        self._batch = BatchHere(None if show is None else self._tally.report)
        self._live: dict[int, tuple[Task, Any]] = {}
        self._ended: SimpleQueue[int] = SimpleQueue()
        self._results: dict[int, JobResult] = {}
        self._shown = 0.0

    def all(self) -> list[JobResult]:
        """Run all jobs; whatever ends it early, no job is left at work."""
        try:
            waiting = iter(range(len(self._jobs)))
            while self._tally.left:
                self._tell()
                while len(self._live) < self._concurrency and (index := next(waiting, None)) is not None:
                    self._start(index)
                if self._live:
                    self._take()
            self._tell(last=True)
        except BaseException:
            self._stop()
            raise
        finally:
            self._batch.cancel()
            self._batch.close()
        return [self._results[index] for index in range(len(self._jobs))]

    def cancel(self) -> None:
        """Ask the jobs at work in this process to stop, and let no other begin."""
        self._batch.cancel()

    def _start(self, index: int) -> None:
        at_once = min(self._concurrency, self._tally.left)
        task = Task(index, self._jobs[index], at_once, self._skip_done, self._batch.key)
        self._tally.started(index)
        try:
            future = self._executor.submit(run_task, task)
        except Exception as error:  # noqa: BLE001 - an executor that is broken or was shut down
            self._finish(task.result("failed", error=error))
            return
        self._live[index] = task, future
        future.add_done_callback(lambda _: self._ended.put(index))

    def _take(self) -> None:
        """Wait a moment for a job to end."""
        try:
            index = self._ended.get(timeout=EVERY)
        except Empty:
            return
        self._finish(outcome(*self._live.pop(index)))

    def _finish(self, result: JobResult) -> None:
        self._results[result.index] = result
        self._tally.ended(result)
        if self._raising and result.error is not None:
            raise told(result, result.error)

    def _tell(self, *, last: bool = False) -> None:
        now = monotonic()
        if self._show is None or not (last or (self._tally.changed and now - self._shown >= EVERY)):
            return
        self._shown = now
        refuse_async(self._show(self._tally.progress()))

    def _stop(self) -> None:
        """Cancel what runs, and wait until nothing does. Jobs in other processes end by themselves."""
        self._batch.cancel()
        futures = [future for _, future in self._live.values()]
        for future in futures:
            future.cancel()
        while self._batch.busy or not all(future.done() for future in futures):
            self._batch.cancel()
            sleep(0.02)


def outcome(task: Task, future: Any) -> JobResult:
    """Give the result that came back, or what the executor failed with instead."""
    try:
        result: JobResult = future.result()
    except Exception as error:  # noqa: BLE001 - no pickle, a worker that died
        return task.result("failed", error=error)
    return result


def told(result: JobResult, error: Exception) -> Exception:
    """Give the error of a failed job, with a note of which job it was."""
    error.add_note(f"in jobs[{result.index}]: {result.input or 'data'} -> {result.output or 'data'}")
    return error
