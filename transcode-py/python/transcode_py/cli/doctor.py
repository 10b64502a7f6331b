"""What is wrong here: the checks of `transcode doctor`."""

from __future__ import annotations

import platform
import sys

from transcode_py import _native
from transcode_py.calls import build_info, capabilities
from transcode_py.errors import TranscodeError
from transcode_py.values import Value, each

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import ClassVar, Literal

__all__ = ["Check", "Examination", "examine"]

# The codecs that the usual containers take when nobody asks for one.
_USUAL = {"h264": "mp4, mov and mkv", "aac": "mp4, mov and mkv", "vp9": "webm", "opus": "webm"}


class Check(Value):
    """One thing that was looked at."""

    name: str
    """What it is."""
    verdict: Literal["ok", "missing", "wrong"]
    """`"missing"` takes something away, `"wrong"` must be mended."""
    detail: str
    """What was found, and what to do."""


class Examination(Value):
    """Everything that was looked at."""

    _make: ClassVar = {"checks": each(Check.from_dict)}

    healthy: bool
    """Whether nothing is wrong."""
    checks: tuple[Check, ...]
    """What was looked at, in order."""


def examine() -> Examination:
    """Look at the machine, the libraries and the usual codecs."""
    build = build_info()
    checks = [
        Check(name="transcode_py", verdict="ok", detail=f"{build.version}, Python {platform.python_version()}"),
        Check(name="machine", verdict="ok", detail=f"{sys.platform} on {platform.machine()}"),
        Check(name="ffmpeg", verdict="ok", detail=f"{build.ffmpeg}, {build.license}"),
        Check(name="libraries", verdict="ok", detail=", ".join(f"{one.name} {one.version}" for one in build.libraries)),
        _simd(),
    ]
    found = {encoder.codec: encoder for encoder in capabilities().encoders}
    for codec, containers in _USUAL.items():
        encoder = found[codec]
        fix = f"install an FFmpeg that has it, or name another codec for {containers}"
        checks.append(
            Check(name=codec, verdict="ok", detail=f"by {encoder.encoder}")
            if encoder.opens
            else Check(name=codec, verdict="missing", detail=f"{encoder.reason}; {fix}")
        )
    return Examination(healthy=all(check.verdict != "wrong" for check in checks), checks=tuple(checks))


def _simd() -> Check:
    try:
        return Check(name="simd", verdict="ok", detail=_native.simd()["level"])
    except TranscodeError as error:
        return Check(name="simd", verdict="wrong", detail=str(error))
