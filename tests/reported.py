"""Reports made by hand, for what shows them."""

from __future__ import annotations

from typing import Any

from transcode_py import BatchProgress, Progress, RunningJob


def at(percent: float, **fields: Any) -> Progress:
    """Give the report of a job that is so far."""
    known: dict[str, Any] = {"frames": 10, "speed": 2.0, "eta": 61.2, "size": 1_234_567, "bitrate": 800_000}
    known |= {"fps": 50.0, "time": 1.0, "duration": 10.0, "elapsed": 0.5, "stage": "encode"}
    return Progress(percent=percent, **{**known, **fields})


def running(index: int, name: str, percent: float | None) -> RunningJob:
    """Give a job of a batch that is so far; `None` for one that has not told anything."""
    return RunningJob(index=index, name=name, progress=None if percent is None else at(percent))


def batch(percent: float, *jobs: RunningJob, **fields: Any) -> BatchProgress:
    """Give the report of a batch that is so far."""
    known: dict[str, Any] = {"total": 200, "done": round(2 * percent), "failed": 0, "skipped": 0}
    known |= {"elapsed": 10.0, "eta": 31.0}
    return BatchProgress(percent=percent, running=jobs, **{**known, **fields})
