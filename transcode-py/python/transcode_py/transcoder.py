"""`Transcoder`: one job that can be planned, run, awaited, watched and cancelled."""

from __future__ import annotations

import os
from _thread import allocate_lock
from contextlib import contextmanager

from . import _native
from .errors import InvalidOptionError, TranscodeError
from .files import opened
from .options import TranscodeOptions, values_of
from .progress import watcher, watcher_async
from .reports import Plan, Progress, TranscodeStats
from .tasks import Loop, finish, stopped, watched, woken

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Iterator
    from types import TracebackType
    from typing import Any, Literal, Self

    from .typed import Event

__all__ = ["Transcoder"]


class Transcoder:
    """A job, to be planned, run or awaited, and cancelled from any thread.

    One run at a time; after it has ended the job can be run again. Used with `with` or `async with`, it is cancelled
    and its end is waited for when the block ends, also where another thread or task runs it.

    Args:
        options: What to do, `input` and `output` included. Without an `output` the result is in `stats.data`.

    Raises:
        InvalidOptionError: There is no input, or options contradict each other.

    Example:
        ```python
        with Transcoder(TranscodeOptions().input("a.mkv").output("b.mp4")) as job:
            print(job.plan())
            stats = job.run()
        ```
    """

    # How many jobs its owner runs at once, this one included: they share the threads of the machine.
    _at_once = 1

    def __init__(self, options: TranscodeOptions) -> None:
        if not isinstance(options, TranscodeOptions):
            message = (
                f"options; expected a TranscodeOptions; got a {type(options).__name__}; "
                "make one with TranscodeOptions(**options)"
            )
            raise InvalidOptionError(message)
        _native.check(values_of(options))
        if options.get("input") is None:
            message = "input; expected a path, bytes, a binary file object or a Url; got nothing; set .input(...)"
            raise InvalidOptionError(message)
        self._options = options
        self._busy = allocate_lock()
        self._task: _native.Task | None = None
        self._process = os.getpid()

    @property
    def options(self) -> TranscodeOptions:
        """What the job was told."""
        return self._options

    def plan(self) -> Plan:
        """Tell what `run()` would do, from the input's headers; nothing is written.

        Returns:
            What becomes of each stream, and why.

        Raises:
            TranscodeError: The same errors that `run()` raises before it starts to work.
        """
        with self._begun(_native.plan) as task:
            return Plan(**finish(task))

    def run(
        self, progress_callback: Callable[[Progress], object] | Literal["tqdm", "rich"] | bool | None = None
    ) -> TranscodeStats:
        """Do the job, and return when the output is complete under its name.

        Args:
            progress_callback: Called with a `Progress` on this thread, at most ten times a second. What it raises
                stops the job and is raised from here. `True`, `"tqdm"` or `"rich"` show a bar instead.

        Returns:
            What was done. Its warnings are also logged to the logger `transcode_py`.

        Raises:
            TranscodeError: One of its kinds: the job failed, and nothing of its output is left.
            KeyboardInterrupt: Ctrl-C; the job has ended, and nothing of its output is left.
        """
        with watcher(progress_callback) as show, self._begun(_native.run, self._at_once) as task:
            while True:
                done = task.done
                for kind, data in task.events():
                    if kind == "warning":
                        _log(data)
                    elif kind == "progress" and show is not None:
                        show(Progress(**data))
                if done:
                    return _stats(task)
                task.wait()

    async def run_async(
        self, progress_callback: Callable[[Progress], object] | Literal["tqdm", "rich"] | bool | None = None
    ) -> TranscodeStats:
        """Do the job on threads of its own while the event loop goes on.

        A cancelled task raises `CancelledError` here when the job has ended: its threads are gone, its files closed,
        and nothing of its output is left, unless it was complete before. So do `asyncio.timeout()` and its like.

        Args:
            progress_callback: A function or an `async def`, called with a `Progress` on the loop's thread, at most
                ten times a second. What it raises stops the job and is raised from here. `True`, `"tqdm"` or
                `"rich"` show a bar instead.

        Returns:
            What was done. Its warnings are also logged to the logger `transcode_py`.

        Raises:
            TranscodeError: One of its kinds: the job failed, and nothing of its output is left.
        """
        with watcher_async(progress_callback) as show, self._begun(_native.run, self._at_once) as task:
            loop = Loop()
            try:
                while True:
                    done = task.done
                    for kind, data in task.events():
                        if kind == "warning":
                            _log(data)
                        elif kind == "progress" and show is not None:
                            shown = show(Progress(**data))
                            if shown is not None:
                                await shown
                    if done:
                        return _stats(task)
                    await woken(task, loop)
            except GeneratorExit:
                # This coroutine is being thrown away, and may not await the end: `_begun` waits for it.
                raise
            except BaseException:
                await stopped(task, loop)
                raise

    async def events(self) -> AsyncGenerator[Event, None]:
        """Do the job, and tell of it as it goes on.

        Leaving the iteration early cancels the job. Its end is then waited for by `aclose()`, which
        `contextlib.aclosing` calls; a bare `break` leaves that to the event loop.

        Yields:
            `Started`, `Planned`, then `Progress` (at most ten a second, the newest each time), `StageChanged` and
            `Warning` as they come, and last `Finished` with the stats.

        Raises:
            TranscodeError: One of its kinds: the job failed, and nothing of its output is left.
        """
        from .events import Finished, Started

        with self._begun(_native.run, self._at_once) as task:
            loop = Loop()
            try:
                yield Started()
                while True:
                    done = task.done
                    for kind, data in task.events():
                        yield _event(kind, data)
                    if done:
                        break
                    await woken(task, loop)
                stats = _stats(task)
            except BaseException:
                await stopped(task, loop)
                raise
            yield Finished(stats=stats)

    def cancel(self) -> None:
        """Ask the run in progress to stop, from any thread: it raises `TranscodeCancelledError`.

        Without a run in progress nothing happens, nor where its output is complete already.
        """
        task = self._task
        if task is not None:
            task.cancel()

    @contextmanager
    def _begun(self, work: Callable[..., _native.Task], *arguments: object) -> Iterator[_native.Task]:
        if not self._busy.acquire(blocking=False):
            message = (
                "this Transcoder is busy; expected one run at a time; got a second; "
                "make one Transcoder a job, the options can be shared"
            )
            raise TranscodeError(message)
        try:
            values = values_of(self._options)
            with opened(self._options.get("input"), self._options.get("output")) as media:
                self._task = task = work(*media, values, *arguments)
                with watched(task):
                    yield task
        finally:
            self._task = None
            self._busy.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        while self._in_use():
            if self._busy.acquire(timeout=0.01):
                self._busy.release()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        from asyncio import sleep

        while self._in_use():  # noqa: ASYNC110 - it ends in another thread, or task
            await sleep(0.01)

    def _in_use(self) -> bool:
        """Tell whether there is a run in progress, and cancel it: one that was about to start can be only now."""
        self.cancel()
        # A forked child has the lock of a run that is not its own.
        return self._process == os.getpid() and self._busy.locked()

    def __repr__(self) -> str:
        return f"Transcoder({self._options!r})"


def _event(kind: str, data: Any) -> Event:
    from . import events

    if kind == "warning":
        _log(data)
        return events.Warning(message=data)
    if kind == "progress":
        return Progress(**data)
    return events.StageChanged(stage=data) if kind == "stage" else events.Planned(plan=data)


def _stats(task: _native.Task) -> TranscodeStats:
    stats, data = task.result()
    return TranscodeStats(**stats, data=data)


def _log(warning: str) -> None:
    import logging

    logging.getLogger("transcode_py").warning("%s", warning)
