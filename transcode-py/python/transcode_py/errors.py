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
        if isinstance(self, OSError):
            # Its own constructor would read the message as a number; the fields are what people use.
            self.errno = errno if errno is not None else _errno_of(type(self))
            self.strerror = message
            self.filename = path

    def __str__(self) -> str:
        return str(self.args[0])

    def __reduce__(self) -> tuple[object, ...]:
        errno = self.errno if isinstance(self, OSError) else None
        arguments = (self.args[0], self.stage, self.stream_index, self.path, self.ffmpeg_code, self.log_tail, errno)
        # The rest is what others hung on it: notes, for one.
        return type(self), arguments, self.__dict__


def _errno_of(kind: type[BaseException]) -> int:
    if issubclass(kind, FileNotFoundError):
        return _errno.ENOENT
    if issubclass(kind, FileExistsError):
        return _errno.EEXIST
    if issubclass(kind, TimeoutError):
        return _errno.ETIMEDOUT
    return _errno.EIO


class InputNotFoundError(TranscodeError, FileNotFoundError):
    """The input does not exist."""


class OutputExistsError(TranscodeError, FileExistsError):
    """The output exists and `overwrite` is off. It was not touched."""


class MediaIOError(TranscodeError, OSError):
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


class TranscodeTimeoutError(TranscodeError, TimeoutError):
    """The job took longer than `timeout` seconds. Nothing of its output is left."""


class TranscodeCancelledError(TranscodeError):
    """The job was cancelled by `Transcoder.cancel()`. Nothing of its output is left."""
