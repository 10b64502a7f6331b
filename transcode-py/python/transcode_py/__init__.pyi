"""Transcode, remux and probe media, with a Rust core over FFmpeg's libraries."""

from ._native import Frame
from .audiofile import write_audio_file
from .batch import transcode_many, transcode_many_async
from .calls import build_info, capabilities, detect_simd, probe, remux, transcode, transcode_async, version
from .comparing import compare, compare_async
from .comparison import Comparison
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
from .events import Finished, Planned, StageChanged, Started, Warning
from .images import (
    decode_image,
    encode_image,
    read_image,
    read_image_avif,
    read_image_bmp,
    read_image_jpeg,
    read_image_png,
    read_image_tiff,
    read_image_webp,
    write_image,
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
from .reports import BatchProgress, JobResult, Plan, PlanStream, Progress, RunningJob, TranscodeStats
from .sound import AudioReader, read_audio
from .transcoder import Transcoder
from .video import VideoReader
from .writer import VideoWriter

__all__ = [
    "AudioReader",
    "AudioStream",
    "BatchProgress",
    "BuildInfo",
    "Capabilities",
    "Chapter",
    "Comparison",
    "EncodeError",
    "EncoderStatus",
    "Finished",
    "Frame",
    "InputNotFoundError",
    "InvalidMediaError",
    "InvalidOptionError",
    "JobResult",
    "Library",
    "LimitExceededError",
    "MediaIOError",
    "MediaInfo",
    "OutputExistsError",
    "Plan",
    "PlanStream",
    "Planned",
    "Progress",
    "RunningJob",
    "SimdCapabilities",
    "StageChanged",
    "Started",
    "Stream",
    "TranscodeCancelledError",
    "TranscodeError",
    "TranscodeOptions",
    "TranscodeStats",
    "TranscodeTimeoutError",
    "Transcoder",
    "UnsupportedError",
    "Url",
    "VideoReader",
    "VideoStream",
    "VideoWriter",
    "Warning",
    "build_info",
    "capabilities",
    "compare",
    "compare_async",
    "decode_image",
    "detect_simd",
    "encode_image",
    "probe",
    "read_audio",
    "read_image",
    "read_image_avif",
    "read_image_bmp",
    "read_image_jpeg",
    "read_image_png",
    "read_image_tiff",
    "read_image_webp",
    "remux",
    "transcode",
    "transcode_async",
    "transcode_many",
    "transcode_many_async",
    "version",
    "write_audio_file",
    "write_image",
]

__version__: str

def __dir__() -> list[str]: ...
