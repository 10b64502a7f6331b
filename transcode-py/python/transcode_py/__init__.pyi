"""Transcode, remux and probe media, with a Rust core over FFmpeg's libraries."""

from .calls import build_info, capabilities, detect_simd, probe, remux, transcode, version
from .errors import (
    EncodeError,
    InputNotFoundError,
    InvalidMediaError,
    InvalidOptionError,
    LimitExceededError,
    MediaIOError,
    OutputExistsError,
    TranscodeCancelledError,
    TranscodeError,
    TranscodeTimeoutError,
    UnsupportedError,
)
from .info import (
    AudioStream,
    BuildInfo,
    Capabilities,
    Chapter,
    EncoderStatus,
    Library,
    MediaInfo,
    SimdCapabilities,
    Stream,
    VideoStream,
)
from .media import Url
from .options import TranscodeOptions
from .reports import Plan, PlanStream, Progress, TranscodeStats
from .transcoder import Transcoder

__all__ = [
    "AudioStream",
    "BuildInfo",
    "Capabilities",
    "Chapter",
    "EncodeError",
    "EncoderStatus",
    "InputNotFoundError",
    "InvalidMediaError",
    "InvalidOptionError",
    "Library",
    "LimitExceededError",
    "MediaIOError",
    "MediaInfo",
    "OutputExistsError",
    "Plan",
    "PlanStream",
    "Progress",
    "SimdCapabilities",
    "Stream",
    "TranscodeCancelledError",
    "TranscodeError",
    "TranscodeOptions",
    "TranscodeStats",
    "TranscodeTimeoutError",
    "Transcoder",
    "UnsupportedError",
    "Url",
    "VideoStream",
    "build_info",
    "capabilities",
    "detect_simd",
    "probe",
    "remux",
    "transcode",
    "version",
]

__version__: str

def __dir__() -> list[str]: ...
