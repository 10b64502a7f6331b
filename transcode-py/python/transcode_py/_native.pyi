"""The native module: values in, values out. Everything public is in the Python modules beside it."""

from asyncio import Future
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Literal, final

from .tasks import Loop

__all__ = [
    "Desk",
    "FileEnd",
    "Memory",
    "Slot",
    "Task",
    "Writer",
    "build_info",
    "canonical",
    "capabilities",
    "check",
    "compare",
    "desk",
    "end_all",
    "fill",
    "plan",
    "probe",
    "read_image",
    "run",
    "simd",
    "table",
    "version",
    "write_image",
]

@final
class Task:
    """Some work on a thread of its own, begun and left as a context manager. Dropped, it is cancelled."""

    @property
    def done(self) -> bool:
        """Whether the work has ended and its thread is gone."""

    def __enter__(self) -> Task:
        """Begin the work."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> Literal[False]:
        """Stop work that is not done, and wait for it."""

    def cancel(self) -> None:
        """Ask the work to stop, from any thread."""

    def stop(self) -> None:
        """Ask the work to stop, and wait for its end."""

    def events(self) -> list[tuple[str, Any]]:
        """Give what the work has told since the last call: kinds and their data."""

    def wait(self) -> None:
        """Wait until there may be something to see; raises what a signal's handler raises."""

    def woken(self, event_loop: Loop) -> Future[None]:
        """Give a future that is done when there may be something to see."""

    def result(self) -> Any:
        """Wait for the end, and give the outcome, once."""

@final
class Slot:
    """Where tasks that must not run side by side take turns."""

    def __new__(cls) -> Slot:
        """Make a free one."""

    @property
    def busy(self) -> bool:
        """Whether a task of this process is at work."""

    def cancel(self) -> None:
        """Ask the task at work to stop."""

    def join(self) -> None:
        """Wait for the end of the task at work."""

@final
class Writer:
    """What arrays are written to, one call at a time."""

    def __new__(cls, frame_format: str | None, layout: str, sound: tuple[int, int] | None) -> Writer:
        """Take what is said of the arrays, and the rate and channels of the sound."""

    def check(self, output: tuple[str, Any], values: Mapping[str, Any]) -> None:
        """Find what is wrong before the first picture."""

    def begin(self, output: tuple[str, Any], values: Mapping[str, Any], frame: object, timed: bool) -> Task:
        """Make the job for pictures like this one. The result: the stats, and the data where the output is memory."""

    def write(self, frame: object, pts: float | None = None) -> bool:
        """Copy a picture into the queue, waiting for room; false where the job has ended."""

    def write_audio(self, samples: object) -> bool:
        """The same for sound; before the first picture it is kept."""

    def end(self) -> None:
        """Say that no more comes."""

@final
class FileEnd:
    """The job's end of a file object."""

@final
class Memory:
    """Memory with shape and strides, by the buffer protocol: writable, and alive for as long as any view of it."""

@final
class Desk:
    """Where a job's requests to its file objects arrive."""

    def next(self) -> tuple[int, str, tuple[Any, ...]] | None:
        """Wait for a request: the file's number, the method, its arguments; `None` when the desk was closed."""

    def give(self, data: bytes | bytearray | memoryview) -> None:
        """Answer the last request, with data."""

    def tell(self, number: int) -> None:
        """Answer the last request, with a number."""

    def fail(self) -> None:
        """Answer the last request: the file object raised."""

    def close(self) -> None:
        """Take no more requests: the job has ended."""

def desk(files: int) -> tuple[Desk, list[FileEnd]]:
    """Make a desk, and an end for each of some file objects."""

def table() -> list[dict[str, Any]]:
    """Give the table of options: name, group, kind, default (as JSON), value, help."""

def canonical(name: str, value: object) -> Any:
    """Check one option and give its canonical form."""

def check(values: Mapping[str, object]) -> None:
    """Check the options of a job together."""

def run(
    input: tuple[str, Any],
    output: tuple[str, Any],
    values: Mapping[str, object],
    slot: Slot | None = None,
    at_once: int = 1,
    executor: str = "auto",
) -> Task:
    """Do a job. The result: the stats, and the data where the output is memory."""

def plan(
    input: tuple[str, Any], output: tuple[str, Any], values: Mapping[str, object], slot: Slot | None = None
) -> Task:
    """Plan a job. The result: the plan."""

def compare(
    a: tuple[str, Any],
    b: tuple[str, Any],
    metrics: list[str],
    streams: tuple[int | None, int | None],
    values: Mapping[str, object],
) -> Task:
    """Measure `a` against `b`. The result: what was found."""

def read_image(
    input: tuple[str, Any], format: str | None, mode: str | None, deep: bool | None, upright: bool, max_pixels: int
) -> Task:
    """Read an image. The result: its `Memory`."""

def write_image(
    image: object,
    path: str | None,
    format: str | None,
    quality: int | None,
    lossless: bool | None,
    overwrite: bool,
) -> Task:
    """Encode an array. The result: the bytes of an image file, or nothing where it was written to a path."""

def fill(image: object, out: object) -> None:
    """Copy the pixels of one array into another of their size."""

def probe(input: tuple[str, Any]) -> Task:
    """Look into an input. The result: what it holds."""

def build_info() -> dict[str, Any]:
    """Tell what was built with what."""

def capabilities() -> Task:
    """Try what works here. The result: what does."""

def simd() -> dict[str, Any]:
    """Tell the instruction sets of this CPU, and the level in force."""

def version() -> str:
    """Give the version of the package."""

def end_all() -> None:
    """End all work for the end of the interpreter."""
