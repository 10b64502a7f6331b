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
from .reports import BatchProgress, Plan, PlanStream, Progress, RunningJob, TranscodeStats
from .transcoder import Transcoder

__all__ = [
    "AudioStream",
    "BatchProgress",
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
    "RunningJob",
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
