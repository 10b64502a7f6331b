"""`VideoReader`: the pictures of a video as arrays, in any order."""

from __future__ import annotations

import os
from math import inf, isfinite
from operator import index as number_of
from sys import is_finalizing, maxsize

from . import _native
from .arguments import is_whole, movable, name_of, seconds
from .arrays import empty
from .errors import InputNotFoundError, InvalidOptionError
from .files import Opened
from .media import source
from .options import TranscodeOptions, values_of
from .watch import log

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from os import PathLike
    from types import TracebackType
    from typing import Any, Literal, Self

    from ._native import Frame
    from .typed import Input, Seconds

    _Normal = float | Sequence[float]

__all__ = ["VideoReader"]


class VideoReader:
    """The pictures of one stream of a video, by number and by time, exactly as sequential decoding gives them.

    Pictures are shown upright, at their own rate: picture `i` is the `i`-th that the video shows, whatever its codec, its
    groups of pictures, its edit list or its rate. Of a damaged video they are numbered as its packets foretell, until decoding finds
    otherwise: then they are counted anew, with a warning. Reading them in their order needs no more than that; `len()`, other orders
    and times need an index of the file's packets, which is made when first needed, without decoding where the packets tell
    enough.

    Decoding happens on a thread of the reader's own. While pictures are taken in their order it stays a few of them ahead;
    `batches()` has several decoders at work where there are cores for them. All are at most `prefetch` pictures and 96 MiB ahead.
    A reader may be used from several threads, one waiting for the other; it is closed
    by `close()`, by leaving its block, or with its last reference. In a forked process it raises; pickled, it is opened again
    where it lands.

    Example:
        ```python
        with transcode_py.VideoReader("in.mp4", width=224, height=224) as video:
            first = video[0].to_numpy()           # (224, 224, 3) uint8, no copy
            every_tenth = video[::10]             # (N, 224, 224, 3)
            for batch in video.batches(32):       # (32, 224, 224, 3), the last one shorter
                ...
        ```
    """

    def __init__(
        self,
        input: Input,
        *,
        format: str | None = "rgb24",
        width: int | None = None,
        height: int | None = None,
        fit: Literal["contain", "cover", "stretch", "pad"] = "stretch",
        crop: Any = None,
        rotate: Literal[0, 90, 180, 270] = 0,
        hdr: Literal["keep", "sdr"] = "keep",
        layout: Literal["HWC", "CHW"] = "HWC",
        mean: _Normal | None = None,
        std: _Normal | None = None,
        video: int | None = None,
        index: str | PathLike[str] | bytes | None = None,
        prefetch: int | None = None,
        threads: int | None = None,
        simd: Literal["auto", "scalar", "avx2", "avx512", "neon"] = "auto",
        strict: bool = False,
        max_pixels: int = 67_108_864,
    ) -> None:
        """Open a video.

        Args:
            input: A path, bytes, a binary file object that can seek, or a `Url`.
            format: What pictures become: `"rgb24"`, `"bgr24"`, `"rgba"`, `"gray"` (uint8), `"rgb48"` (uint16), `"rgbf32"`
                (float32, 0 to 1), or planes: `"yuv420p"`, `"nv12"`, or `None` for the video's own format.
            width: Width in pixels; with `height` alone, the shape is kept.
            height: Height in pixels; with `width` alone, the shape is kept.
            fit: What happens where both are given: `"stretch"` gives exactly them, `"contain"` the largest of the same shape,
                `"cover"` and `"pad"` exactly them with the shape kept.
            crop: The part that is taken before scaling, as `crop=` of `transcode()`.
            rotate: Degrees clockwise, beside what the video itself says.
            hdr: `"sdr"` tone maps HDR.
            layout: `"HWC"`, or `"CHW"` for channels first.
            mean: Subtracted from each channel of `"rgbf32"`: a number or three.
            std: What each channel is then divided by.
            video: The index of the stream, as `probe()` tells; by default the first of pictures.
            index: What `save_index()` wrote: a path, or its bytes.
            prefetch: Most pictures that are decoded ahead; by default as many as keep the cores busy, within 96 MiB.
            threads: Threads of the decoder; by default what the machine has.
            simd: Instructions that the conversions use; the result is the same with all of them.
            strict: Fail at the first damage, instead of telling it in `warnings`.
            max_pixels: Refuse a video whose pictures have more pixels, before memory is taken for them.

        Raises:
            InputNotFoundError: There is no such file.
            InvalidMediaError: It is no video.
            InvalidOptionError: An argument is wrong.
            TranscodeError: Another of its kinds.
        """
        self._input = source(input)
        given = {
            "resolution": None if width is None and height is None else (width, height),
            "fit": fit,
            "crop": crop,
            "rotate": rotate,
            "hdr": hdr,
            "threads": threads,
            "simd": simd,
            "strict": strict,
            "max_pixels": max_pixels,
        }
        options = TranscodeOptions(**{name: value for name, value in given.items() if value is not None})
        if width is None or height is None:
            # Of one side alone the other follows from the shape.
            options = options.replace(fit="contain")
        self._form = (
            name_of("format", format),
            _one_of("layout", layout, ("HWC", "CHW")) == "CHW",
            _normal(mean, std),
            None if video is None else _count("video", video),
            None if prefetch is None else _count("prefetch", prefetch),
        )
        self._values = values_of(options)
        self._warnings: list[str] = []
        self._open(_bytes_of(index))

    def _open(self, index: bytes | None) -> None:
        self._media = Opened(self._input)
        self._reader = self._media.keep(lambda media: _native.open_video(media, self._values, *self._form, index))

    # --- what it is

    @property
    def width(self) -> int:
        """Width of the pictures it gives."""
        return self._reader.size[0]

    @property
    def height(self) -> int:
        """Height of the pictures it gives."""
        return self._reader.size[1]

    @property
    def frame_rate(self) -> float | None:
        """Pictures a second, as the container says; times are the truth."""
        return self._reader.frame_rate

    @property
    def duration(self) -> float | None:
        """Seconds, as far as the container tells."""
        return self._reader.duration

    @property
    def times(self) -> tuple[float, ...]:
        """When each picture is shown, in seconds from the beginning of the file."""
        return tuple(self._media.ask(self._reader.times))

    @property
    def keyframes(self) -> list[int]:
        """The numbers of the pictures that decoding can begin with: `video[video.keyframes]` is quick."""
        return self._media.ask(self._reader.keyframes)

    @property
    def index(self) -> bytes:
        """The index of the file's packets, for `VideoReader(..., index=)`."""
        return self._media.ask(self._reader.stored_index)

    @property
    def closed(self) -> bool:
        """Whether it was closed."""
        return self._reader.closed

    @property
    def warnings(self) -> tuple[str, ...]:
        """What was found damaged or odd so far.

        It is also logged to the logger `transcode_py`: behind the last picture, with each array, when this is asked, and
        what is left when the reader is closed.
        """
        self._note()
        return tuple(self._warnings)

    def __bool__(self) -> bool:
        """Tell that it is there, without counting its pictures."""
        return True

    def __len__(self) -> int:
        return self._media.ask(self._reader.count)

    def __repr__(self) -> str:
        """Tell what it reads."""
        name = self._input if isinstance(self._input, str) else type(self._input).__name__
        state = ", closed" if self._reader.closed else ""
        return f"VideoReader({name!r}, width={self.width}, height={self.height}{state})"

    # --- pictures

    def __iter__(self) -> Iterator[Frame]:
        """Give all pictures in their order; each iterator begins with the first."""
        number = 0
        while (frame := self._media.ask(self._reader.picture, number, True)) is not None:
            yield frame
            number += 1
        self._note()

    def __getitem__(self, key: Any) -> Any:
        """Give picture `video[i]` as a `Frame`, or `video[a:b:c]` and `video[[...]]` as one array.

        Raises:
            IndexError: There is no such picture.
        """
        if isinstance(key, slice):
            return self._part(key)
        if hasattr(key, "__index__") and not getattr(key, "shape", ()):
            number = self._number(key)
            frame = self._media.ask(self._reader.picture, number, False)
            if frame is None:
                raise IndexError(_missing(number, len(self)))
            return frame
        if isinstance(key, (str, bytes)) or not hasattr(key, "__iter__"):
            message = f"video[...]; expected a number, a slice or a list of numbers; got {key!r}; use at() for times"
            raise InvalidOptionError(message)
        numbers = [self._number(one) for one in key]
        if numbers and max(numbers) >= len(self):
            raise IndexError(_missing(max(numbers), len(self)))
        return self._batch(numbers)

    def at(self, time: Seconds) -> Frame:
        """Give the picture that is shown at a time, counted from the beginning of the file.

        Args:
            time: Seconds, a `timedelta`, a `Fraction` or text such as `"00:01:02.5"`. Before the first picture, the first is
                given.

        Raises:
            InvalidOptionError: The video ends before.
        """
        frame: Frame = self[self._media.ask(self._reader.number_at, seconds("time", time))]
        return frame

    def batches(
        self, size: int, *, start: int = 0, stop: int | None = None, step: int = 1, out: Any = None
    ) -> Iterator[Any]:
        """Give the pictures in arrays of `size` each, the last one with what is left.

        Args:
            size: Pictures an array.
            start: The first picture.
            stop: The picture to stop before; by default all.
            step: Only every so manieth picture.
            out: A writable array of shape `(size, H, W, C)` that is filled again and again: what is given is it, or its
                beginning. NumPy's, or a tensor on the CPU.

        Yields:
            NumPy arrays of shape `(N, H, W, C)`, or `(N, C, H, W)` with `layout="CHW"`; or parts of `out`.
        """
        size = _count("size", size, 1)
        chosen, first = slice(start, stop, step), 0
        while first < len(range(*chosen.indices(len(self)))):
            batch = self._part(chosen, first, size, out)
            # None is left where there turn out to be fewer pictures than the packets foretold.
            if len(batch):
                yield batch
            first += size

    def _part(self, chosen: slice, first: int = 0, size: int | None = None, out: Any = None) -> Any:
        """Give what a slice chooses, or a part of that. Where decoding finds another count, it is chosen anew."""
        while True:
            count = len(self)
            left = range(*chosen.indices(count))[first:]
            numbers = list(left[:size])
            # Who begins with some of them will ask for the others.
            goes_on = first == 0 and len(left) > len(numbers) and left.step > 0
            span = (left.start, left.stop, left.step) if goes_on else None
            try:
                return self._batch(numbers, None if out is None else _front(out, len(numbers)), span)
            except InvalidOptionError:
                if len(self) == count:
                    raise

    def _batch(self, numbers: list[int], out: Any = None, span: tuple[int, int, int] | None = None) -> Any:
        if out is None:
            array = self._reader.array
            if array is None:
                message = "batches; expected a packed format; got one with planes; pass format='rgb24', or take pictures one by one"
                raise InvalidOptionError(message)
            shape, dtype = array
            out = empty((len(numbers), *shape), dtype)
        if numbers:
            self._media.ask(self._reader.fill, numbers, out, span)
            self._note()
        return out

    def _number(self, key: Any) -> int:
        if not is_whole(key, -inf, inf):
            message = f"video[...]; expected whole numbers; got {key!r}; use numpy.flatnonzero() of a mask, and at() for times"
            raise InvalidOptionError(message)
        number = given = number_of(key)
        if number < 0:
            number += len(self)
        # More than the native side counts to is more than any video has.
        if not 0 <= number <= maxsize:
            raise IndexError(_missing(given, len(self)))
        return number

    # --- its index, its end, its copies

    def save_index(self, path: str | PathLike[str]) -> None:
        """Write the index to a file, for `VideoReader(..., index=path)`: opening then reads no more than it must.

        Args:
            path: Where to.
        """
        path = os.fsdecode(path)
        if isinstance(self._input, str) and os.path.exists(path) and os.path.samefile(path, self._input):
            message = f"path; expected another file than the video; got {path}; choose a name such as {path}.index"
            raise InvalidOptionError(message)
        # Whole or not at all, as everything that is written.
        part = f"{path}.{os.getpid()}.part"
        try:
            with open(part, "wb") as file:
                file.write(self.index)
            os.replace(part, path)
        except BaseException:
            if os.path.exists(part):
                os.remove(part)
            raise

    def close(self) -> None:
        """Stop decoding, and close the file. Frames and arrays that were given stay."""
        reader = getattr(self, "_reader", None)
        if reader is not None:
            is_first = not reader.closed
            reader.close()
            if is_first and reader.closed and not is_finalizing():
                self._note()
            self._media.close()

    def __enter__(self) -> Self:
        """Give the reader itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Close it."""
        self.close()

    def __del__(self) -> None:
        self.close()

    def __getstate__(self) -> dict[str, Any]:
        """Give what opens it again, its index included."""
        input = movable("VideoReader", self._input)
        index = None if self.closed else self.index
        return {"input": input, "form": self._form, "values": self._values, "index": index}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Open it again."""
        self._input, self._form, self._values = state["input"], state["form"], state["values"]
        self._warnings = []
        self._open(state["index"])

    def _note(self) -> None:
        """Tell what has been found odd since the last time."""
        found = self._reader.warnings()
        self._warnings.extend(found)
        for warning in found:
            log(warning)


def _missing(number: int, count: int) -> str:
    return f"there is no picture {number}; expected one of {count}; got {number}; len() tells how many there are"


def _front(out: Any, count: int) -> Any:
    try:
        return out[:count]
    except (TypeError, IndexError, NotImplementedError) as error:
        message = f"out; expected an array of pictures; got a {type(out).__name__}; pass a NumPy array or a tensor"
        raise InvalidOptionError(message) from error


def _one_of(name: str, value: Any, known: Sequence[str]) -> Any:
    if value in known:
        return value
    message = f"{name}; expected one of {', '.join(known)}; got {value!r}; choose one of these"
    raise InvalidOptionError(message)


def _count(name: str, value: Any, least: int = 0) -> int:
    if is_whole(value, least):
        return int(value)
    message = f"{name}; expected a whole number from {least} on; got {value!r}; pass such as {name}=8"
    raise InvalidOptionError(message)


def _bytes_of(index: Any) -> bytes | None:
    if index is None or isinstance(index, bytes):
        return index
    if isinstance(index, (bytearray, memoryview)):
        return bytes(index)
    if not isinstance(index, (str, os.PathLike)):
        message = f"index; expected a path or bytes; got {index!r}; pass what save_index() wrote"
        raise InvalidOptionError(message)
    try:
        with open(index, "rb") as file:
            return file.read()
    except FileNotFoundError as error:
        message = f"there is no index {index}; expected what save_index() wrote; got no such file; leave index out"
        raise InputNotFoundError(message, None, None, str(index)) from error


_CHANNELS = 3


def _normal(mean: Any, std: Any) -> tuple[list[float], list[float]] | None:
    if mean is None and std is None:
        return None
    return _numbers("mean", 0.0 if mean is None else mean), _numbers("std", 1.0 if std is None else std)


def _numbers(name: str, value: Any) -> list[float]:
    try:
        numbers = [float(one) for one in value] if hasattr(value, "__iter__") else [float(value)] * _CHANNELS
    except (TypeError, ValueError):
        numbers = []
    if len(numbers) == _CHANNELS and all(map(isfinite, numbers)) and (name == "mean" or all(numbers)):
        return numbers
    kind = "finite numbers" if name == "mean" else "finite numbers other than 0"
    message = f"{name}; expected one or three {kind}; got {value!r}; pass such as ({name}) = (0.5, 0.5, 0.5)"
    raise InvalidOptionError(message)
