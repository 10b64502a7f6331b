"""The functions of the package; `calls.pyi` describes them."""

from __future__ import annotations

from . import _native
from .errors import InvalidOptionError
from .files import Opened
from .info import BuildInfo, Capabilities, MediaInfo, SimdCapabilities
from .media import source
from .options import TranscodeOptions
from .tasks import finish
from .transcoder import Transcoder

__all__ = ["build_info", "capabilities", "detect_simd", "probe", "remux", "transcode", "transcode_async", "version"]


def transcode(
    input,
    output,
    video_codec=None,
    audio_codec=None,
    video_bitrate=None,
    audio_bitrate=None,
    overwrite=False,
    *,
    progress=None,
    progress_callback=None,
    **options,
):
    job = _job(options, input, output, video_codec, audio_codec, video_bitrate, audio_bitrate, overwrite)
    return job.run(_one_of(progress, progress_callback))


async def transcode_async(
    input,
    output,
    video_codec=None,
    audio_codec=None,
    video_bitrate=None,
    audio_bitrate=None,
    overwrite=False,
    *,
    progress=None,
    progress_callback=None,
    **options,
):
    job = _job(options, input, output, video_codec, audio_codec, video_bitrate, audio_bitrate, overwrite)
    return await job.run_async(_one_of(progress, progress_callback))


def remux(input, output, overwrite=False, *, progress=None, progress_callback=None, **options):
    job = TranscodeOptions(
        input=input,
        output=output,
        overwrite=overwrite,
        video_codec="copy",
        audio_codec="copy",
        subtitle_codec="copy",
        **options,
    )
    return Transcoder(job).run(_one_of(progress, progress_callback))


def probe(input):
    with Opened(source(input)) as (media, _):
        return MediaInfo(**finish(_native.probe(media)))


def detect_simd():
    found = _native.simd()
    del found["level"]
    return SimdCapabilities(**found)


def version():
    return _native.version()


def build_info():
    return BuildInfo(**_native.build_info())


def capabilities():
    return Capabilities(**finish(_native.capabilities()))


# Of `transcode()`, what may be given by position.
_BY_POSITION = ("input", "output", "video_codec", "audio_codec", "video_bitrate", "audio_bitrate", "overwrite")


def _job(options, *values):
    return Transcoder(TranscodeOptions(**dict(zip(_BY_POSITION, values, strict=True)), **options))


def _one_of(progress, progress_callback):
    if progress_callback is None:
        return progress
    if progress is None:
        return progress_callback
    message = "progress and progress_callback are two names of one thing; expected one; got both; leave one out"
    raise InvalidOptionError(message)
