"""`write_audio_file()`: an array of sound written as a file."""

from __future__ import annotations

from . import _native
from .errors import InvalidOptionError
from .files import Opened
from .options import TranscodeOptions, values_of
from .progress import watcher
from .reports import TranscodeStats
from .watch import watch

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Unpack

    from .typed import AudioValues, Output, ProgressLike

__all__ = ["write_audio_file"]


def write_audio_file(
    output: Output,
    samples: Any,
    sample_rate: int,
    *,
    audio_codec: str | None = None,
    format: str | None = None,
    overwrite: bool = False,
    progress: ProgressLike | None = None,
    **options: Unpack[AudioValues],
) -> TranscodeStats:
    """Write an array of sound as a file: WAV, FLAC, MP3, M4A, Opus, or another that this FFmpeg can write.

    The array is copied piece by piece as the encoder takes it, with the GIL free. The name holds either what it held
    before or all of the new file. Channels are not of any speakers: the encoder's usual ones of so many are written, and
    none is mixed into others unless `channels` asks for it.

    WAV keeps float32 as it is; FLAC has no floats, and keeps 24 bits of them. A rate that the encoder does not take
    becomes the next that it does, with a warning.

    Args:
        output: A local path, a binary file object with `write` and optionally `seek`, or `None` to get the bytes in the
            `data` of what is returned, which needs `format`.
        samples: Anything with the buffer protocol, or on the CPU with DLPack (tensors of Torch), with any strides: an array
            of shape (samples, channels), or (samples,) of one channel, float32 from -1 to 1 or int16.
        sample_rate: Samples a second.
        audio_codec: `"aac" "mp3" "opus" "vorbis" "flac" "alac" "ac3" "eac3" "pcm"`, or an FFmpeg encoder's name; by default
            the container's usual codec.
        format: The container, where the name does not say it.
        overwrite: Replace a file of that name.
        progress: Called with a `Progress` on this thread, at most ten times a second; what it raises stops the work
            and is raised. `True` shows a bar on stderr, `"tqdm"` and `"rich"` show theirs.
        **options: Options of `transcode()` that are about sound or the file: `audio_bitrate`, `channels` to mix them,
            `audio_filter`, `metadata`, `faststart`, `threads`, `timeout`.

    Returns:
        What was done. Its warnings are also logged to the logger `transcode_py`.

    Raises:
        InvalidOptionError: The array is none of these, is empty, or has numbers that are not finite; or an option is wrong,
            or is about pictures or an input.
        OutputExistsError: The output exists and `overwrite` is off.
        UnsupportedError: The container has no place for such sound.
        TranscodeError: Another of its kinds.
        KeyboardInterrupt: Ctrl-C; nothing of the output is left.

    Example:
        ```python
        transcode_py.write_audio_file("out.flac", samples, 16_000)
        ```
    """
    # It is told of the array; as an option of the encoding it would convert it.
    rate = TranscodeOptions(sample_rate=sample_rate).get("sample_rate")
    checked = TranscodeOptions(
        output=output,
        audio_codec=audio_codec,
        format=format,
        overwrite=overwrite,
        **options,
    )
    if checked.get("input") is not None:
        message = "input; expected none, since the array is the input; got one; leave it out"
        raise InvalidOptionError(message)
    if rate is None:
        message = "sample_rate; expected samples a second; got None; pass that of the array, such as 48000"
        raise InvalidOptionError(message)
    with watcher(progress) as show, Opened(b"", checked.get("output")) as (_, target):
        feed, task = _native.write_audio(samples, rate, target, values_of(checked))
        with task:
            stats, data = watch(task, show, feed.write)
    return TranscodeStats(**stats, data=data)
