"""What progress costs, and how well it foretells the end."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import report
import transcode_py

if TYPE_CHECKING:
    from jobs import Field

ROUNDS = 9
COST = 1.005
FIRST_FIFTH = 20.0
ERROR = 0.20
# Jobs of more than five seconds, of several kinds.
FORETOLD: dict[str, dict[str, Any]] = {
    "x264 veryfast": {"video_codec": "h264", "preset": "veryfast"},
    "x264 medium, 640 wide": {"video_codec": "h264", "preset": "medium", "width": 640},
    "x264 veryfast, 50 fps": {"video_codec": "h264", "preset": "veryfast", "fps": 50, "width": 640},
    "x264 medium, 20 s from 15 s": {"video_codec": "h264", "preset": "medium", "start": 15, "duration": 20},
    "vp9": {
        "video_codec": "vp9",
        "format": "webm",
        "width": 640,
        "encoder_options": {"deadline": "realtime", "cpu-used": 7},
    },
}


def cost(field: Field) -> report.Row:
    """Processor seconds of a job with a callback beside those of the same job without."""
    settings: dict[str, Any] = {"format": "matroska", "preset": "veryfast", "width": 640, "duration": 20}

    def run(progress: Any) -> float:
        began = time.process_time()
        transcode_py.transcode(field.clip, None, progress=progress, **settings)
        return time.process_time() - began

    pairs = [(run(lambda _: None), run(None)) for _ in range(ROUNDS)]
    # The least is the one that others disturbed the least.
    watched, alone = (min(side) for side in zip(*pairs, strict=True))
    said = (f"{watched:.3f} CPU s", f"{alone:.3f} CPU s")
    return report.Row("progress: its cost", said[0], "without", said[1], watched / alone, COST)


def foretold(field: Field, name: str, settings: dict[str, Any]) -> report.Row:
    """The worst error of the foretold end after the first fifth, as a share of the whole."""
    seen: list[transcode_py.Progress] = []
    began = time.perf_counter()
    transcode_py.transcode(field.clip, None, progress=seen.append, **{"format": "matroska", **settings})
    whole = time.perf_counter() - began
    told = [at.elapsed + at.eta for at in seen if at.percent >= FIRST_FIFTH and at.eta is not None]
    worst = max(abs(end - whole) for end in told)
    said = (f"off by {worst:.2f} s at worst", f"{whole:.1f} s")
    return report.Row(f"eta: {name}", said[0], "the whole job", said[1], worst / whole, ERROR)


def rows(field: Field) -> list[report.Row]:
    """The cost, and the jobs foretold."""
    return [cost(field), *(foretold(field, name, settings) for name, settings in FORETOLD.items())]
