"""Python file objects as media: one thread a job calls their methods, as the job's own threads ask it to.

So a job can be stopped, and an event loop goes on, while a file object keeps the job waiting.
"""

from __future__ import annotations

from _thread import allocate_lock, get_ident, start_new_thread
from os import getpid
from sys import is_finalizing

from . import _native
from .errors import MediaIOError, TranscodeError
from .media import Url

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from contextvars import Context
    from types import TracebackType
    from typing import Any, TypeVar

    _T = TypeVar("_T")

    _Media = tuple[str, Any]

__all__ = ["Opened"]


class Opened:
    """A lasting input and output, or two inputs, in the native module's form, a kind and an object of it, for one task.

    File objects are served until the block is left. What one of them raises is raised from the block, itself.
    """

    def __init__(self, input: Any, output: Any = None, *, sources: int = 1) -> None:
        """Tell paths, addresses, data and file objects apart. Of two `sources`, the second stands for the output."""
        self._sources = sources
        self._media = _kind(input), ("memory", None) if output is None else _kind(output)
        self._clerk: _Clerk | None = None

    @property
    def target(self) -> _Media:
        """The output's kind, and its path where it is one."""
        return self._media[1]

    def __enter__(self) -> tuple[_Media, _Media]:
        files = [
            _File(value, is_source=place < self._sources)
            for place, (kind, value) in enumerate(self._media)
            if kind == "file"
        ]
        if not files:
            return self._media
        desk, ends = _native.desk(len(files))
        numbered = iter(ends)
        source, target = ((kind, next(numbered) if kind == "file" else value) for kind, value in self._media)
        self._clerk = _Clerk(desk, files)
        return source, target

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        clerk, self._clerk = self._clerk, None
        if clerk is None:
            return
        raised = clerk.leave()
        try:
            # An error of the job follows from what a file object raised; anything else came from elsewhere.
            if raised is not None and (error is None or isinstance(error, TranscodeError)):
                raise raised
        finally:
            del raised  # its traceback has this frame

    def keep(self, make: Callable[[_Media], _T]) -> _T:
        """Make something that reads the input for longer than a block: until `close()`, or not at all if it is not made."""
        source, _ = self.__enter__()
        try:
            return make(source)
        except BaseException as error:
            self.__exit__(type(error), error, error.__traceback__)
            raise

    def ask(self, method: Callable[..., _T], *arguments: Any) -> _T:
        """Call a method of what was made. What a file object has raised meanwhile is raised in the place of its error."""
        try:
            return method(*arguments)
        except TranscodeError:
            raised = None if self._clerk is None else self._clerk.raised()
            try:
                if raised is not None:
                    raise raised
            finally:
                del raised  # its traceback has this frame
            raise

    def close(self) -> None:
        """Serve file objects no more."""
        self.__exit__(None, None, None)


def _kind(value: Any) -> _Media:
    if isinstance(value, str):
        return "path", value
    if isinstance(value, Url):
        return "url", value.address
    return ("bytes", value) if isinstance(value, bytes) else ("file", value)


class _Clerk:
    """The thread that calls the file objects of a job, with the context variables of the caller."""

    def __init__(self, desk: _native.Desk, files: list[_File]) -> None:
        from contextvars import copy_context

        self._desk = desk
        self._files = files
        self._calling = False
        self._raised: BaseException | None = None
        self._at_work = allocate_lock()
        self._process = getpid()
        self._thread: int | None = None
        # Nothing waits for it at the interpreter's end: a file object may never answer.
        start_new_thread(self._serve, (copy_context(),))

    def leave(self) -> BaseException | None:
        """Wait for the thread, unless a file object keeps it waiting: it ends when that answers. Tell what was raised."""
        if self._process != getpid():
            # A forked child has no such thread.
            return None
        self._desk.close()
        # The garbage collector may run on any thread, this one included; and an interpreter that ends has none but its own.
        while not self._calling and self._thread != get_ident() and not is_finalizing():
            if self._at_work.acquire(timeout=0.01):
                break
        return self.raised()

    def raised(self) -> BaseException | None:
        """Tell what a file object has raised, once."""
        raised, self._raised = self._raised, None
        return raised

    def _serve(self, context: Context) -> None:
        self._thread = get_ident()
        with self._at_work:
            while (request := self._desk.next()) is not None:
                context.run(self._answer, *request)

    def _answer(self, number: int, method: str, arguments: tuple[Any, ...]) -> None:
        if self._raised is not None:
            # The job is ending: nothing more is asked of the caller's objects.
            self._desk.fail()
            return
        self._calling = True
        try:
            answer = getattr(self._files[number], method)(*arguments)
        except BaseException as error:  # noqa: BLE001 - it is the caller's, and comes out there
            if error.__context__ is None:
                # What the job makes of it is not how it came about.
                error.__suppress_context__ = True
            self._raised = error
            self._calling = False
            self._desk.fail()
        else:
            self._calling = False
            if isinstance(answer, int):
                self._desk.tell(answer)
            else:
                self._desk.give(answer)


class _File:
    """What the engine asks of a file object, in terms of what file objects can do; their answers are checked."""

    def __init__(self, object: Any, *, is_source: bool) -> None:
        self._object = object
        self._is_source = is_source
        # Where the media begins: 0 for a source, the position it was handed over at for a target.
        self._base = 0

    def open(self) -> int:
        """Tell what it can do: 1 for seeking, 2 for reading back what was written.

        A source that can seek is read from its beginning, so that it can be probed and then run; a target is written
        from where it stands.
        """
        seekable = _can(self._object, "seek", "seekable")
        if self._is_source:
            if seekable:
                self._object.seek(0)
            return int(seekable)
        if not seekable or not hasattr(self._object, "tell"):
            return 0
        self._base = _position(self._object.tell(), "tell()")
        return 3 if _can(self._object, "read", "readable") else 1

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
