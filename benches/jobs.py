"""The same jobs in our words and in those of the ffmpeg command line."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import measure

if TYPE_CHECKING:
    from collections.abc import Callable

HERE = Path(__file__).resolve().parent
RUST = HERE.parent / "target" / "release" / "examples" / "transcode"


@dataclass(frozen=True)
class Job:
    """A job that everyone is given."""

    name: str
    suffix: str
    options: dict[str, object]
    """For `transcode()`."""
    arguments: list[str] = field(default_factory=list)
    """For the ffmpeg program, between input and output."""
    rounds: int = 1
    """How many times as often it is run: a short job needs more runs for a steady median."""


ENCODE = Job(
    "x264 veryfast crf 23 + aac",
    ".mp4",
    {"video_codec": "h264", "preset": "veryfast", "crf": 23, "audio_codec": "aac", "audio_bitrate": 128_000},
    ["-c:v", "libx264", "-preset", "veryfast", "-crf", "23", "-c:a", "aac", "-b:a", "128k", "-movflags", "+faststart"],
)
RESIZE = Job(
    "to 640x360, x264 veryfast crf 23 + aac",
    ".mp4",
    {**ENCODE.options, "resolution": [640, 360]},
    ["-vf", "scale=640:360", *ENCODE.arguments],
)
DECODE = Job("decode to null", ".null", {"format": "null"}, ["-f", "null"])
COPY = Job("stream copy to mkv", ".mkv", {"video_codec": "copy", "audio_codec": "copy"}, ["-c", "copy"], 3)


@dataclass(frozen=True)
class Field:
    """Where a race is run: the clip, and a folder for the outputs."""

    clip: Path
    folder: Path

    def target(self, who: str, job: Job) -> str:
        """What a contender writes."""
        return str(self.folder / f"{who}{job.suffix}")

    def ffmpeg(self, program: str, who: str, job: Job) -> Callable[[], measure.Sample]:
        """The ffmpeg program as a process."""
        quiet = [program, "-v", "error", "-nostdin", "-y", "-i", str(self.clip)]
        return partial(measure.run, [*quiet, *job.arguments, self.target(who, job)])

    def python(self, job: Job) -> Callable[[], measure.Sample]:
        """Ours as a Python process, which times the call by itself too."""
        options = json.dumps({**job.options, "overwrite": True})
        script = [sys.executable, str(HERE / "job.py"), str(self.clip), self.target("python", job)]
        return partial(measure.run, [*script, options])

    def rust(self, job: Job) -> Callable[[], measure.Sample]:
        """The engine without Python (the example `transcode` of the pipeline crate)."""
        options = json.dumps({**job.options, "overwrite": True})
        return partial(measure.run, [str(RUST), str(self.clip), self.target("rust", job), options])
