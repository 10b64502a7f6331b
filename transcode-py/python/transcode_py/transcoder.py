"""`Transcoder`: one job that can be planned, run and cancelled."""

from __future__ import annotations

from _thread import allocate_lock

from . import _native
from .errors import InvalidOptionError, TranscodeError
from .media import open_input, open_output
from .options import TranscodeOptions, values_of
from .progress import watcher
from .reports import Plan, Progress, TranscodeStats

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType
    from typing import Any, Literal, Self

__all__ = ["Transcoder"]


class Transcoder:
    """A job, to be planned, run, and cancelled from any thread.

    One run at a time; after it has ended the job can be run again. Used with `with`, it is cancelled and its end
    is waited for when the block ends, also where another thread runs it.

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
        self._control: _native.Control | None = None

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
        return Plan(**self._call(_native.plan))

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
        with watcher(progress_callback) as show:
            stats, data = self._call(_native.run, show)
        _log(stats["warnings"])
        return TranscodeStats(**stats, data=data)

    def cancel(self) -> None:
        """Ask the run in progress to stop, from any thread: it raises `TranscodeCancelledError`.

        Without a run in progress nothing happens.
        """
        control = self._control
        if control is not None:
            control.cancel()

    def _call(self, work: Callable[..., Any], *arguments: object) -> Any:
        if not self._busy.acquire(blocking=False):
            message = (
                "this Transcoder is busy; expected one run at a time; got a second; "
                "make one Transcoder a job, the options can be shared"
            )
            raise TranscodeError(message)
        try:
            self._control = control = _native.Control()
            values = values_of(self._options)
            source, target = open_input(self._options.get("input")), open_output(self._options.get("output"))
            return work(source, target, values, control, *arguments)
        finally:
            self._control = None
            self._busy.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        # Again and again: a run that was about to start has only now a control to cancel.
        self.cancel()
        while not self._busy.acquire(timeout=0.01):
            self.cancel()
        self._busy.release()

    def __repr__(self) -> str:
        return f"Transcoder({self._options!r})"


def _log(warnings: list[str]) -> None:
    if warnings:
        import logging

        logger = logging.getLogger("transcode_py")
        for warning in warnings:
            logger.warning("%s", warning)
