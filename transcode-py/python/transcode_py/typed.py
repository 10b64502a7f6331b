"""The types of options and media, for the signatures here and for callers' own. Nothing imports it at run time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from fractions import Fraction
from os import PathLike
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeAlias, TypedDict, Union

from . import events
from .media import Url
from .options import TranscodeOptions
from .reports import BatchProgress, Progress

if TYPE_CHECKING:
    from numpy import float32, int16
    from numpy.typing import NDArray


class Readable(Protocol):
    """A binary file object to read from; `seek` and `seekable` are used where they are there."""

    def read(self, size: int, /) -> bytes | bytearray | memoryview:
        """Give at most `size` bytes, and none at the end."""


class Writable(Protocol):
    """A binary file object to write to; `seek`, `seekable`, `tell` and `flush` are used where they are there."""

    def write(self, data: bytes, /) -> object:
        """Take the data, and give how many bytes were taken; `None` stands for all."""


Input: TypeAlias = str | PathLike[str] | PathLike[bytes] | bytes | bytearray | memoryview | Readable | Url
"""A local path, data in memory, a binary file object, or an address."""

Output: TypeAlias = str | PathLike[str] | PathLike[bytes] | Writable | None
"""A local path, a binary file object, or `None` for bytes."""

Seconds: TypeAlias = float | str | timedelta | Fraction
"""Seconds, as a number, as `"00:01:02.5"`, or as a `timedelta`."""

Bitrate: TypeAlias = int | float | str
"""Bits per second, also as `"2M"` or `"128k"`."""

Rate: TypeAlias = float | str | Fraction
"""Frames per second: 25, 29.97, `"30000/1001"` or a `Fraction`."""

StreamChoice: TypeAlias = bool | int | str | Sequence[int]
"""All streams of a kind, none, an index of `probe()`, some indices, or those of a language such as `"eng"`."""

Size: TypeAlias = str | tuple[int | None, int | None] | list[int | None]
"""Width and height in pixels, or `"1280x720"`; `None`, or a side left open (`"1280x"`), keeps the shape."""

Crop: TypeAlias = str | Sequence[int]
"""Width, height, and where the left upper corner is; or `"640:360:0:60"`."""

Tags: TypeAlias = Mapping[str, str | int | float | None] | Literal[False]
"""Tags to set, or with `None` to remove; `False` drops all."""

Metrics: TypeAlias = Sequence[Literal["psnr", "ssim", "ms_ssim", "xpsnr"]] | Literal["psnr", "ssim", "ms_ssim", "xpsnr"]
"""How two pictures are compared: in these ways, or in this one."""

Pairs: TypeAlias = Mapping[str, str | int | float | bool]
"""Options of an encoder by FFmpeg's names."""

ProgressLike: TypeAlias = Callable[[Progress], object] | Literal["tqdm", "rich"] | bool
"""A function for reports, or a bar: `True` is our own."""

BatchProgressLike: TypeAlias = Callable[[BatchProgress], object] | Literal["tqdm", "rich"] | bool
"""The same for a batch."""

Job: TypeAlias = TranscodeOptions | Mapping[str, Any] | tuple[Input, Output]
"""A job of a batch: its options, these by name, or its input and output."""

Samples: TypeAlias = Union["NDArray[float32]", "NDArray[int16]"]
"""Sound: an array of shape (samples, channels)."""

Event: TypeAlias = events.Started | events.Planned | Progress | events.StageChanged | events.Warning | events.Finished
"""What `Transcoder.events()` tells."""


class ReadImageOptions(TypedDict, total=False):
    """The keywords of `read_image()`."""

    dtype: Any
    upright: bool
    max_pixels: int
    out: Any


class FileValues(TypedDict, total=False):
    """The options of whatever is written."""

    format: str | None
    faststart: bool | None
    metadata: Tags | None
    threads: int | str | None
    simd: Literal["auto", "scalar", "avx2", "avx512", "neon"] | None
    timeout: Seconds | None
    max_pixels: int | str | None


class RemuxValues(FileValues, total=False):
    """The options that copied streams can follow."""

    chapters: bool | None
    attachments: bool | None
    video: StreamChoice | None
    audio: StreamChoice | None
    subtitles: StreamChoice | None
    data: bool | None
    start: Seconds | None
    end: Seconds | None
    duration: Seconds | None
    trim: Literal["exact", "keyframe", "smart"] | None
    strict: bool | None


class AudioValues(TypedDict, total=False):
    """The options that `write_audio_file()` takes beside those that it names."""

    audio_bitrate: Bitrate | None
    channels: int | str | None
    audio_filter: str | None
    faststart: bool | None
    metadata: Tags | None
    threads: int | str | None
    timeout: Seconds | None


class EncodingValues(TypedDict, total=False):
    """The options that change pictures and sound, whatever they come from."""

    max_bitrate: Bitrate | None
    buffer_size: Bitrate | None
    crf: float | str | None
    preset: str | None
    tune: str | None
    profile: str | None
    level: str | float | None
    gop: int | str | None
    bframes: int | str | None
    pixel_format: str | None
    encoder_options: Pairs | None
    resolution: Size | None
    width: int | str | None
    height: int | str | None
    fit: Literal["contain", "cover", "stretch", "pad"] | None
    crop: Crop | None
    rotate: int | str | None
    video_filter: str | None
    audio_filter: str | None


class MoreValues(RemuxValues, EncodingValues, total=False):
    """The options that `transcode()` takes by name only."""

    fps: Rate | None
    deinterlace: bool | Literal["auto"] | None
    hdr: Literal["keep", "sdr"] | None
    sample_rate: int | str | None
    channels: int | str | None
    subtitle_codec: str | None


class CodecValues(TypedDict, total=False):
    """The options that `transcode()` takes by position too, but for its two ends."""

    video_codec: str | None
    audio_codec: str | None
    video_bitrate: Bitrate | None
    audio_bitrate: Bitrate | None
    overwrite: bool | None


class WriterValues(FileValues, EncodingValues, CodecValues, total=False):
    """The options that `VideoWriter` takes beside what it is told of the arrays."""


class OptionValues(MoreValues, CodecValues, total=False):
    """Every option by name, as `TranscodeOptions(**options)` takes them. `None` leaves one at its default."""

    input: Input | None
    output: Output
