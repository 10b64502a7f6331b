"""What files hold and what this build can do: the results of `probe()`, `detect_simd()`, `build_info()`, `capabilities()`."""

from __future__ import annotations

from .values import Value, fraction

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal

__all__ = [
    "AudioStream",
    "BuildInfo",
    "Capabilities",
    "Chapter",
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
    """One stream of a file: the part that every kind has."""

    _make = {"time_base": fraction, "frame_rate": fraction}

    index: int
    """Its index in the file; options that choose streams take it."""
    kind: Literal["video", "audio", "subtitle", "attachment", "data"]
    """What it carries."""
    codec: str
    """Its codec, by FFmpeg's name."""


class VideoStream(Stream):
    """A video stream, or a picture such as cover art."""

    width: int
    """Pixels."""


class AudioStream(Stream):
    """An audio stream."""


class Chapter(Value):
    """A chapter of a file."""


class MediaInfo(Value):
    """What a file holds."""

    format: str


class BuildInfo(Value):
    """What is loaded."""

    version: str


class Capabilities(Value):
    """What works here."""

    version: str
