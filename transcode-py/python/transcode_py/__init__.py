"""Transcode, remux and probe media, with a Rust core over FFmpeg's libraries.

    import transcode_py
    stats = transcode_py.transcode("input.mkv", "output.mp4", video_codec="h264")

Importing the package does no work: a name's module, and the native library with it, is loaded when the name is
first used.
"""

_HOMES = {
    "_native": ("Frame",),
    "audiofile": ("write_audio_file",),
    "batch": ("transcode_many", "transcode_many_async"),
    "calls": ("build_info", "capabilities", "detect_simd", "probe", "remux", "transcode", "transcode_async", "version"),
    "comparing": ("compare", "compare_async"),
    "comparison": ("Comparison",),
    "errors": (
        "EncodeError",
        "InputNotFoundError",
        "InvalidMediaError",
        "InvalidOptionError",
        "LimitExceededError",
        "MediaIOError",
        "OutputExistsError",
        "TranscodeCancelledError",
        "TranscodeError",
        "TranscodeTimeoutError",
        "UnsupportedError",
    ),
    "events": ("Finished", "Planned", "StageChanged", "Started", "Warning"),
    "images": (
        "decode_image",
        "encode_image",
        "read_image",
        "read_image_avif",
        "read_image_bmp",
        "read_image_jpeg",
        "read_image_png",
        "read_image_tiff",
        "read_image_webp",
        "write_image",
    ),
    "info": (
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
    ),
    "media": ("Url",),
    "options": ("TranscodeOptions",),
    "reports": ("BatchProgress", "JobResult", "Plan", "PlanStream", "Progress", "RunningJob", "TranscodeStats"),
    "sound": ("AudioReader", "read_audio"),
    "transcoder": ("Transcoder",),
    "video": ("VideoReader",),
    "writer": ("VideoWriter",),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = sorted(_HOME_OF)  # noqa: PLE0605 - the stub spells it out


def __getattr__(name):
    if name == "__version__":
        value = __getattr__("version")()
    elif name in _HOME_OF:
        from importlib import import_module

        value = getattr(import_module(f"{__name__}.{_HOME_OF[name]}"), name)
    else:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    globals()[name] = value
    return value


def __dir__():
    return [*__all__, "__version__"]
