"""Python file objects as media: one thread a job calls their methods, as the job's own threads ask it to.

So a job can be stopped, and an event loop goes on, while a file object keeps the job waiting.
"""

from __future__ import annotations

from contextlib import contextmanager

from . import _native
from .errors import MediaIOError, TranscodeError
from .media import Url

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    _Media = tuple[str, Any]

__all__ = ["opened"]


@contextmanager
def opened(input: Any, output: Any = None) -> Iterator[tuple[_Media, _Media]]:
    """Give a lasting input and output in the native module's form: a kind, and an object of it.

    File objects are served until the block is left. What one of them raises is raised from the block, itself.
    """
    files: list[_File] = []
    source, target = _source(input, files), _target(output, files)
    if not files:
        yield source, target
        return
    desk, ends = _native.desk([(file.seekable, file.readable) for file in files])
    numbered = iter(ends)
    source, target = ((kind, next(numbered) if kind == "file" else value) for kind, value in (source, target))
    clerk = _Clerk(desk, files)
    clerk.start()
    failed: TranscodeError | None = None
    try:
        yield source, target
    except TranscodeError as error:
        # Perhaps what follows from what a file object raised.
        failed = error
    finally:
        clerk.leave()
    if clerk.raised is not None:
        raise clerk.raised
    if failed is not None:
        raise failed


def _source(value: Any, files: list[_File]) -> _Media:
    if isinstance(value, str):
        return "path", value
    if isinstance(value, Url):
        return "url", value.address
    if isinstance(value, bytes):
        return "bytes", value
    files.append(_File.source(value))
    return "file", None


def _target(value: Any, files: list[_File]) -> _Media:
    if value is None:
        return "memory", None
    if isinstance(value, str):
        return "path", value
    files.append(_File.target(value))
    return "file", None


class _Clerk:
    """The thread that calls the file objects of a job."""

    def __init__(self, desk: _native.Desk, files: list[_File]) -> None:
        self._desk = desk
        self._files = files
        self._calling = False
        self.raised: BaseException | None = None

    def start(self) -> None:
        """Begin, with the context variables of the caller."""
        import threading
        from contextvars import copy_context

        # A daemon: a file object that never answers must not keep the interpreter from its end.
        work = copy_context().run
        self._thread = threading.Thread(target=work, args=(self._serve,), name="transcode-files", daemon=True)
        self._thread.start()

    def leave(self) -> None:
        """Wait for the thread, unless a file object keeps it waiting: that thread ends when the object answers."""
        self._desk.close()
        while self._thread.is_alive() and not self._calling:
            self._thread.join(0.01)

    def _serve(self) -> None:
        while (request := self._desk.next()) is not None:
            number, method, arguments = request
            self._calling = True
            try:
                answer = getattr(self._files[number], method)(*arguments)
            except BaseException as error:  # noqa: BLE001 - it is the caller's, and comes out there
                self._calling = False
                if error.__context__ is None:
                    # What the job makes of it is not how it came about.
                    error.__suppress_context__ = True
                self.raised = self.raised or error
                self._desk.fail()
            else:
                self._calling = False
                if isinstance(answer, int):
                    self._desk.tell(answer)
                else:
                    self._desk.give(answer)


class _File:
    """What the engine asks of a file object, in terms of what file objects can do; their answers are checked."""

    def __init__(self, object: Any, base: int, seekable: bool, readable: bool) -> None:
        self._object = object
        # Where the media begins: 0 for a source, the position it was handed over at for a target.
        self._base = base
        self.seekable = seekable
        self.readable = readable

    @classmethod
    def source(cls, object: Any) -> _File:
        """Take a source. One that can seek is read from its beginning, so that it can be probed and then run."""
        seekable = _can(object, "seek", "seekable")
        if seekable:
            object.seek(0)
        return cls(object, 0, seekable, readable=True)

    @classmethod
    def target(cls, object: Any) -> _File:
        """Take a target, to be written from where it stands."""
        seekable = _can(object, "seek", "seekable") and hasattr(object, "tell")
        readable = seekable and _can(object, "read", "readable")
        return cls(object, _position(object.tell(), "tell()") if seekable else 0, seekable, readable)

    def read(self, size: int) -> Any:
        """Read at most `size` bytes; none is the end."""
        data = self._object.read(size)
        if isinstance(data, str):
            raise _broken("read()", "bytes", "a str", 'open the file in binary mode, "rb"')
        if data is None:
            raise _broken("read()", "bytes", "None", 'open the file in blocking mode; b"" says that it has ended')
        try:
            count = memoryview(data).nbytes
        except TypeError as error:
            raise _broken("read()", "bytes", _describe(data), "return bytes") from error
        if count > size:
            raise _broken("read()", f"at most the {size} bytes asked for", f"{count} bytes", "return fewer")
        return data

    def read_at(self, position: int, size: int) -> Any:
        """Read at a position of what was written, and come back."""
        back = self._object.tell()
        self._object.seek(self._base + position)
        data = self.read(size)
        self._object.seek(back)
        return data

    def write(self, data: bytes) -> int:
        """Write all of `data`: raw files may take less than they are given, and are offered the rest."""
        rest = memoryview(data)
        while rest:
            taken = self._object.write(bytes(rest))
            if taken is None:
                import io

                # In Python's own raw files None says "would block"; elsewhere nobody returned anything.
                if isinstance(self._object, io.RawIOBase):
                    raise _broken("write()", "a count of bytes", "None", "open the file in blocking mode")
                break
            if not isinstance(taken, int) or not 1 <= taken <= len(rest):
                expected = f"a count of 1 to {len(rest)} bytes"
                raise _broken("write()", expected, _describe(taken), "return how many bytes were taken")
            rest = rest[taken:]
        return len(data)

    def seek(self, offset: int, whence: int) -> int:
        """Go to a place, and tell it."""
        answer = self._object.seek(self._base + offset) if whence == 0 else self._object.seek(offset, whence)
        # Objects of users' own often forget to return the position.
        place = _position(self._object.tell(), "tell()") if answer is None else _position(answer, "seek()")
        return max(place - self._base, 0)

    def flush(self) -> int:
        """Flush, where it can."""
        if hasattr(self._object, "flush"):
            self._object.flush()
        return 0


def _can(object: Any, method: str, ask: str) -> bool:
    """Tell whether `object` has a method, and says that it works where it can say so."""
    return hasattr(object, method) and (not hasattr(object, ask) or bool(getattr(object, ask)()))


def _position(answer: Any, method: str) -> int:
    if isinstance(answer, int) and answer >= 0:
        return answer
    raise _broken(method, "the position as an int", _describe(answer), "return it")


def _describe(answer: Any) -> str:
    return str(answer) if isinstance(answer, int) else f"a {type(answer).__name__}"


def _broken(method: str, expected: str, got: str, fix: str) -> MediaIOError:
    return MediaIOError(f"{method} of the file object; expected {expected}; got {got}; {fix}")
