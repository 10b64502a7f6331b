"""Progress shown: our own bar, tqdm's, rich's, or whatever the caller does with it."""

from __future__ import annotations

import sys
from contextlib import contextmanager

from .errors import InvalidOptionError
from .reports import Progress

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any, Protocol, TextIO

    from .reports import BatchProgress

    class _Display(Protocol):
        """Something that shows progress, and is told of the end."""

        def show(self, progress: Progress) -> None:
            """Show how far the job is."""

        def close(self) -> None:
            """Leave the terminal in order."""


__all__ = ["Bar", "batch_watcher", "watcher"]


@contextmanager
def watcher(progress: Any) -> Iterator[Callable[[dict[str, Any]], None] | None]:
    """Give the function that the native module calls with each report; `None` where nobody looks.

    Args:
        progress: A callable, `True`, `"tqdm"`, `"rich"`, or `None` or `False` for nothing.

    Raises:
        InvalidOptionError: It is none of them.
    """
    if progress is None or progress is False:
        yield None
        return
    if callable(progress):
        yield lambda fields: _call(progress, fields)
        return
    display = _display(progress)
    try:
        yield lambda fields: display.show(Progress(**fields))
    finally:
        display.close()


@contextmanager
def batch_watcher(progress: Any, total: int) -> Iterator[Callable[[BatchProgress], object] | None]:
    """Give the function to call with each report of a batch; `None` where nobody looks.

    Args:
        progress: A callable, `True`, `"tqdm"`, `"rich"`, or `None` or `False` for nothing.
        total: How many jobs there are.

    Raises:
        InvalidOptionError: It is none of them.
    """
    yield progress if callable(progress) and total >= 0 else None


def _call(callback: Callable[[Progress], object], fields: dict[str, Any]) -> None:
    result = callback(Progress(**fields))
    if hasattr(result, "__await__"):
        if hasattr(result, "close"):
            result.close()  # a coroutine that nobody awaits would warn
        message = "progress; expected a plain function; got an async one; this call does not run an event loop"
        raise InvalidOptionError(message)


def _display(name: Any) -> _Display:
    if name is True:
        return Bar(sys.stderr)
    if name == "tqdm":
        return TqdmBar()
    if name == "rich":
        return RichBar()
    message = f'progress; expected a callable, True, "tqdm" or "rich"; got {name!r}; pass one of these'
    raise InvalidOptionError(message)


class Bar:
    """Our own bar: one line redrawn on a terminal, elsewhere a line each 10 %."""

    WIDTH = 24

    def __init__(self, stream: TextIO) -> None:
        """Draw on `stream`, such as `sys.stderr`."""
        self._stream = stream
        self._terminal = stream.isatty()
        self._drawn = 0
        self._next = 0.0

    def show(self, progress: Progress) -> None:
        """Draw the line."""
        line = _line(progress)
        if self._terminal:
            done = int(self.WIDTH * progress.percent / 100)
            line = f"[{'#' * done}{'-' * (self.WIDTH - done)}] {line}"
            # Padded: a shorter line leaves nothing of the one before.
            self._stream.write("\r" + line.ljust(self._drawn))
            self._drawn = len(line)
        elif progress.percent >= self._next:
            self._stream.write(line + "\n")
            self._next = progress.percent // 10 * 10 + 10
        self._stream.flush()

    def close(self) -> None:
        """End the redrawn line."""
        if self._drawn:
            self._stream.write("\n")
            self._stream.flush()


def _line(progress: Progress) -> str:
    eta = "" if progress.eta is None else f"  eta {clock(progress.eta)}"
    return (
        f"{progress.percent:5.1f}%  {progress.speed:.1f}x  {progress.fps:.0f} fps  "
        f"{size(progress.size)}  {progress.bitrate / 1000:.0f} kbit/s{eta}"
    )


def clock(seconds: float) -> str:
    """Give seconds as `1:02:03` or `2:03`."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def size(count: float) -> str:
    """Give a number of bytes as `12.3 MB`."""
    thousand = 1000
    for unit in ("B", "kB", "MB", "GB"):
        if count < thousand:
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= thousand
    return f"{count:.1f} TB"


def _needs(package: str, error: ImportError) -> InvalidOptionError:
    message = f'progress="{package}"; expected {package} to be installed; got {error}; pip install {package}'
    return InvalidOptionError(message)


class TqdmBar:
    """A bar by tqdm, in percent."""

    def __init__(self) -> None:
        """Open the bar.

        Raises:
            InvalidOptionError: tqdm is not installed.
        """
        try:
            from tqdm.auto import tqdm
        except ImportError as error:
            raise _needs("tqdm", error) from error
        self._bar = tqdm(total=100.0, unit="%", bar_format="{l_bar}{bar}| {elapsed}<{remaining}{postfix}")

    def show(self, progress: Progress) -> None:
        """Move the bar."""
        self._bar.set_postfix_str(f"{progress.speed:.1f}x, {progress.fps:.0f} fps", refresh=False)
        self._bar.update(progress.percent - self._bar.n)

    def close(self) -> None:
        """Close the bar."""
        self._bar.close()


class RichBar:
    """A bar by rich."""

    def __init__(self) -> None:
        """Open the bar.

        Raises:
            InvalidOptionError: rich is not installed.
        """
        try:
            from rich.console import Console
            from rich.progress import Progress as Rich
        except ImportError as error:
            raise _needs("rich", error) from error
        self._bar = Rich(console=Console(stderr=True))
        self._task = self._bar.add_task("transcode", total=100.0)
        self._bar.start()

    def show(self, progress: Progress) -> None:
        """Move the bar."""
        self._bar.update(self._task, completed=progress.percent)

    def close(self) -> None:
        """Close the bar."""
        self._bar.stop()
