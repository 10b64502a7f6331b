"""What can go wrong, sorted by whose fault it is.

Every exception of this library is a `TranscodeError`, and each is also the builtin that people already
catch: a missing input is a `FileNotFoundError`, a wrong option a `ValueError`.
"""

from __future__ import annotations

import errno as _errno

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "EncodeError",
    "InputNotFoundError",
    "InvalidMediaError",
    "InvalidOptionError",
    "LimitExceededError",
    "MediaIOError",
    "OutputExistsError",
    "TranscodeCancelledError",
    "TranscodeError",
    "TranscodeTimeoutError",
    "UnsupportedError",
]


class TranscodeError(Exception):
    """A job, a probe or an option failed. Raised itself only for a fault of this library or a busy `Transcoder`.

    `str()` of it is the whole story: what was wrong, what was expected, what came, and what to do.

    Attributes:
        stage: The stage that failed: `"open"`, `"plan"`, `"demux"`, `"decode"`, `"filter"`, `"encode"` or
            `"mux"`; `None` before the first.
        stream_index: The input stream concerned, as `probe()` numbers it.
        path: The file concerned.
        ffmpeg_code: FFmpeg's own (negative) code, where FFmpeg gave one.
        log_tail: The last lines FFmpeg logged for the job, oldest first.
        errno: The system's code, where it gave one; those that are an `OSError` always have one.
    """

    # The arguments are positional, and all of them are in `__reduce__`: so the exceptions pickle.
    def __init__(
        self,
        message: str,
        stage: str | None = None,
        stream_index: int | None = None,
        path: str | None = None,
        ffmpeg_code: int | None = None,
        log_tail: Iterable[str] = (),
        errno: int | None = None,
    ) -> None:
        super().__init__(message)
        self.stage = stage
        self.stream_index = stream_index
        self.path = path
        self.ffmpeg_code = ffmpeg_code
        self.log_tail = tuple(log_tail)
        self.errno: int | None = errno

    def __str__(self) -> str:
        return str(self.args[0])

    def __reduce__(self) -> tuple[object, ...]:
        arguments = (
            self.args[0],
            self.stage,
            self.stream_index,
            self.path,
            self.ffmpeg_code,
            self.log_tail,
            self.errno,
        )
        # The rest is what others hung on it: notes, for one.
        return type(self), arguments, self.__dict__


class _SystemError(TranscodeError, OSError):
    """One that is an `OSError` too, with the fields that people read from those."""

    _usual = _errno.EIO

    def __init__(
        self,
        message: str,
        stage: str | None = None,
        stream_index: int | None = None,
        path: str | None = None,
        ffmpeg_code: int | None = None,
        log_tail: Iterable[str] = (),
        errno: int | None = None,
    ) -> None:
        errno = self._usual if errno is None else errno
        super().__init__(message, stage, stream_index, path, ffmpeg_code, log_tail, errno)
        self.strerror = message
        self.filename = path


class InputNotFoundError(_SystemError, FileNotFoundError):
    """The input does not exist."""

    _usual = _errno.ENOENT


class OutputExistsError(_SystemError, FileExistsError):
    """The output exists and `overwrite` is off. It was not touched."""

    _usual = _errno.EEXIST


class MediaIOError(_SystemError):
    """The system, or a file object, refused to read or write. `errno` tells why."""


class InvalidMediaError(TranscodeError, ValueError):
    """The input is not media, or too damaged to go on."""


class InvalidOptionError(TranscodeError, ValueError):
    """An option is unknown, its value is wrong, or two options contradict each other."""


class UnsupportedError(TranscodeError, ValueError):
    """The codec, container or feature is not in this build of FFmpeg, or not in this library."""


class LimitExceededError(TranscodeError, ValueError):
    """The input asks for more than a limit allows, such as `max_pixels`."""


class EncodeError(TranscodeError, RuntimeError):
    """An encoder or the writer of the container failed on data it should have taken."""


class TranscodeTimeoutError(_SystemError, TimeoutError):
    """The job took longer than `timeout` seconds. Nothing of its output is left."""

    _usual = _errno.ETIMEDOUT


class TranscodeCancelledError(TranscodeError):
    """The job was cancelled by `Transcoder.cancel()`. Nothing of its output is left."""
