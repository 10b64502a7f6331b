"""Waiting for the native module's tasks, in a call or on an event loop; left early, they are stopped first."""

from __future__ import annotations

import atexit
import os
from contextlib import contextmanager
from weakref import WeakSet

from . import _native

TYPE_CHECKING = False
if TYPE_CHECKING:
    from asyncio import Future
    from collections.abc import Iterator
    from typing import Any

__all__ = ["Loop", "finish", "stopped", "watched", "woken"]

_LIVE: WeakSet[_native.Task] = WeakSet()
# A child has its parent's objects, and none of their threads.
os.register_at_fork(after_in_child=_LIVE.clear)


@contextmanager
def watched(task: _native.Task) -> Iterator[_native.Task]:
    """Leave nothing of a task behind: when the block is left before its end, it is cancelled and waited for."""
    _LIVE.add(task)
    try:
        yield task
    finally:
        _stop(task)
        _LIVE.discard(task)


def finish(task: _native.Task) -> Any:
    """Wait for a task's result."""
    with watched(task):
        while not task.done:
            task.wait()
    return task.result()


async def woken(task: _native.Task, loop: Loop) -> None:
    """Wait until there may be something to see."""
    try:
        await task.woken(loop)
    except GeneratorExit:
        # Whoever awaits this is being thrown away, and may not await any more.
        _stop(task)
        raise


async def stopped(task: _native.Task, loop: Loop) -> None:
    """Stop a task and wait for its end, also where the wait itself is cancelled."""
    from asyncio import CancelledError

    task.cancel()
    late: CancelledError | None = None
    while not task.done:
        try:
            await woken(task, loop)
        except CancelledError as error:
            late = error
    if late is not None:
        raise late


class Loop:
    """The running event loop, as the native module sees it: one that has closed is told nothing, and nobody is."""

    def __init__(self) -> None:
        """Take the loop that runs in this thread."""
        from asyncio import get_running_loop

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


def _stop(task: _native.Task) -> None:
    if not task.done:
        task.cancel()
    task.join()


@atexit.register
def _at_exit() -> None:
    """Stop what still runs, for a thread that nobody waits for or a loop that was left: nothing half-written stays."""
    tasks = list(_LIVE)
    for task in tasks:
        task.abandon()
    for task in tasks:
        task.join()
    _native.wait_for_all()
