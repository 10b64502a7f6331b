"""`TranscodeOptions`: what a job is told."""

from collections.abc import Mapping
from os import PathLike
from typing import Any, Literal, Self, Unpack

from .typed import (
    Bitrate,
    Crop,
    Input,
    OptionValues,
    Output,
    Pairs,
    Rate,
    Seconds,
    StreamChoice,
    Tags,
)

__all__ = ["TABLE", "TranscodeOptions"]

TABLE: dict[str, dict[str, str]]
"""The table of options by name: group, kind, default (as JSON), what to type, help."""

def values_of(options: TranscodeOptions) -> dict[str, Any]:
    """Give the options that are values, all but `input` and `output`, for the native module."""

class TranscodeOptions:
    """Everything a job is told, frozen: each method gives a new object and leaves its own as it was.

    An option is a keyword here, a method, and a key of `from_dict()` and of a job file, by one name. A value is
    checked when it is set; the keywords, `from_dict()`, `from_file()` and `replace()` also check that no two options
    contradict each other, and a chain of methods is checked so by `Transcoder`. An option set to its default, or to
    `None`, is as one that is not set.

    Example:
        ```python
        base = TranscodeOptions().video_codec("h264").crf(23).preset("veryfast")
        small = base.resolution(640, None).audio_bitrate("96k")
        ```
    """

    def __init__(self, **options: Unpack[OptionValues]) -> None:
        """Set the options given as keywords.

        Args:
            **options: Any option by its name; the methods describe them.

        Raises:
            InvalidOptionError: A name is unknown, a value is wrong, or two options contradict each other.
        """

    @classmethod
    def from_dict(cls, options: Mapping[str, Any]) -> Self:
        """Make the options of names and values, such as `to_dict()` gave.

        Args:
            options: Values by name; `{"url": "https://..."}` as `input` stands for a `Url`.

        Raises:
            InvalidOptionError: As for the keywords.
        """

    @classmethod
    def from_file(cls, path: str | PathLike[str]) -> Self:
        """Read the options from a job file, TOML or JSON by its name, with the options at its top.

        Args:
            path: The job file; paths within it are taken from the current folder, as everywhere.

        Raises:
            InputNotFoundError: There is no such file.
            InvalidOptionError: It cannot be read as TOML or JSON, or as for the keywords.
        """

    def replace(self, **options: Unpack[OptionValues]) -> Self:
        """Give a copy with several options changed at once; `None` takes one back to its default.

        Args:
            **options: Any option by its name.

        Raises:
            InvalidOptionError: As for the keywords.
        """

    def get(self, name: str) -> Any:
        """Give the value of an option in its canonical form, or its default.

        Args:
            name: The option.

        Raises:
            InvalidOptionError: There is no such option.
        """

    def to_dict(self) -> dict[str, Any]:
        """Give the options that are not at their defaults, in canonical form; `from_dict()` takes them back."""

    def to_json(self, *, indent: int | None = None) -> str:
        """Give `to_dict()` as JSON text, such as `from_file()` reads.

        Args:
            indent: Spaces per level; `None` puts all on one line.

        Raises:
            InvalidOptionError: `input` or `output` is data or a file object, which JSON cannot hold.
        """

    def __eq__(self, other: object) -> bool: ...
    def __hash__(self) -> int: ...
    def __setattr__(self, name: str, value: object) -> None: ...
    def __reduce__(self) -> tuple[object, ...]: ...
    def input(self, value: Input, /) -> Self:
        """Set what is read.

        Args:
            value: A local path, `bytes`-like data (copied), a binary file object, or a `Url`.
        """

    def output(self, value: Output, /) -> Self:
        """Set where the result goes.

        Args:
            value: A local path, a binary file object, or `None` for `stats.data`.
        """

    def format(self, value: str | None, /) -> Self:
        """Set the container of the output.

        Args:
            value: A name such as `"mp4"` or `"matroska"`. Default: the one the output's name ends in.
        """

    def overwrite(self, value: bool = True, /) -> Self:
        """Replace an output that exists; only a complete file replaces it.

        Args:
            value: Whether to do so. Default: False.
        """

    def faststart(self, value: bool = True, /) -> Self:
        """Put the index of an mp4 or mov first, so that playing can start before all is loaded.

        Args:
            value: Whether to do so. Default: True.
        """

    def metadata(self, value: Tags | None, /) -> Self:
        """Set, remove or drop the tags of the file.

        Args:
            value: Tags to set over those of the input, where a text of `None` removes one; `False` drops all. Default:
                all are kept.
        """

    def chapters(self, value: bool = True, /) -> Self:
        """Keep the chapters.

        Args:
            value: Whether to do so. Default: True.
        """

    def attachments(self, value: bool = True, /) -> Self:
        """Keep attached files, such as fonts.

        Args:
            value: Whether to do so. Default: True.
        """

    def video(self, value: StreamChoice, /) -> Self:
        """Choose the video streams.

        Args:
            value: `True` for all, `False` for none, an index of `probe()`, a list of them, or a language tag. Default:
                True.
        """

    def audio(self, value: StreamChoice, /) -> Self:
        """Choose the audio streams.

        Args:
            value: As for `video`. Default: True.
        """

    def subtitles(self, value: StreamChoice, /) -> Self:
        """Choose the subtitle streams.

        Args:
            value: As for `video`. Default: True.
        """

    def data(self, value: bool = True, /) -> Self:
        """Take data streams too, where the container holds them.

        Args:
            value: Whether to do so. Default: False.
        """

    def video_codec(self, value: str | None, /) -> Self:
        """Set the video codec.

        Args:
            value: A codec such as `"h264"`, an FFmpeg encoder, `"copy"`, or `"auto"` to copy where nothing needs a
                change. Default: the container's usual codec.
        """

    def video_bitrate(self, value: Bitrate | None, /) -> Self:
        """Set the average video bitrate.

        Args:
            value: Bits per second, also as `"2M"`. Default: the encoder's own. Not with `crf`.
        """

    def max_bitrate(self, value: Bitrate | None, /) -> Self:
        """Set the highest video bitrate, averaged over `buffer_size`.

        Args:
            value: Bits per second. Default: no limit.
        """

    def buffer_size(self, value: Bitrate | None, /) -> Self:
        """Set the buffer over which `max_bitrate` is kept.

        Args:
            value: Bits. Default: two seconds of `max_bitrate`.
        """

    def crf(self, value: float | None, /) -> Self:
        """Set constant quality.

        Args:
            value: A number on the encoder's own scale; lower is better. Not with `video_bitrate`.
        """

    def preset(self, value: str | None, /) -> Self:
        """Set the encoder's preset, which trades speed for size.

        Args:
            value: A name such as `"veryfast"`. Default: the encoder's own.
        """

    def tune(self, value: str | None, /) -> Self:
        """Set what the encoder is tuned for.

        Args:
            value: A name such as `"film"`. Default: nothing special.
        """

    def profile(self, value: str | None, /) -> Self:
        """Set the profile of the video codec.

        Args:
            value: A name such as `"high"`. Default: the encoder chooses.
        """

    def level(self, value: str | float | None, /) -> Self:
        """Set the level of the video codec.

        Args:
            value: Such as `4.1`. Default: the encoder chooses.
        """

    def gop(self, value: int | None, /) -> Self:
        """Set how far apart keyframes may be.

        Args:
            value: Frames; 0 makes every frame a keyframe. Default: the encoder's own.
        """

    def bframes(self, value: int | None, /) -> Self:
        """Set how many B-frames may follow each other.

        Args:
            value: 0 to 16. Default: the encoder's own.
        """

    def pixel_format(self, value: str | None, /) -> Self:
        """Set the pixel format.

        Args:
            value: A name such as `"yuv420p10le"`. Default: the nearest to the input that the encoder takes.
        """

    def encoder_options(self, value: Pairs | None, /) -> Self:
        """Set more options of the video encoder.

        Args:
            value: Values by FFmpeg's names; an unknown name is an error before work.
        """

    def resolution(self, width: int | None, height: int | None) -> Self:
        """Set the size of the picture.

        Args:
            width: Pixels; `None` follows from the height and the picture's shape.
            height: Pixels; `None` follows from the width and the picture's shape.
        """

    def width(self, value: int | None, /) -> Self:
        """Set the width of the picture; the height follows its shape.

        Args:
            value: Pixels. Default: the input's. Not with `resolution`.
        """

    def height(self, value: int | None, /) -> Self:
        """Set the height of the picture; the width follows its shape.

        Args:
            value: Pixels. Default: the input's. Not with `resolution`.
        """

    def fit(self, value: Literal["contain", "cover", "stretch", "pad"], /) -> Self:
        """Set how the picture meets a size of another shape.

        Args:
            value: `"contain"` within it, `"cover"` over it and cut, `"stretch"` distorted, `"pad"` within it on black.
                Default: `"contain"`.
        """

    def fps(self, value: Rate | None, /) -> Self:
        """Set a constant frame rate.

        Args:
            value: Frames per second: 25, 29.97, `"30000/1001"` or a `Fraction`. Default: every frame keeps its time.
        """

    def crop(self, value: Crop | None, /) -> Self:
        """Keep a part of the picture, before any change of size.

        Args:
            value: `(width, height, left, top)` in pixels, or `(width, height)` of the middle. Default: all of it.
        """

    def rotate(self, value: int, /) -> Self:
        """Turn the picture clockwise.

        Args:
            value: Degrees: 0, 90, 180 or 270. Default: 0; the rotation a file asks for is kept either way.
        """

    def deinterlace(self, value: bool | Literal["auto"], /) -> Self:
        """Deinterlace the picture.

        Args:
            value: `True` for every frame, `"auto"` for those flagged as interlaced. Default: False.
        """

    def video_filter(self, value: str | None, /) -> Self:
        """Add FFmpeg filters for the picture, after the others.

        Args:
            value: Filtergraph text such as `"hue=s=0"`.
        """

    def hdr(self, value: Literal["keep", "sdr"], /) -> Self:
        """Set what becomes of HDR pictures, in PQ or HLG; others are left as they are.

        Args:
            value: `"keep"`, or `"sdr"` for the standard range of BT.709 by the curve of BT.2390. Default: `"keep"`.
        """

    def audio_codec(self, value: str | None, /) -> Self:
        """Set the audio codec.

        Args:
            value: A codec such as `"aac"`, an FFmpeg encoder, `"copy"`, or `"auto"`. Default: the container's usual
                codec.
        """

    def audio_bitrate(self, value: Bitrate | None, /) -> Self:
        """Set the bitrate of each audio stream.

        Args:
            value: Bits per second, also as `"128k"`. Default: the encoder's own.
        """

    def sample_rate(self, value: int | None, /) -> Self:
        """Set the sample rate.

        Args:
            value: Hertz. Default: the input's, or the nearest that the encoder takes.
        """

    def channels(self, value: int | None, /) -> Self:
        """Set the number of audio channels.

        Args:
            value: 1 to 64; 1 is mono, 2 is stereo. Default: the input's.
        """

    def audio_filter(self, value: str | None, /) -> Self:
        """Add FFmpeg filters for the sound.

        Args:
            value: Filtergraph text such as `"volume=0.5"`.
        """

    def subtitle_codec(self, value: str | None, /) -> Self:
        """Set the subtitle codec.

        Args:
            value: A codec such as `"webvtt"`, or `"copy"`. Default: what the container holds.
        """

    def start(self, value: Seconds | None, /) -> Self:
        """Set where in the input to begin.

        Args:
            value: Seconds, also as `"00:01:02.5"` or a `timedelta`. Default: the beginning.
        """

    def end(self, value: Seconds | None, /) -> Self:
        """Set where in the input to end.

        Args:
            value: Seconds. Default: the end. Not with `duration`.
        """

    def duration(self, value: Seconds | None, /) -> Self:
        """Set how much to take from `start` on.

        Args:
            value: Seconds. Default: all. Not with `end`.
        """

    def trim(self, value: Literal["exact", "keyframe", "smart"], /) -> Self:
        """Set where exactly to cut.

        Args:
            value: `"exact"` at the very frame; with copied streams `"keyframe"` begins at the keyframe before
                `start`, and `"smart"` encodes only the groups of pictures at the edges. Default: `"exact"`.
        """

    def threads(self, value: int | None, /) -> Self:
        """Set the number of codec threads.

        Args:
            value: `None` or 0 takes what the machine has and other jobs leave, 1 runs the whole job on one. Default: 0.
        """

    def simd(self, value: Literal["auto", "scalar", "avx2", "avx512", "neon"], /) -> Self:
        """Set the instructions that this library's own kernels use; the pictures are the same with all of them.

        Args:
            value: A level that the CPU has, or `"auto"` for the best, or what `TRANSCODE_SIMD` names. Default: `"auto"`.
        """

    def timeout(self, value: Seconds | None, /) -> Self:
        """Stop with `TranscodeTimeoutError` when the job takes longer.

        Args:
            value: Seconds, above 0. Default: no limit.
        """

    def strict(self, value: bool = True, /) -> Self:
        """Fail at the first damage in the input instead of counting it.

        Args:
            value: Whether to do so. Default: False.
        """

    def max_pixels(self, value: int, /) -> Self:
        """Refuse an input whose frames hold more pixels, before memory is taken for them.

        Args:
            value: Pixels. Default: 67108864.
        """
