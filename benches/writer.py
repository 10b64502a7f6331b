"""Videos from arrays: as fast as through a pipe into the ffmpeg program, and a loop that makes them is not held up."""

from __future__ import annotations

import shutil
import statistics
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import measure
import report
import transcode_py
import writing

if TYPE_CHECKING:
    from jobs import Field

RUNS = 7
# Of the program's speed.
LEAST = 0.97
# Seconds that a call may take while there is room, of 100 calls the slowest but one.
MOST_CALL = 0.001
CALLS = 2000
PACE = 0.004


def film(field: Field, program: str) -> Path:
    """Four seconds of the clip as arrays."""
    target = field.folder / "frames.rgb"
    words = [program, "-v", "error", "-nostdin", "-y", "-i", str(field.clip), "-frames:v", "100"]
    words += ["-vf", f"scale={writing.WIDTH}:{writing.HEIGHT}", "-f", "rawvideo", "-pix_fmt", "rgb24", str(target)]
    subprocess.run(words, check=True)
    return target


def calls(field: Field, source: Path) -> report.Row:
    """How long `write()` takes where the encoder is quicker than the loop."""
    frames = writing.frames(str(source))
    waits = []
    with transcode_py.VideoWriter(
        field.folder / "paced.mp4", fps=30, video_codec="h264", preset="ultrafast", overwrite=True
    ) as writer:
        for n in range(CALLS):
            frame = frames[n % len(frames)]
            began = time.perf_counter()
            writer.write(frame)
            waits.append(time.perf_counter() - began)
            time.sleep(PACE)
    slow = statistics.quantiles(waits, n=100)[-1]
    said = f"{slow * 1000:.3f} ms, median {statistics.median(waits) * 1000:.3f} ms"
    return report.Row("write(), 640x480 RGB, p99", said, "limit", f"{MOST_CALL * 1000:g} ms", slow / MOST_CALL, 1.0)


def rows(field: Field) -> list[report.Row]:
    """The race, its costs, and the calls."""
    program = shutil.which("ffmpeg") or "ffmpeg"
    source = film(field, program)
    script = [sys.executable, str(Path(writing.__file__)), str(source)]
    samples = measure.alternate(
        {
            "ours": partial(measure.run, [*script, str(field.folder / "ours.mp4")]),
            "ffmpeg": partial(measure.run, [*script, str(field.folder / "theirs.mp4"), program]),
        },
        RUNS,
    )
    ours, theirs = measure.median(samples["ours"]), measure.median(samples["ffmpeg"])
    name, against = f"{writing.COUNT} arrays of 640x480, x264 veryfast", "ffmpeg by a pipe"
    return [
        report.Row(name, f"{ours.call:.3f} s", against, f"{theirs.call:.3f} s", ours.call / theirs.call, 1 / LEAST),
        report.Row(f"{name}: CPU", f"{ours.cpu:.3f} s", against, f"{theirs.cpu:.3f} s", ours.cpu / theirs.cpu),
        calls(field, source),
    ]
