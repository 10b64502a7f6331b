"""Transcode, remux and probe media, with a Rust core over FFmpeg's libraries."""

from .calls import (
    build_info as build_info,
)
from .calls import (
    capabilities as capabilities,
)
from .calls import (
    detect_simd as detect_simd,
)
from .calls import (
    probe as probe,
)
from .calls import (
    remux as remux,
)
from .calls import (
    transcode as transcode,
)
from .calls import (
    version as version,
)
from .errors import (
    EncodeError as EncodeError,
)
from .errors import (
    InputNotFoundError as InputNotFoundError,
)
from .errors import (
    InvalidMediaError as InvalidMediaError,
)
from .errors import (
    InvalidOptionError as InvalidOptionError,
)
from .errors import (
    LimitExceededError as LimitExceededError,
)
from .errors import (
    MediaIOError as MediaIOError,
)
from .errors import (
    OutputExistsError as OutputExistsError,
)
from .errors import (
    TranscodeCancelledError as TranscodeCancelledError,
)
from .errors import (
    TranscodeError as TranscodeError,
)
from .errors import (
    TranscodeTimeoutError as TranscodeTimeoutError,
)
from .errors import (
    UnsupportedError as UnsupportedError,
)
from .info import (
    AudioStream as AudioStream,
)
from .info import (
    BuildInfo as BuildInfo,
)
from .info import (
    Capabilities as Capabilities,
)
from .info import (
    Chapter as Chapter,
)
from .info import (
    MediaInfo as MediaInfo,
)
from .info import (
    SimdCapabilities as SimdCapabilities,
)
from .info import (
    Stream as Stream,
)
from .info import (
    VideoStream as VideoStream,
)
from .media import (
    Url as Url,
)
from .options import (
    TranscodeOptions as TranscodeOptions,
)
from .reports import (
    Plan as Plan,
)
from .reports import (
    PlanStream as PlanStream,
)
from .reports import (
    Progress as Progress,
)
from .reports import (
    TranscodeStats as TranscodeStats,
)
from .transcoder import (
    Transcoder as Transcoder,
)

__all__ = [
    "AudioStream",
    "BuildInfo",
    "Capabilities",
    "Chapter",
    "EncodeError",
    "InputNotFoundError",
    "InvalidMediaError",
    "InvalidOptionError",
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
