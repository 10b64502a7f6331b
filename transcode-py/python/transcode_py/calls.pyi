"""The functions of the package."""

from typing import Literal, Unpack

from .info import BuildInfo, Capabilities, MediaInfo, SimdCapabilities
from .reports import TranscodeStats
from .typed import (
    Bitrate,
    Crop,
    Input,
    MoreValues,
    Output,
    Pairs,
    ProgressLike,
    Rate,
    RemuxValues,
    Seconds,
    Size,
    StreamChoice,
    Tags,
)

__all__ = ["build_info", "capabilities", "detect_simd", "probe", "remux", "transcode", "transcode_async", "version"]

def transcode(
    input: Input,
    output: Output,
    video_codec: str | None = None,
    audio_codec: str | None = None,
    video_bitrate: Bitrate | None = None,
    audio_bitrate: Bitrate | None = None,
    overwrite: bool = False,
    *,
    progress: ProgressLike | None = None,
    progress_callback: ProgressLike | None = None,
    format: str | None = None,
    faststart: bool = True,
    metadata: Tags | None = None,
    chapters: bool = True,
    attachments: bool = True,
    video: StreamChoice = True,
    audio: StreamChoice = True,
    subtitles: StreamChoice = True,
    data: bool = False,
    max_bitrate: Bitrate | None = None,
    buffer_size: Bitrate | None = None,
    crf: float | None = None,
    preset: str | None = None,
    tune: str | None = None,
    profile: str | None = None,
    level: str | float | None = None,
    gop: int | None = None,
    bframes: int | None = None,
    pixel_format: str | None = None,
    encoder_options: Pairs | None = None,
    resolution: Size | None = None,
    width: int | None = None,
    height: int | None = None,
    fit: Literal["contain", "cover", "stretch", "pad"] = "contain",
    fps: Rate | None = None,
    crop: Crop | None = None,
    rotate: int = 0,
    deinterlace: bool | Literal["auto"] = False,
    video_filter: str | None = None,
    hdr: Literal["keep", "sdr"] = "keep",
    sample_rate: int | None = None,
    channels: int | None = None,
    audio_filter: str | None = None,
    subtitle_codec: str | None = None,
    start: Seconds | None = None,
    end: Seconds | None = None,
    duration: Seconds | None = None,
    trim: Literal["exact", "keyframe", "smart"] = "exact",
    threads: int | None = None,
    simd: Literal["auto", "scalar", "avx2", "avx512", "neon"] = "auto",
    timeout: Seconds | None = None,
    strict: bool = False,
    max_pixels: int = 67_108_864,
) -> TranscodeStats:
    """Transcode one input into one output, and return when it is complete under its name.

    Everything is kept that can be: all video, audio and subtitle streams, chapters, tags, cover art, rotation,
    colour description and timestamps. What the container cannot hold is converted, or dropped with a warning.
    An option at `None` is at its default. The GIL is free while the job runs.

    Args:
        input: A local path (always a path, whatever it looks like), `bytes`-like data, a binary file object with
            `read` and optionally `seek` (a seekable one is read from its beginning), or a `Url`. A file object is
            used on a thread of its own.
        output: A local path, a binary file object with `write` and optionally `seek`, or `None` to get the bytes in
            `stats.data`, which needs `format`.
        video_codec: `"h264" "hevc" "av1" "vp9" "vp8" "mpeg4" "mpeg2" "prores" "dnxhd" "ffv1" "mjpeg" "gif"`, an
            FFmpeg encoder's name, `"copy"`, or `"auto"` (copies where nothing needs a change). By default the
            container's usual codec.
        audio_codec: `"aac" "mp3" "opus" "vorbis" "flac" "alac" "ac3" "eac3" "pcm"`, an FFmpeg encoder's name,
            `"copy"`, or `"auto"`. By default the container's usual codec.
        video_bitrate: Average video bitrate in bits per second, also as `"2M"`.
        audio_bitrate: Bitrate of each audio stream in bits per second, also as `"128k"`.
        overwrite: Replace an output that exists. It is replaced only by a complete file.
        progress: Called with a `Progress` on this thread, at most ten times a second; what it raises stops the job
            and is raised. `True` shows a bar on stderr, `"tqdm"` and `"rich"` show theirs.
        progress_callback: The same as `progress`.
        format: Container, such as `"mp4"` or `"matroska"`. By default the one the output's name ends in.
        faststart: Put the index of an mp4 or mov first, so that playing can start before all is loaded.
        metadata: Tags to set over those of the input, `None` as a tag's text removes it; `False` drops all.
        chapters: Keep the chapters.
        attachments: Keep attached files, such as fonts.
        video: Video streams to take: `True` for all, `False` for none, an index of `probe()`, a list of them, or
            a language tag such as `"eng"`.
        audio: Audio streams to take, chosen as for `video`.
        subtitles: Subtitle streams to take, chosen as for `video`.
        data: Take data streams too, where the container holds them.
        max_bitrate: Highest video bitrate in bits per second, averaged over `buffer_size`.
        buffer_size: That buffer in bits. By default two seconds of `max_bitrate`.
        crf: Constant quality on the encoder's own scale; lower is better. Not with `video_bitrate`.
        preset: The encoder's preset, such as `"veryfast"`.
        tune: What the encoder is tuned for, such as `"film"`.
        profile: Profile of the codec, such as `"high"`.
        level: Level of the codec, such as `4.1`.
        gop: Frames from one keyframe to the next at most; 0 makes every frame one.
        bframes: B-frames in a row at most.
        pixel_format: Such as `"yuv420p10le"`. By default the nearest to the input that the encoder takes.
        encoder_options: More options for the video encoder by FFmpeg's names; an unknown one is an error.
        resolution: Width and height in pixels, also as `"1280x720"`; one may be `None` to keep the shape.
        width: Width in pixels, as in `resolution`.
        height: Height in pixels, as in `resolution`.
        fit: How the picture meets a size of another shape: `"contain"` within it, `"cover"` over it and cut,
            `"stretch"` distorted, `"pad"` within it on black.
        fps: Constant frame rate in frames per second. By default every frame keeps its time.
        crop: Part of the picture to keep, before any change of size: `(width, height, left, top)` in pixels, or
            `(width, height)` of the middle.
        rotate: Degrees to turn the picture clockwise: 0, 90, 180 or 270.
        deinterlace: `True` for every frame, `"auto"` for those flagged as interlaced.
        video_filter: FFmpeg filtergraph text for the picture, after the others.
        hdr: `"sdr"` makes pictures in PQ or HLG ones of standard range (BT.709) by the curve of BT.2390; others are
            left as they are. By default HDR is kept.
        sample_rate: Sample rate in hertz.
        channels: Number of channels, 1 to 64.
        audio_filter: FFmpeg filtergraph text for the sound.
        subtitle_codec: Subtitle codec, FFmpeg encoder, or `"copy"`. By default what the container holds.
        start: Where in the input to begin, in seconds, also as `"00:01:02.5"` or a `timedelta`.
        end: Where in the input to end, in seconds. Not with `duration`.
        duration: How much to take from `start` on, in seconds.
        trim: `"exact"` cuts at the very frame; with copied streams `"keyframe"` begins at the keyframe before
            `start`, and `"smart"` encodes only the groups of pictures at the edges.
        threads: Codec threads. `None` or 0 takes what the machine has and other jobs leave, 1 runs the whole job on one.
        simd: Instructions that this library's own kernels use, to compare or to rule out; the pictures are the same with
            all of them. `"auto"` takes the best of the CPU, or what `TRANSCODE_SIMD` names.
        timeout: Stop with an error when the job takes longer, in seconds.
        strict: Fail at the first damage in the input instead of counting it in `stats.decode_errors`.
        max_pixels: Refuse an input whose frames hold more pixels, before memory is taken for them.

    Returns:
        What was done. Its warnings are also logged to the logger `transcode_py`.

    Raises:
        InputNotFoundError: The input does not exist.
        OutputExistsError: The output exists, and `overwrite` is off.
        MediaIOError: The system refused to read or write.
        InvalidMediaError: The input is not media.
        InvalidOptionError: An option is unknown, wrong, or contradicts another; nothing was opened for writing.
        UnsupportedError: This build has no such codec or container.
        LimitExceededError: The input exceeds `max_pixels`.
        EncodeError: An encoder or the container's writer failed.
        TranscodeTimeoutError: `timeout` ran out.
        KeyboardInterrupt: Ctrl-C. In every case the output's name holds what it held before.

    Example:
        ```python
        stats = transcode("input.mkv", "output.mp4", video_codec="h264", video_bitrate=2_000_000)
        print(stats.output_size, stats.warnings)
        ```
    """

async def transcode_async(
    input: Input,
    output: Output,
    video_codec: str | None = None,
    audio_codec: str | None = None,
    video_bitrate: Bitrate | None = None,
    audio_bitrate: Bitrate | None = None,
    overwrite: bool = False,
    *,
    progress: ProgressLike | None = None,
    progress_callback: ProgressLike | None = None,
    **options: Unpack[MoreValues],
) -> TranscodeStats:
    """Transcode one input into one output on threads of its own, while the event loop goes on.

    A cancelled task gets its `CancelledError` when the job has ended: its threads are gone, its files closed, and
    nothing of its output is left, unless it was complete before.

    Args:
        input: As for `transcode()`. A file object is used on a thread of its own.
        output: As for `transcode()`.
        video_codec: As for `transcode()`.
        audio_codec: As for `transcode()`.
        video_bitrate: As for `transcode()`.
        audio_bitrate: As for `transcode()`.
        overwrite: Replace an output that exists.
        progress: As for `transcode()`, called on the loop's thread; it may be an `async def`, which is awaited.
        progress_callback: The same as `progress`.
        **options: Every other option of `transcode()`.

    Returns:
        What was done.

    Raises:
        TranscodeError: One of its kinds, as for `transcode()`.

    Example:
        ```python
        async with asyncio.timeout(60):
            stats = await transcode_async("input.mkv", "output.mp4", video_codec="h264")
        ```
    """

def remux(
    input: Input,
    output: Output,
    overwrite: bool = False,
    *,
    progress: ProgressLike | None = None,
    progress_callback: ProgressLike | None = None,
    **options: Unpack[RemuxValues],
) -> TranscodeStats:
    """Put the streams into another container as they are: `transcode()` with every stream copied.

    Args:
        input: As for `transcode()`.
        output: As for `transcode()`.
        overwrite: Replace an output that exists.
        progress: As for `transcode()`.
        progress_callback: The same as `progress`.
        **options: Every other option of `transcode()` that a copied stream can follow.

    Returns:
        What was done.

    Raises:
        TranscodeError: One of its kinds, as for `transcode()`.
    """

def probe(input: Input) -> MediaInfo:
    """Tell what a file holds, from its headers and as much of its data as they leave open.

    Args:
        input: As for `transcode()`. A seekable file object is read from its beginning and left wherever it is then.

    Returns:
        The container, its streams, tags and chapters.

    Raises:
        InputNotFoundError: The input does not exist.
        InvalidMediaError: The input is not media.
        MediaIOError: The system, or the file object, refused to read.
    """

def detect_simd() -> SimdCapabilities:
    """Tell the instruction sets of this CPU.

    Returns:
        What the CPU has. `TRANSCODE_SIMD` forces the level that is used, and changes nothing of this.

    Raises:
        InvalidOptionError: `TRANSCODE_SIMD` names no level of this CPU.
    """

def version() -> str:
    """Give the version of this package, such as `"0.1.0"`."""

def build_info() -> BuildInfo:
    """Tell which FFmpeg libraries are loaded, under what licence, configured how."""

def capabilities() -> Capabilities:
    """Tell what works here, by opening every encoder once: being listed says little of hardware and licences.

    Returns:
        Encoders, decoders and containers.
    """
