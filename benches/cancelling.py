"""How long a cancel takes, from the request to the exception: reliability of services hangs on the slowest."""

from __future__ import annotations

import asyncio
import random
import shutil
import signal
import statistics
import subprocess
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import report
import transcode_py

if TYPE_CHECKING:
    from jobs import Field

# Preset, how many cancels, and the most seconds that the median, the 99th of 100 and the slowest may take.
CASES = (("ultrafast", 200, (0.1, 0.25, 0.5)), ("slow", 60, (None, 1.0, 1.0)))
THEIRS = 12
# Seconds after which a job is cancelled, at the latest.
SOON = 1.0


async def ours(clip: Path, preset: str, count: int) -> list[float]:
    """Seconds from `task.cancel()` to the end of the await."""
    chance = random.Random(1)  # noqa: S311 - moments, not secrets
    waits = []
    with tempfile.TemporaryDirectory() as folder:
        for turn in range(count):
            target = Path(folder) / f"{turn}.mp4"
            task = asyncio.create_task(
                transcode_py.transcode_async(clip, target, "h264", "aac", preset=preset, threads=2)
            )
            await asyncio.sleep(chance.uniform(0, SOON))
            asked = time.perf_counter()
            task.cancel()
            try:
                await task
            except asyncio.CancelledError:
                waits.append(time.perf_counter() - asked)
            if any(Path(folder).iterdir()):
                message = f"a cancelled job left {list(Path(folder).iterdir())}"
                raise RuntimeError(message)
    return sorted(waits)


def theirs(program: str, clip: Path, preset: str) -> list[float]:
    """Seconds from SIGINT to the end of the ffmpeg process."""
    chance = random.Random(1)  # noqa: S311
    waits = []
    with tempfile.TemporaryDirectory() as folder:
        words = [program, "-v", "quiet", "-nostdin", "-y", "-i", str(clip), "-c:v", "libx264", "-preset", preset]
        for _ in range(THEIRS):
            process = subprocess.Popen([*words, "-threads", "2", "-c:a", "aac", str(Path(folder) / "out.mp4")])
            time.sleep(0.2 + chance.uniform(0, SOON))
            asked = time.perf_counter()
            process.send_signal(signal.SIGINT)
            process.wait()
            waits.append(time.perf_counter() - asked)
    return sorted(waits)


def rows(field: Field) -> list[report.Row]:
    """The median, the 99th of 100, the slowest; beside ffmpeg's SIGINT, which writes a short file first."""
    program = shutil.which("ffmpeg") or "ffmpeg"
    found = []
    for preset, count, limits in CASES:
        mine = asyncio.run(ours(field.clip, preset, count))
        other = statistics.median(theirs(program, field.clip, preset))
        said = f"SIGINT median {other * 1000:.0f} ms"
        figures = (statistics.median(mine), mine[int(len(mine) * 0.99)], mine[-1])
        for what, figure, limit in zip(("median", "p99", "max"), figures, limits, strict=True):
            name = f"cancel, x264 {preset}, {what} of {len(mine)}"
            beside = said if limit is None else f"limit {limit * 1000:.0f} ms; {said}"
            ratio = figure / (limit or other)
            found.append(report.Row(name, f"{figure * 1000:.0f} ms", "ffmpeg", beside, ratio, limit and 1.0))
    return found
