"""What files hold and what works here: the results of `probe()`, `detect_simd()`, `build_info()`, `capabilities()`."""

from __future__ import annotations

from .values import Value, each, fraction

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from fractions import Fraction
    from typing import Any, ClassVar, Literal

__all__ = [
    "AudioStream",
    "BuildInfo",
    "Capabilities",
    "Chapter",
    "EncoderStatus",
    "Library",
    "MediaInfo",
    "SimdCapabilities",
    "Stream",
    "VideoStream",
]


class SimdCapabilities(Value):
    """The instruction sets of this CPU that media code makes use of."""

    sse42: bool
    """SSE4.2 (x86)."""
    avx2: bool
    """AVX2 (x86)."""
    avx512: bool
    """AVX-512 as of Ice Lake (x86)."""
    neon: bool
    """NEON (Arm)."""

    def has_simd(self) -> bool:
        """Tell whether any of them is there."""
        return any(self._key())

    def best_level(self) -> Literal["AVX-512", "AVX2", "SSE4.2", "NEON", "Scalar"]:
        """Name the best of them; `"Scalar"` for none."""
        if self.avx512:
            return "AVX-512"
        if self.avx2:
            return "AVX2"
        if self.sse42:
            return "SSE4.2"
        return "NEON" if self.neon else "Scalar"


class Stream(Value):
    """One stream of a file: what every kind of stream has. Video and audio have classes of their own."""

    _make: ClassVar = {"time_base": fraction, "frame_rate": fraction, "sample_aspect_ratio": fraction}

    index: int
    """Its index in the file; the options that choose streams take it."""
    kind: Literal["video", "audio", "subtitle", "attachment", "data"]
    """What it carries."""
    codec: str
    """Its codec, by FFmpeg's name."""
    profile: str | None
    """The codec's profile."""
    duration: float | None
    """Seconds it lasts; `None` where the file does not tell."""
    time_base: Fraction
    """The unit of its timestamps, in seconds."""
    start_time: float | None
    """Seconds at which it begins, on the file's own clock."""
    bitrate: int | None
    """Bits per second, where known."""
    language: str | None
    """Its language tag, such as `"eng"`."""
    disposition: tuple[str, ...]
    """What it is for, such as `"default"`, `"forced"` or `"attached_pic"`."""
    tags: Mapping[str, str]
    """All its tags."""


class VideoStream(Stream):
    """A video stream, or a picture such as cover art."""

    width: int
    """Pixels of a decoded line."""
    height: int
    """Lines of a decoded picture."""
    coded_width: int
    """Pixels of a coded line, padding included."""
    coded_height: int
    """Lines of a coded picture, padding included."""
    pixel_format: str | None
    """FFmpeg's name of the pixel format."""
    sample_aspect_ratio: Fraction | None
    """Width of a pixel over its height."""
    display_width: int
    """Pixels to show it at, pixel shape and rotation applied."""
    display_height: int
    """Lines to show it at, pixel shape and rotation applied."""
    rotation: float
    """Degrees that a player turns it clockwise by."""
    frame_rate: Fraction | None
    """Frames per second on average."""
    is_vfr: bool
    """Whether its average rate and the rate of its timestamps differ."""
    color_range: str | None
    """`"tv"` or `"pc"`."""
    color_primaries: str | None
    """The primaries, such as `"bt709"`."""
    color_transfer: str | None
    """The transfer function, such as `"smpte2084"`."""
    color_space: str | None
    """The matrix, such as `"bt709"`."""
    chroma_location: str | None
    """Where chroma is sampled, such as `"left"`."""
    hdr: Literal["pq", "hlg"] | None
    """The kind of HDR; `None` for SDR."""
    field_order: Literal["progressive", "tt", "bb", "tb", "bt"] | None
    """`"progressive"`, or how the fields of interlaced pictures follow each other."""
    frames: int | None
    """How many frames the container says it has."""
    is_cover: bool
    """Whether it is cover art."""


class AudioStream(Stream):
    """An audio stream."""

    sample_rate: int
    """Hertz."""
    channels: int
    """How many channels it has."""
    channel_layout: str | None
    """FFmpeg's name of their layout, such as `"stereo"`."""
    sample_format: str | None
    """FFmpeg's name of the sample format."""


class Chapter(Value):
    """A chapter of a file."""

    start: float
    """Seconds at which it begins."""
    end: float
    """Seconds at which it ends."""
    title: str | None
    """What it is called."""


_KINDS: dict[str, type[Stream]] = {"video": VideoStream, "audio": AudioStream}


def _stream(fields: Mapping[str, Any]) -> Stream:
    return _KINDS.get(fields["kind"], Stream)(**fields)


class MediaInfo(Value):
    """What a file holds."""

    _make: ClassVar = {"streams": each(_stream), "chapters": each(Chapter.from_dict)}

    format: str
    """FFmpeg's name of the container."""
    duration: float | None
    """Seconds it lasts; `None` where that is not known."""
    duration_is_exact: bool
    """Whether the file says so itself; otherwise it was reckoned from the bitrate."""
    start_time: float | None
    """Seconds at which its clock begins."""
    size: int | None
    """Bytes; `None` where a file object cannot tell."""
    bitrate: int | None
    """Bits per second of all of it."""
    tags: Mapping[str, str]
    """Its tags, such as `"title"`."""
    chapters: tuple[Chapter, ...]
    """Its chapters, in order."""
    streams: tuple[Stream, ...]
    """Its streams, in order."""

    @property
    def video(self) -> tuple[VideoStream, ...]:
        """The video streams."""
        return tuple(stream for stream in self.streams if isinstance(stream, VideoStream))

    @property
    def audio(self) -> tuple[AudioStream, ...]:
        """The audio streams."""
        return tuple(stream for stream in self.streams if isinstance(stream, AudioStream))

    @property
    def subtitles(self) -> tuple[Stream, ...]:
        """The subtitle streams."""
        return tuple(stream for stream in self.streams if stream.kind == "subtitle")


class Library(Value):
    """One of FFmpeg's libraries."""

    name: str
    """Such as `"libavcodec"`."""
    version: str
    """The version that is loaded now."""


class BuildInfo(Value):
    """What this package is built with, and so under what licence it runs."""

    _make: ClassVar = {"libraries": each(Library.from_dict)}

    version: str
    """Version of this package."""
    ffmpeg: str
    """Version of FFmpeg."""
    license: str
    """FFmpeg's licence, which is that of the whole."""
    configuration: str
    """The options FFmpeg was configured with."""
    libraries: tuple[Library, ...]
    """FFmpeg's libraries."""


class EncoderStatus(Value):
    """A codec name that options take, and what comes of it here."""

    codec: str
    """The name."""
    kind: Literal["video", "audio", "subtitle"]
    """What it encodes."""
    encoder: str | None
    """The FFmpeg encoder that is used; `None` where there is none."""
    opens: bool
    """Whether that encoder opens on this machine."""
    reason: str | None
    """Why it does not."""


class Capabilities(Value):
    """What works here, seen by opening every encoder."""

    _make: ClassVar = {"encoders": each(EncoderStatus.from_dict)}

    encoders: tuple[EncoderStatus, ...]
    """Every codec name that options take."""
    containers: tuple[str, ...]
    """The containers that can be written, by FFmpeg's names."""
