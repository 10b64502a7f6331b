"""Batches to test with: quick jobs, long ones, and what may be left of them."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING, Any

from media import ROOT

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from transcode_py import BatchProgress

CLIP = ROOT / "media" / "sintel_excerpt.mp4"
QUICK: dict[str, Any] = {"preset": "ultrafast", "width": 160, "duration": 0.5, "audio": False}
# Long enough for any test to meet it at work, by many frames and not by slow ones: a job ends at the next frame.
LONG: dict[str, Any] = {"preset": "ultrafast", "fps": 480}


def quick(out: Path, count: int, **options: Any) -> list[dict[str, Any]]:
    """As many jobs, each over in a moment."""
    return [{"input": CLIP, "output": out / f"{index}.mp4", **QUICK, **options} for index in range(count)]


def long(out: Path, count: int, **options: Any) -> list[dict[str, Any]]:
    """As many jobs that somebody has to stop."""
    return [{"input": CLIP, "output": out / f"{index}.mp4", **LONG, **options} for index in range(count)]


def left(folder: Path) -> list[str]:
    """The names in a folder: an incomplete output would be among them."""
    return sorted(os.listdir(folder))


def at_work(progress: BatchProgress) -> bool:
    """Whether a job of the batch is in the middle of its media."""
    return any(job.progress is not None and job.progress.frames for job in progress.running)


def is_whole(seen: Sequence[BatchProgress], total: int) -> bool:
    """Whether reports rise, count every job, and end with the one 100.0."""
    percents = [progress.percent for progress in seen]
    ended = [progress.done + progress.failed + progress.skipped for progress in seen]
    return (
        percents == sorted(percents)
        and percents.index(100.0) == len(percents) - 1
        and ended == sorted(ended)
        and ended[-1] == total
        and {progress.total for progress in seen} == {total}
        and seen[-1].running == ()
        and seen[-1].eta == 0.0
    )


def threads() -> list[str]:
    """The names of threads of batches."""
    return [thread.name for thread in threading.enumerate() if "transcode_py" in thread.name]
