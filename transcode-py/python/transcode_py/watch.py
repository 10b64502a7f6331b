"""Doing a task while its reports are shown, in a call or on an event loop."""

from __future__ import annotations

from .reports import Progress
from .tasks import Loop, stopped, woken

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator
    from typing import Any

    from . import _native

__all__ = ["log", "watch", "watch_async"]


def watch(task: _native.Task, show: Callable[[Progress], None] | None, feed: Callable[[], bool] | None = None) -> Any:
    """Do a task that has begun, and give its result. `feed` gives it what it needs, until it says false."""
    while True:
        done = task.done
        for report in _reports(task):
            if show is not None:
                show(report)
        if done:
            return task.result()
        if feed is None or not feed():
            feed = None
            task.wait()


async def watch_async(task: _native.Task, show: Callable[[Progress], Awaitable[object] | None] | None) -> Any:
    """Do a task that has begun while the loop goes on; left early, it has ended first."""
    loop = Loop(task)
    try:
        while True:
            done = task.done
            for report in _reports(task):
                shown = None if show is None else show(report)
                if shown is not None:
                    await shown
            if done:
                return task.result()
            await woken(task, loop)
    except GeneratorExit:
        # This coroutine is being thrown away, and may not await the end: the task waits for it.
        raise
    except BaseException:
        await stopped(task, loop)
        raise


def log(warning: str) -> None:
    """Tell a warning to the package's logger."""
    import logging

    logging.getLogger("transcode_py").warning("%s", warning)


def _reports(task: _native.Task) -> Iterator[Progress]:
    for kind, data in task.events():
        if kind == "warning":
            log(data)
        elif kind == "progress":
            yield Progress(**data)
