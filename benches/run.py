"""`make bench`: the figures that this project promises, beside the ffmpeg program's own.

Every contender runs in turn with the others, each in a process of its own; medians count.
"""

from __future__ import annotations

import argparse
import importlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import cancelling
import latency
import likeness
import loop_lag
import many_jobs
import progress_cost
import reading
import report
import sound
import writer
from jobs import COPY, DECODE, ENCODE, RESIZE, Field, Job
from measure import Sample, alternate, median

if TYPE_CHECKING:
    from collections.abc import Callable

OTHERS = {
    "latency": latency.rows,
    "progress": progress_cost.rows,
    "cancel": cancelling.rows,
    "loop": loop_lag.rows,
    "batch": many_jobs.rows,
    "reading": reading.rows,
    "sound": sound.rows,
    "writer": writer.rows,
}
# With the most that our time may be of the other's.
JOBS = {
    "encode": (ENCODE, {"ffmpeg": 0.97}),
    "resize": (RESIZE, {"ffmpeg": 0.65, "static ffmpeg": 0.9}),
    "decode": (DECODE, {"ffmpeg": 1.0}),
    "copy": (COPY, {"ffmpeg": 0.25}),
}
ROOT = Path(__file__).resolve().parent.parent
MIB = 1 << 20


def clip() -> Path:
    """The long clip where it is there, otherwise the excerpt that the repository carries."""
    shelf = Path(os.environ.get("TRANSCODE_MEDIA", ROOT.parent / "shared" / "media"))
    long = shelf / "sintel_trailer-720p.mp4"
    return long if long.is_file() else ROOT / "media" / "sintel_excerpt.mp4"


def version(program: str) -> str:
    """The first words of `ffmpeg -version`."""
    said = subprocess.run([program, "-version"], capture_output=True, text=True, check=True).stdout
    return " ".join(said.split()[:3])


def static_ffmpeg() -> str | None:
    """The program that imageio-ffmpeg carries, where that is installed."""
    try:
        return str(importlib.import_module("imageio_ffmpeg").get_ffmpeg_exe())
    except ImportError:
        return None


def seconds(value: float) -> str:
    """A time for the table."""
    return f"{value:.3f} s" if value >= 1 else f"{value * 1000:.1f} ms"


def rows_of(job: Job, samples: dict[str, list[Sample]], limits: dict[str, float]) -> list[report.Row]:
    """The rows of one job: time, memory, and what the codecs alone would take."""
    middle = {name: median(taken) for name, taken in samples.items()}
    ours, theirs = middle["python"], middle["ffmpeg"]
    # A copy is so short that the start of the interpreter would hide it: there the call counts.
    mine = ours.call if job is COPY else ours.wall
    rows = [
        report.Row(job.name, seconds(mine), name, seconds(other.wall), mine / other.wall, limits.get(name))
        for name, other in middle.items()
        if name not in {"python", "rust"}
    ]
    memory = (f"{ours.peak / MIB:.0f} MiB", f"{theirs.peak / MIB:.0f} MiB")
    rows.append(report.Row(f"{job.name}: peak memory", memory[0], "ffmpeg", memory[1], ours.peak / theirs.peak, 1.0))
    cores = os.cpu_count() or 1
    bound = f"CPU {seconds(ours.cpu)} / {cores} cores = {seconds(ours.cpu / cores)}"
    rows.append(report.Row(f"{job.name}: CPU", bound, "ffmpeg", f"CPU {seconds(theirs.cpu)}", ours.cpu / theirs.cpu))
    if "rust" in middle:
        lean = middle["rust"].peak
        memory = (f"{lean / MIB:.0f} MiB", memory[1])
        rows.append(report.Row(f"{job.name}: peak memory, Rust", memory[0], "ffmpeg", memory[1], lean / theirs.peak))
        call, bare = ours.call, middle["rust"].call
        rows.append(
            report.Row(f"{job.name}: Python call", seconds(call), "Rust call", seconds(bare), call / bare, 1.01)
        )
    return rows


def race(field: Field, job: Job, programs: dict[str, str], runs: int, limits: dict[str, float]) -> list[report.Row]:
    """Run one job with everybody."""
    contenders: dict[str, Callable[[], Sample]] = {"python": field.python(job), "rust": field.rust(job)}
    contenders |= {name: field.ffmpeg(program, name.split()[0], job) for name, program in programs.items()}
    rows = rows_of(job, alternate(contenders, runs * job.rounds), limits)
    return rows + likeness.rows(field, programs) if job is RESIZE else rows


def main() -> int:
    """Measure, print, and write where asked. A limit that is not kept is said, and no error: the machine may be busy."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=7, help="runs of each contender; the median counts")
    parser.add_argument("--only", choices=["encode", "resize", "decode", "copy", *OTHERS], help="one part alone")
    parser.add_argument("--write", action="store_true", help="keep the table in benches/results")
    arguments = parser.parse_args()
    program = os.environ.get("FFMPEG") or shutil.which("ffmpeg")
    if program is None:
        sys.stderr.write(
            "the ffmpeg program is not found; expected it on PATH or in FFMPEG; got nothing; install ffmpeg\n"
        )
        return 2
    programs = {"ffmpeg": program}
    if newest := static_ffmpeg():
        programs["static ffmpeg"] = newest

    rows: list[report.Row] = []
    work = ROOT / "target" / "bench"
    work.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=work) as folder:
        field = Field(clip(), Path(folder))
        for key, (job, limits) in JOBS.items():
            if arguments.only in {None, key}:
                rows += race(field, job, programs, arguments.runs, limits)
        for key, rows_of_part in OTHERS.items():
            if arguments.only in {None, key}:
                rows += rows_of_part(field)
    heading = [f"clip: {clip().name}", *(f"{name}: {version(path)}" for name, path in programs.items())]
    heading.append(
        f"median of {arguments.runs} runs in turns ({arguments.runs * COPY.rounds} of the copy), each a process of its own"
    )
    text = report.page(rows, heading)
    sys.stdout.write(text)
    if arguments.write:
        sys.stdout.write(f"\nwritten: {report.write(text).relative_to(ROOT)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
