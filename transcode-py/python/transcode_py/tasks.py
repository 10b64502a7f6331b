"""Waiting for the native module's tasks, in a call or on an event loop; left early, they are stopped first."""

from __future__ import annotations

import atexit

from . import _native

TYPE_CHECKING = False
if TYPE_CHECKING:
    from asyncio import Future
    from collections.abc import Awaitable, Callable
    from typing import Any

__all__ = ["Loop", "finish", "outlasted", "stopped", "woken"]

# Nothing half-written stays of a thread that nobody waits for, or of a loop that was left.
atexit.register(_native.end_all)


def finish(task: _native.Task) -> Any:
    """Do a task, and give its result."""
    with task:
        while not task.done:
            task.wait()
        return task.result()


async def woken(task: _native.Task, loop: Loop) -> None:
    """Wait until there may be something to see."""
    try:
        await task.woken(loop)
    except GeneratorExit:
        # Whoever awaits this is being thrown away, and may not await any more.
        task.stop()
        raise


async def stopped(task: _native.Task, loop: Loop) -> None:
    """Stop a task and wait for its end, also where the wait itself is cancelled."""
    task.cancel()
    await outlasted(lambda: task.done, lambda: woken(task, loop))


async def outlasted(ended: Callable[[], bool], wait: Callable[[], Awaitable[object]]) -> None:
    """Wait, again and again, until something has ended. A cancel meanwhile is for what ends already: it comes after."""
    from asyncio import CancelledError

    late: CancelledError | None = None
    while not ended():
        try:
            await wait()
        except CancelledError as error:
            late = error
    try:
        if late is not None:
            raise late
    finally:
        del late  # its traceback has this frame


class Loop:
    """The running event loop as a task sees it: one that has closed is told nothing, and ends the task."""

    def __init__(self, task: _native.Task) -> None:
        """Take the loop that runs in this thread."""
        from asyncio import get_running_loop

        self._task = task
        self._loop = get_running_loop()

    def create_future(self) -> Future[Any]:
        """Make a future of the loop."""
        return self._loop.create_future()

    def call_soon_threadsafe(self, *call: Any, context: Any = None) -> None:
        """Call a function on the loop's thread."""
        try:
            self._loop.call_soon_threadsafe(*call, context=context)
        except RuntimeError:
            if not self._loop.is_closed():
                raise
            self._task.cancel()
