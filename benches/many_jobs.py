"""Many small jobs: `transcode_many` beside `xargs -P ffmpeg`, and a hundred jobs at once beside PyAV in threads."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import measure
import report

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jobs import Field

HERE = Path(__file__).resolve().parent
CLIPS = 200
ROUNDS = 3
LIMIT = 1 / 1.5
MIB = 1 << 20
X264 = ["-c:v", "libx264", "-preset", "veryfast", "-crf", "23", "-c:a", "aac", "-b:a", "128k"]
SETTINGS = {"video_codec": "h264", "preset": "veryfast", "crf": 23, "audio_codec": "aac", "audio_bitrate": 128_000}


def cut(program: str, clip: Path, folder: Path, size: str) -> list[str]:
    """One-second clips of a size, each from another second of the clip."""
    folder.mkdir()
    names = []
    for number in range(CLIPS):
        name = str(folder / f"{number:03}.mp4")
        words = [program, "-v", "error", "-nostdin", "-y", "-ss", f"{number % 45 + number / 1000}", "-i", str(clip)]
        words += ["-t", "1", "-vf", f"scale={size}", "-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac", name]
        subprocess.run(words, check=True)
        names.append(name)
    return names


def race(program: str, names: Sequence[str], folder: Path, label: str) -> list[report.Row]:
    """The same clips, by one process of ours and by as many ffmpeg processes as there are cores."""
    cores = len(os.sched_getaffinity(0))
    listing = folder / "list"
    listing.write_text("\n".join(names), encoding="utf-8")
    (folder / "theirs").mkdir(exist_ok=True)
    (folder / "ours").mkdir(exist_ok=True)
    command = f'{program} -v error -nostdin -y -i "$0" {" ".join(X264)} "{folder}/theirs/$(basename "$0")"'
    contenders = {
        "ours": partial(
            measure.run,
            [sys.executable, str(HERE / "many.py"), str(listing), str(folder / "ours"), json.dumps(SETTINGS)],
        ),
        "xargs": partial(measure.run, ["xargs", "-a", str(listing), "-P", str(cores), "-n", "1", "sh", "-c", command]),
    }
    samples = {name: measure.median(taken) for name, taken in measure.alternate(contenders, ROUNDS).items()}
    mine, other = samples["ours"], samples["xargs"]
    return [
        report.Row(
            f"{label}",
            f"{mine.wall:.2f} s",
            f"xargs -P{cores} ffmpeg",
            f"{other.wall:.2f} s",
            mine.wall / other.wall,
            LIMIT,
        ),
        report.Row(f"{label}: peak memory", f"{mine.peak / MIB:.0f} MiB", f"{cores} at once", "", None),
    ]


def crowd(field: Field) -> list[report.Row]:
    """A hundred jobs at once: no slower than PyAV in a hundred threads, in bounded memory."""
    clip = field.clip.parent / "tears_of_steel.webm"
    if not clip.is_file():
        return []
    contenders = {
        "ours": partial(measure.run, [sys.executable, str(HERE / "hundred.py"), "ours", str(clip), str(field.folder)]),
        "pyav": partial(measure.run, [sys.executable, str(HERE / "hundred.py"), "pyav", str(clip), str(field.folder)]),
    }
    samples = {name: measure.median(taken) for name, taken in measure.alternate(contenders, 3).items()}
    mine, other = samples["ours"], samples["pyav"]
    name = "100 jobs at once"
    times, memory = (f"{mine.wall:.1f} s", f"{other.wall:.1f} s"), (mine.peak / MIB, other.peak / MIB)
    return [
        report.Row(name, times[0], "PyAV, 100 threads", times[1], mine.wall / other.wall, 1.0),
        report.Row(
            f"{name}: peak memory", f"{memory[0]:.0f} MiB", "PyAV", f"{memory[1]:.0f} MiB", memory[0] / memory[1], 1.0
        ),
    ]


def rows(field: Field) -> list[report.Row]:
    """Small clips in two sizes, and the crowd."""
    program = shutil.which("ffmpeg") or "ffmpeg"
    found = []
    for size in ("320:180", "640:360"):
        folder = field.folder / size.replace(":", "x")
        folder.mkdir()
        names = cut(program, field.clip, folder / "clips", size)
        found += race(program, names, folder, f"{CLIPS} clips of 1 s, {size.replace(':', 'x')}")
    return [*found, *crowd(field)]
