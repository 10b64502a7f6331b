"""`Transcoder`: one job that can be planned, run, awaited, watched and cancelled."""

from __future__ import annotations

from . import _native
from .errors import InvalidOptionError
from .files import Opened
from .options import TranscodeOptions, values_of
from .progress import watcher, watcher_async
from .reports import Plan, Progress, TranscodeStats
from .tasks import Loop, finish, outlasted, stopped, woken
from .watch import log, watch, watch_async

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable
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
        self._slot = _native.Slot()

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
        with self._media() as media:
            return Plan(**finish(_native.plan(*media, values_of(self._options), self._slot)))

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
        with watcher(progress_callback) as show, self._media() as media, self._job(*media) as task:
            return _stats(watch(task, show))

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
        with watcher_async(progress_callback) as show, self._media() as media, self._job(*media) as task:
            return _stats(await watch_async(task, show))

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

        with self._media() as media, self._job(*media) as task:
            loop = Loop(task)
            try:
                yield Started()
                while True:
                    done = task.done
                    for kind, data in task.events():
                        yield _event(kind, data)
                    if done:
                        break
                    await woken(task, loop)
                stats = _stats(task.result())
            except BaseException:
                await stopped(task, loop)
                raise
        yield Finished(stats=stats)

    def cancel(self) -> None:
        """Ask the run in progress to stop, from any thread: it raises `TranscodeCancelledError`.

        Without a run in progress nothing happens, nor where its output is complete already.
        """
        self._slot.cancel()

    def _media(self) -> Opened:
        return Opened(self._options.get("input"), self._options.get("output"))

    def _job(self, source: Any, target: Any) -> _native.Task:
        return _native.run(source, target, values_of(self._options), self._slot, self._at_once)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._slot.cancel()
        self._slot.join()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        from asyncio import sleep

        self._slot.cancel()
        await outlasted(lambda: not self._slot.busy, lambda: sleep(0.01))

    def __repr__(self) -> str:
        return f"Transcoder({self._options!r})"


def _event(kind: str, data: Any) -> Event:
    from . import events

    if kind == "warning":
        log(data)
        return events.Warning(message=data)
    if kind == "progress":
        return Progress(**data)
    return events.StageChanged(stage=data) if kind == "stage" else events.Planned(plan=data)


def _stats(result: Any) -> TranscodeStats:
    stats, data = result
    return TranscodeStats(**stats, data=data)
