"""A batch run from an event loop: a task for each job at work, and no thread of Python's for any of them."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from transcode_py.progress import batch_watcher
from transcode_py.tasks import outlasted

from .called import EVERY, outcome, told
from .here import BatchHere
from .jobs import Task, run_task
from .tally import Tally

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
    from typing import Any

    from transcode_py.options import TranscodeOptions
    from transcode_py.reports import BatchProgress, JobResult

__all__ = ["stream_batch"]


async def stream_batch(
    jobs: Sequence[TranscodeOptions],
    concurrency: int,
    raising: bool,
    progress: Any,
    executor: Any,
    skip_done: bool,
) -> AsyncGenerator[JobResult, None]:
    """Run all jobs, and give results as they come."""
    with batch_watcher(progress, len(jobs)) as show:
        run = _Run(jobs, concurrency, raising, show, executor, skip_done)
        work = asyncio.create_task(run.all())
        try:
            while (result := await run.results.get()) is not None:
                run.room.release()
                yield result
            await work  # it raises what ended the batch
        finally:
            await _ended(work)


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
        self.results: asyncio.Queue[JobResult | None] = asyncio.Queue()
        # Results wait for whoever takes them, but not all: with `output=None` they hold the media.
        self.room = asyncio.Semaphore(max(1, concurrency))
        self._jobs = jobs
        self._concurrency = concurrency
        self._raising = raising
        self._show = show
        self._executor = executor
        self._skip_done = skip_done
        self._tally = Tally(jobs)
        self._report = None if show is None else self._tally.report
        self._batch = BatchHere(self._report)
        self._over = asyncio.Event()

    async def all(self) -> None:
        """Run all jobs; what ends the batch early is raised when no job is left at work."""
        first: BaseException | None = None
        waiting = iter(range(len(self._jobs)))
        try:
            async with asyncio.TaskGroup() as group:
                if self._show is not None:
                    group.create_task(self._tell(self._show))
                for _ in range(self._concurrency):
                    group.create_task(self._work(waiting))
        except BaseExceptionGroup as errors:
            first = errors.exceptions[0]
        finally:
            self._batch.close()
            self.results.put_nowait(None)
        if first is not None:
            raise first

    async def _work(self, waiting: Any) -> None:
        """Do jobs, each the next that nobody has taken."""
        for index in waiting:
            at_once = min(self._concurrency, self._tally.left)
            task = Task(index, self._jobs[index], at_once, self._skip_done, self._batch.key)
            self._tally.started(index)
            result = await (self._on_the_loop(task) if self._executor is None else self._elsewhere(task))
            self._tally.ended(result)
            if self._raising and result.error is not None:
                raise told(result, result.error)
            if not self._tally.left:
                self._over.set()
            await self.room.acquire()
            self.results.put_nowait(result)

    async def _on_the_loop(self, task: Task) -> JobResult:
        report = self._report
        try:
            if task.is_done():
                return task.result("skipped")
            stats = await task.job().run_async(
                None if report is None else lambda progress: report(task.index, progress)
            )
        except Exception as error:  # noqa: BLE001 - whatever it is, it is of this job
            return task.result("failed", error=error)
        return task.result("done", stats)

    async def _elsewhere(self, task: Task) -> JobResult:
        ended = asyncio.Event()
        loop = asyncio.get_running_loop()
        try:
            future = self._executor.submit(run_task, task)
        except Exception as error:  # noqa: BLE001 - an executor that is broken or was shut down
            return task.result("failed", error=error)

        def tell(_: object) -> None:
            with suppress(RuntimeError):  # the loop is closed
                loop.call_soon_threadsafe(ended.set)

        future.add_done_callback(tell)
        try:
            await ended.wait()
        except asyncio.CancelledError:
            # One job is cancelled when all are.
            future.cancel()
            while not future.done():
                self._batch.cancel()
                with suppress(asyncio.CancelledError):
                    await asyncio.sleep(0.02)
            raise
        return outcome(task, future)

    async def _tell(self, show: Callable[[BatchProgress], Awaitable[object] | None]) -> None:
        while self._tally.left:
            if self._tally.changed:
                await _called(show, self._tally.progress())
            with suppress(TimeoutError):
                await asyncio.wait_for(self._over.wait(), EVERY)
        await _called(show, self._tally.progress())


async def _called(show: Callable[[BatchProgress], Awaitable[object] | None], progress: BatchProgress) -> None:
    shown = show(progress)
    if shown is not None:
        await shown


async def _ended(work: asyncio.Task[None]) -> None:
    """Cancel what is not done, and come back when it is, whoever cancels the wait."""
    work.cancel()
    try:
        await outlasted(work.done, lambda: asyncio.wait([work]))
    finally:
        if work.done() and not work.cancelled():
            work.exception()  # looked at: nobody needs to be told that it was not
