"""Progress shown: our own bar, tqdm's, rich's, or whatever the caller does with it.

Each kind of bar is a module of its own, imported when somebody asks for it.
"""

from __future__ import annotations

import sys
from contextlib import contextmanager

from .errors import InvalidOptionError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator
    from typing import Any, Protocol

    from .reports import BatchProgress, Progress

    class _Display(Protocol):
        """Something that shows progress, and is told of the end."""

        def show(self, progress: Any) -> None:
            """Show how far the work is."""

        def close(self) -> None:
            """Leave the terminal in order."""


__all__ = ["batch_watcher", "refuse_async", "watcher", "watcher_async"]


@contextmanager
def watcher(progress: Any) -> Iterator[Callable[[Progress], None] | None]:
    """Give the function to call with each report of a job; `None` where nobody looks.

    Args:
        progress: A callable, `True`, `"tqdm"`, `"rich"`, or `None` or `False` for nothing.

    Raises:
        InvalidOptionError: It is none of them; from the function: what was called is an async one.
    """
    with watcher_async(progress) as show:
        yield None if show is None else lambda report: refuse_async(show(report))


@contextmanager
def watcher_async(progress: Any) -> Iterator[Callable[[Progress], Awaitable[object] | None] | None]:
    """Give the same as `watcher()` for where an event loop runs: what an async callable gives is to be awaited."""
    with _watching(progress, "Bar") as show:
        yield show


@contextmanager
def batch_watcher(progress: Any, total: int) -> Iterator[Callable[[BatchProgress], Awaitable[object] | None] | None]:
    """Give the function to call with each report of a batch; `None` where nobody looks.

    What an async callable gives is to be awaited, or to be handed to `refuse_async()`.

    Args:
        progress: A callable, `True`, `"tqdm"`, `"rich"`, or `None` or `False` for nothing.
        total: How many jobs there are.

    Raises:
        InvalidOptionError: It is none of them.
    """
    with _watching(progress, "BatchBar") as show:
        # A batch of no jobs has nothing to draw.
        yield show if total or callable(progress) else None


def refuse_async(result: Any) -> None:
    """Raise where a callback gave something to be awaited, and no event loop runs.

    Raises:
        InvalidOptionError: It did.
    """
    if result is None:
        return
    if hasattr(result, "close"):
        result.close()  # a coroutine that nobody awaits would warn
    message = (
        "progress; expected a plain function; got an async one; "
        "pass it to run_async(), transcode_async() or transcode_many_async(), which run in an event loop"
    )
    raise InvalidOptionError(message)


@contextmanager
def _watching(progress: Any, kind: str) -> Iterator[Callable[[Any], Any] | None]:
    if progress is None or progress is False:
        yield None
    elif callable(progress):
        yield lambda report: _awaitable(progress(report))
    else:
        display: _Display = getattr(_bars(progress), kind)()
        try:
            yield display.show
        finally:
            display.close()


def _awaitable(result: Any) -> Any:
    return result if hasattr(result, "__await__") else None


def _bars(progress: Any) -> Any:
    """Give the module of the bars that were asked for; each has a `Bar` and a `BatchBar`."""
    from importlib import import_module

    name = {"tqdm": "by_tqdm", "rich": "by_rich"}.get(progress) if isinstance(progress, str) else None
    if progress is True:
        name = "notebook" if _in_notebook() else "own"
    if name is None:
        message = f'progress; expected a callable, True, "tqdm" or "rich"; got {progress!r}; pass one of these'
        raise InvalidOptionError(message)
    return import_module(f"transcode_py.bars.{name}")


def _in_notebook() -> bool:
    """Tell whether this is a kernel of Jupyter: its shell, or one made from it, talks to the page by ZMQ."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return any(kind.__name__ == "ZMQInteractiveShell" for kind in type(shell).__mro__)
