"""Sound into arrays: an hour of AAC and of MP3 as 16 kHz mono, beside PyAV, torchcodec and the ffmpeg program."""

from __future__ import annotations

import importlib.util
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
    from collections.abc import Callable

    from jobs import Field

HERE = Path(__file__).resolve().parent
HOUR = 3600
ROUNDS = 5
LIMIT = 1 / 1.5
MIB = 1 << 20
# How each is made of the clip's own sound, repeated.
CODECS = {
    "AAC": ("m4a", ["-c:a", "copy"]),
    "MP3": ("mp3", ["-c:a", "libmp3lame", "-b:a", "128k", "-ar", "44100"]),
}


def long(program: str, field: Field, seconds: int, suffix: str, encoder: list[str]) -> Path:
    """The clip's sound over and over."""
    once, path = field.folder / "once.m4a", field.folder / f"{seconds}.{suffix}"
    quiet = [program, "-v", "error", "-nostdin", "-y"]
    if not once.exists():
        subprocess.run([*quiet, "-i", str(field.clip), "-vn", "-c:a", "copy", str(once)], check=True)
    subprocess.run([*quiet, "-stream_loop", "-1", "-i", str(once), "-t", str(seconds), *encoder, str(path)], check=True)
    return path


def race(program: str, path: Path, name: str) -> list[report.Row]:
    """One file, by everybody who is here."""
    script = [sys.executable, str(HERE / "hour.py")]
    contenders: dict[str, Callable[[], measure.Sample]] = {
        who: partial(measure.run, [*script, who, str(path)]) for who in ("ours", "reader", "pyav")
    }
    if importlib.util.find_spec("torchcodec"):
        contenders["torchcodec"] = partial(measure.run, [*script, "torchcodec", str(path)])
    command = [program, "-v", "error", "-nostdin", "-y", "-i", str(path), "-ar", "16000", "-ac", "1", "-f", "f32le"]
    contenders["ffmpeg"] = partial(measure.run, [*command, os.devnull])
    samples = {who: measure.median(taken) for who, taken in measure.alternate(contenders, ROUNDS).items()}
    mine, what = samples["ours"], f"an hour of {name} as 16 kHz mono"
    others = [who for who in samples if who not in {"ours", "reader"}]
    rows = []
    for who in others:
        theirs = samples[who]
        # The limit is for libraries; the program shows what a command would take.
        limit = None if who == "ffmpeg" else LIMIT
        rows.append(report.Row(what, f"{mine.call:.2f} s", who, f"{theirs.call:.2f} s", mine.call / theirs.call, limit))
    if "torchcodec" not in samples:
        rows.append(report.Row(what, f"{mine.call:.2f} s", "torchcodec", "not installed"))
    pieces = samples["reader"]
    rows.append(report.Row(f"{what}: AudioReader", f"{pieces.call:.2f} s", "read_audio", f"{mine.call:.2f} s"))
    rows.append(report.Row(f"{what}: CPU", f"{mine.cpu:.2f} s", "ffmpeg", f"{samples['ffmpeg'].cpu:.2f} s"))
    return rows


def rows(field: Field) -> list[report.Row]:
    """The races, and what a file a hundred times as long takes of memory."""
    program = shutil.which("ffmpeg") or "ffmpeg"
    found: list[report.Row] = []
    for name, (suffix, encoder) in CODECS.items():
        found += race(program, long(program, field, HOUR, suffix, encoder), name)
    peaks = []
    for seconds in (HOUR // 10, HOUR * 10):
        # In MP4 any demuxer holds a table of all packets: 80 MB for ten hours.
        path = long(program, field, seconds, "mka", ["-c:a", "copy"])
        peaks.append(measure.run([sys.executable, str(HERE / "hour.py"), "reader", str(path)]).peak)
    few, many = peaks
    return [
        *found,
        report.Row(
            "AudioReader over 10 h: peak memory",
            f"{many / MIB:.0f} MiB",
            "over 6 min",
            f"{few / MIB:.0f} MiB",
            many / few,
            1.1,
        ),
    ]
