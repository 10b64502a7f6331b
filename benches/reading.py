"""Pictures into arrays: all of them, small ones in batches, random ones, every 30th; beside PyAV, torchcodec, decord and OpenCV."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import measure
import report
from frames import MODULES

if TYPE_CHECKING:
    from collections.abc import Callable

    from jobs import Field

SCRIPT = Path(__file__).resolve().parent / "frames.py"
ROUNDS = 5
MIB = 1 << 20
# The work, in words, and the most that our time may be of the best of the others.
WORK = {
    "all": ("all pictures as RGB", 1 / 1.15),
    "small": ("all as 224x224 RGB in batches of 32", 1 / 1.5),
    "random": ("32 random pictures as RGB", 1 / 1.3),
    "stride": ("every 30th picture as RGB", 1 / 1.3),
}


def race(field: Field, work: str) -> list[report.Row]:
    """One kind of work, by everybody who is here and can do it."""
    what, limit = WORK[work]
    run = [sys.executable, str(SCRIPT)]
    others = [who for who in MODULES if who != "ours"]
    here = [who for who in others if importlib.util.find_spec(MODULES[who].partition(".")[0])]
    able = [who for who in here if (who, work) != ("pyav", "random")]
    contenders: dict[str, Callable[[], measure.Sample]] = {
        who: partial(measure.run, [*run, work, who, str(field.clip)]) for who in ("ours", *able)
    }
    if work == "all":
        contenders["bare"] = partial(measure.run, [*run, "bare", "ours", str(field.clip)])
    samples = {who: measure.median(taken) for who, taken in measure.alternate(contenders, ROUNDS).items()}
    mine = samples["ours"].call
    rows = [
        report.Row(what, f"{mine:.3f} s", who, f"{samples[who].call:.3f} s", mine / samples[who].call, limit)
        for who in able
    ]
    if work == "all":
        bare = samples["bare"].call
        rows.append(report.Row(what, f"{mine:.3f} s", "decoding alone", f"{bare:.3f} s", mine / bare, 1.15))
    rows += [report.Row(what, f"{mine:.3f} s", who, "not installed") for who in others if who not in here]
    return rows


def rows(field: Field) -> list[report.Row]:
    """The races, and what a file a hundred times as long takes of memory."""
    found = [row for work in WORK for row in race(field, work)]
    # Long enough that all that may be decoded ahead is.
    once, long = field.folder / "once.mkv", field.folder / "long.mkv"
    words = ["ffmpeg", "-v", "error", "-nostdin", "-y"]
    made = ["-f", "lavfi", "-i", "testsrc2=s=320x180:d=40", "-c:v", "libx264", "-preset", "ultrafast"]
    subprocess.run([*words, *made, str(once)], check=True)
    subprocess.run([*words, "-stream_loop", "99", "-i", str(once), "-c", "copy", str(long)], check=True)
    for work, limit in (("all", 1.1), ("small", None)):
        few, many = (measure.run([sys.executable, str(SCRIPT), work, "ours", str(path)]).peak for path in (once, long))
        # Batches need an index, and that is as long as the file.
        what = "a file 100 times as long" + ("" if limit else ", in batches")
        sizes = f"{many / MIB:.0f} MiB", f"{few / MIB:.0f} MiB"
        found.append(report.Row(f"{what}: peak memory", sizes[0], "once", sizes[1], many / few, limit))
    return found
