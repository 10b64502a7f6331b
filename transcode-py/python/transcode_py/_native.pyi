"""The native module: values in, values out. Everything public is in the Python modules beside it."""

import sys
from asyncio import Future
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Literal, final

import numpy

from .tasks import Loop

__all__ = [
    "Desk",
    "Feed",
    "FileEnd",
    "Frame",
    "Memory",
    "Reader",
    "Slot",
    "Sound",
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
    "open_audio",
    "open_video",
    "plan",
    "probe",
    "read_audio",
    "read_image",
    "run",
    "simd",
    "table",
    "version",
    "write_audio",
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

    def check_process(self) -> None:
        """Raise in another process than the one that made it."""

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
class Feed:
    """An array of sound that a task writes."""

    def write(self) -> bool:
        """Write a piece where there is room; false when all is written, or the task has ended."""

@final
class FileEnd:
    """The job's end of a file object."""

@final
class Frame:
    """A picture of a `VideoReader`: its numbers, without a copy, and what is known of it.

    It has the buffer protocol (`numpy.asarray(frame)`) and DLPack (`torch.from_dlpack(frame)`), and keeps its memory alive
    alone: it outlives its reader. Numbers of packed formats are this frame's own, and may be written to; planes may be what
    the decoder itself still reads, and are read-only then.
    """

    @property
    def index(self) -> int:
        """How many pictures of the video are shown before it."""

    @property
    def pts(self) -> int:
        """When it is shown, in ticks of its stream as the file counts them."""

    @property
    def time(self) -> float:
        """When it is shown, in seconds from the beginning of the file."""

    @property
    def duration(self) -> float:
        """How long it is shown, in seconds; 0 where that is not known."""

    @property
    def key(self) -> bool:
        """Whether decoding could begin with it."""

    @property
    def width(self) -> int:
        """Width in pixels."""

    @property
    def height(self) -> int:
        """Height in pixels."""

    @property
    def format(self) -> str:
        """FFmpeg's name of its pixel format, before floats or channels first were made of it."""

    @property
    def shape(self) -> tuple[int, int, int]:
        """(H, W, C), or (C, H, W) with `layout="CHW"`. Raises AttributeError for a picture with planes."""

    @property
    def planes(self) -> tuple[numpy.ndarray[Any, Any], ...]:
        """Its planes: (H, W), or (H, W, C) where a plane holds several samples of a place."""

    @property
    def color_range(self) -> str | None:
        """FFmpeg's name, as in `probe()`, where it is known."""

    @property
    def color_primaries(self) -> str | None:
        """FFmpeg's name, where it is known."""

    @property
    def color_transfer(self) -> str | None:
        """FFmpeg's name, where it is known."""

    @property
    def color_space(self) -> str | None:
        """FFmpeg's name of its matrix, where it is known."""

    @property
    def chroma_location(self) -> str | None:
        """FFmpeg's name, where it is known."""

    def to_numpy(self) -> numpy.ndarray[Any, Any]:
        """Give its numbers as an array of the same memory. Raises BufferError for a picture with planes."""

    def _repr_png_(self) -> bytes | None:
        """Give a PNG for notebooks; `None` for a picture with planes."""

    def __array__(self, *arguments: Any, **options: Any) -> numpy.ndarray[Any, Any]:
        """Give its numbers to NumPy. Raises BufferError for a picture with planes."""

    def __dlpack__(self, **options: Any) -> Any:
        """Give its numbers to another library, of the same memory."""

    def __dlpack_device__(self) -> tuple[int, int]:
        """Tell that it is in the CPU's memory."""

    if sys.version_info >= (3, 12):
        def __buffer__(self, flags: int, /) -> memoryview:
            """Give its memory. Raises BufferError for a picture with planes."""

@final
class Reader:
    """The pictures of one stream, decoded on a thread of its own."""

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the pictures."""

    @property
    def frame_rate(self) -> float | None:
        """Pictures a second, as the container says."""

    @property
    def duration(self) -> float | None:
        """Seconds, as far as the container tells."""

    @property
    def array(self) -> tuple[tuple[int, int, int], str] | None:
        """The shape of one picture and NumPy's name of its numbers; `None` where it has planes."""

    @property
    def closed(self) -> bool:
        """Whether it is closed."""

    def picture(self, number: int, goes_on: bool) -> Frame | None:
        """Give a picture, or `None` past the last; `goes_on`: the next one is likely to be asked for."""

    def fill(self, numbers: list[int], out: object, span: tuple[int, int, int] | None) -> None:
        """Write pictures into an array of as many."""

    def count(self) -> int:
        """Tell how many pictures there are."""

    def times(self) -> list[float]:
        """Tell when each picture is shown, in seconds."""

    def keyframes(self) -> list[int]:
        """Give the numbers of the pictures that decoding can begin with."""

    def number_at(self, seconds: float) -> int:
        """Give the number of the picture that is shown at a time."""

    def stored_index(self) -> bytes:
        """Give the index as bytes."""

    def warnings(self) -> list[str]:
        """Give what was found damaged or odd since the last call."""

    def close(self) -> None:
        """Stop what is under way, and wait until the thread is gone."""

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

@final
class Sound:
    """Sound that is read piece by piece."""

    @property
    def sample_rate(self) -> int:
        """Samples a second."""

    @property
    def channels(self) -> int:
        """Number of channels."""

    @property
    def duration(self) -> float | None:
        """Seconds, as far as the container tells."""

    @property
    def stopped(self) -> bool:
        """Whether it was stopped, and gives nothing more."""

    @property
    def position(self) -> int:
        """Samples a channel that were given or passed over."""

    def pass_over(self, frames: int) -> None:
        """Do not give the next samples."""

    def take(self, frames: int) -> Memory | None:
        """Give the next samples, where so many are there or the end was reached."""

    def fill(self, frames: int) -> Task:
        """Read until so many samples are there."""

    def close(self) -> None:
        """Let go of the input, once nobody reads."""

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

def open_video(
    input: tuple[str, Any],
    values: Mapping[str, object],
    format: str | None,
    planar: bool,
    normal: tuple[list[float], list[float]] | None,
    video: int | None,
    ahead: int | None,
    index: bytes | None,
) -> Reader:
    """Open an input to read its pictures."""

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

def write_audio(
    samples: object, sample_rate: int, output: tuple[str, Any], values: Mapping[str, Any]
) -> tuple[Feed, Task]:
    """Give what writes an array, and the task to begin first. The result: the stats, and the data of memory."""

def read_audio(
    input: tuple[str, Any],
    stream: int | None,
    kind: str,
    fills_gaps: bool,
    values: Mapping[str, object],
    out: object | None = None,
) -> Task:
    """Read all sound of a part. The result: its memory, or the part of `out` that was filled."""

def open_audio(
    input: tuple[str, Any], stream: int | None, kind: str, fills_gaps: bool, values: Mapping[str, object]
) -> Task:
    """Open sound. The result: a `Sound`."""

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
