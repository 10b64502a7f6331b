"""How late an event loop's heartbeat and a thread's ticks come while jobs run, beside ffmpeg as a child process."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import report
import transcode_py

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from jobs import Field

BEAT = 0.005
ROUNDS = 3
SECONDS = 100 / 24
SETTINGS: dict[str, Any] = {"preset": "veryfast", "duration": SECONDS}
IDLE = 3.0


async def beating(work: Callable[[], Awaitable[object]]) -> list[float]:
    """Seconds by which each heartbeat came late while `work` ran."""
    late: list[float] = []

    async def beat() -> None:
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + BEAT
            await asyncio.sleep(BEAT)
            late.append(loop.time() - due)

    heart = asyncio.create_task(beat())
    await work()
    heart.cancel()
    return late


async def ours(clip: Path, folder: Path, count: int) -> None:
    """100 frames of 720p by each of some jobs, as tasks of this loop."""
    outputs = [folder / f"ours-{number}.mp4" for number in range(count)]
    await asyncio.gather(
        *(transcode_py.transcode_async(clip, output, "h264", "aac", overwrite=True, **SETTINGS) for output in outputs)
    )


async def theirs(program: str, clip: Path, folder: Path, count: int) -> None:
    """The same by child processes."""
    words = [program, "-v", "error", "-nostdin", "-y", "-t", f"{SECONDS}", "-i", str(clip)]
    words += ["-c:v", "libx264", "-preset", "veryfast", "-c:a", "aac"]

    async def one(number: int) -> None:
        process = await asyncio.create_subprocess_exec(*words, str(folder / f"theirs-{number}.mp4"))
        await process.wait()

    await asyncio.gather(*(one(number) for number in range(count)))


def percentile(values: list[float], share: float) -> float:
    """The value below which `share` of the others lie."""
    return sorted(values)[int(len(values) * share)]


def lag_rows(program: str, clip: Path, folder: Path) -> list[report.Row]:
    """The heartbeat's lag: at most the idle loop's p99 and 15 ms more, and 50 ms at worst; and beside ffmpeg's."""
    found = []
    for count in (1, 4):
        idle: list[float] = []
        mine: list[float] = []
        other: list[float] = []
        for _ in range(ROUNDS):
            idle += asyncio.run(beating(lambda: asyncio.sleep(IDLE)))
            mine += asyncio.run(beating(lambda count=count: ours(clip, folder, count)))  # type: ignore[misc]
            other += asyncio.run(beating(lambda count=count: theirs(program, clip, folder, count)))  # type: ignore[misc]
        jobs = f"{count} job{'s' * (count > 1)}"
        quiet, ms = percentile(idle, 0.99), 1000
        for what, figure, against, limit in (
            ("p99", percentile(mine, 0.99), percentile(other, 0.99), quiet + 0.015),
            ("max", max(mine), max(other), 0.050),
        ):
            said = f"{against * ms:.1f} ms"
            ratio = figure / max(against, BEAT)
            found.append(report.Row(f"loop lag, {jobs}, {what}", f"{figure * ms:.1f} ms", "ffmpeg child", said, ratio))
            allowed = f"{limit * ms:.1f} ms (idle p99 {quiet * ms:.1f})"
            found.append(
                report.Row(f"loop lag, {jobs}, {what}", f"{figure * ms:.1f} ms", "limit", allowed, figure / limit, 1.0)
            )
    return found


def ticking(work: Callable[[], object]) -> float:
    """Ticks a second of a Python thread that sleeps 1 ms at a time while `work` runs."""
    ticks = 0
    stop = threading.Event()

    def tick() -> None:
        nonlocal ticks
        while not stop.is_set():
            time.sleep(0.001)
            ticks += 1

    thread = threading.Thread(target=tick)
    thread.start()
    began = time.perf_counter()
    work()
    taken = time.perf_counter() - began
    stop.set()
    thread.join()
    return ticks / taken


def tick_row(program: str, clip: Path, folder: Path) -> report.Row:
    """A thread keeps 95 % of the ticks that it keeps beside a child process, through open, run, flush and close."""
    words = [program, "-v", "error", "-nostdin", "-y", "-t", f"{SECONDS}", "-i", str(clip)]
    words += ["-c:v", "libx264", "-preset", "veryfast", "-c:a", "aac", str(folder / "theirs.mp4")]

    def mine() -> object:
        return transcode_py.transcode(clip, folder / "ours.mp4", "h264", "aac", overwrite=True, **SETTINGS)

    def other() -> object:
        return subprocess.run(words, check=True)

    rates = [(ticking(mine), ticking(other)) for _ in range(2 * ROUNDS + 1)]
    ours, theirs = (sorted(side)[ROUNDS] for side in zip(*rates, strict=True))
    said = (f"{ours:.0f} ticks/s", f"{theirs:.0f} ticks/s")
    return report.Row("ticks of a thread lost", said[0], "ffmpeg child", said[1], theirs / ours, 1 / 0.95)


def rows(field: Field) -> list[report.Row]:
    """Lag and ticks."""
    program = shutil.which("ffmpeg") or "ffmpeg"
    with tempfile.TemporaryDirectory(dir=field.folder) as folder:
        return [*lag_rows(program, field.clip, Path(folder)), tick_row(program, field.clip, Path(folder))]
