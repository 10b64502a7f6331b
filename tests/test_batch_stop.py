"""Batches that are interrupted or killed, and batches of many: nothing half-written, nothing done twice."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from batches import CLIP, left, long, quick
from transcode_py import transcode_many
from transcode_py.batch import cores

from media import REAL

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.alone

FILM = REAL / "tears_of_steel.webm"

BATCH = """
import json, sys
import transcode_py

def show(progress):
    frames = max([job.progress.frames for job in progress.running if job.progress], default=0)
    print(progress.done, frames, flush=True)

try:
    transcode_py.transcode_many(json.loads(sys.argv[1]), concurrency=2, progress=show)
except BaseException as error:
    print(type(error).__name__, flush=True)
    # The interpreter is whole: another batch runs.
    print(transcode_py.transcode_many(json.loads(sys.argv[2]))[0].status, flush=True)
"""


@pytest.fixture
def children() -> Iterator[list[subprocess.Popen[str]]]:
    """Whatever a test starts is gone after it."""
    started: list[subprocess.Popen[str]] = []
    yield started
    for child in started:
        if child.poll() is None:
            child.kill()
        child.communicate()


def start(children: list[subprocess.Popen[str]], *words: object) -> subprocess.Popen[str]:
    child = subprocess.Popen(
        [sys.executable, *map(str, words)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    children.append(child)
    return child


def written(jobs: list[dict[str, Any]]) -> str:
    return json.dumps(jobs, default=str)


def wait_for(child: subprocess.Popen[str], done: int) -> None:
    """Wait until so many jobs are done, and another is in the middle of its media."""
    assert child.stdout is not None
    for line in child.stdout:
        ended, frames = map(int, line.split())
        if ended >= done and frames:
            return
    pytest.fail("the batch ended before")


@pytest.mark.parametrize("done", [0, 1])
def test_ctrl_c(children: list[subprocess.Popen[str]], out: Path, done: int) -> None:
    jobs = [*quick(out, done), *long(out, 6)[done:]]
    child = start(children, "-c", BATCH, written(jobs), written(quick(out, 9)[8:]))
    wait_for(child, done)
    child.send_signal(signal.SIGINT)
    shown, err = child.communicate(timeout=30)
    assert shown.splitlines()[-2:] == ["KeyboardInterrupt", "done"], err
    assert err == ""
    assert left(out) == [*(f"{index}.mp4" for index in range(done)), "8.mp4"]


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_the_command_leaves_nothing_half_written(
    children: list[subprocess.Popen[str]], out: Path, tmp_path: Path, number: signal.Signals, status: int
) -> None:
    for name in ("a.mp4", "b.mp4", "c.mp4"):
        (tmp_path / name).symlink_to(CLIP)
    words = ["--preset", "ultrafast", "--fps", "480", "--progress", "json", "--jobs", "2"]
    child = start(children, "-m", "transcode_py", "batch", tmp_path / "*.mp4", "-o", out, *words)
    assert child.stderr is not None
    for line in child.stderr:
        if any(job["progress"] and job["progress"]["frames"] for job in json.loads(line)["running"]):
            break
    child.send_signal(number)
    shown, err = child.communicate(timeout=30)
    assert child.returncode == status
    assert shown == ""
    assert "Traceback" not in err
    assert left(out) == []


def test_a_batch_that_was_killed_goes_on_where_it_was(children: list[subprocess.Popen[str]], out: Path) -> None:
    jobs = quick(out, 8, duration=8, width=640)
    child = start(children, "-c", BATCH, written(jobs), "[]")
    wait_for(child, 2)
    child.kill()
    child.communicate()
    finished = {name: (out / name).stat() for name in left(out) if name.endswith(".mp4")}
    for incomplete in set(left(out)) - set(finished):
        os.utime(out / incomplete, (0, 0))  # a young one could be that of a job at work
    assert 2 <= len(finished) < 8
    results = transcode_many(jobs, skip_done=True)
    assert all(result.ok for result in results), results
    skipped = {f"{result.index}.mp4" for result in results if result.status == "skipped"}
    assert skipped == set(finished)
    for name, before in finished.items():
        after = (out / name).stat()
        assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    # What the killed one left incomplete is gone, too.
    assert left(out) == [f"{index}.mp4" for index in range(8)]
    assert len({(out / name).stat().st_size for name in left(out)}) == 1


MANY = """
import asyncio, json, os, sys, threading, time
import transcode_py

how, concurrency, jobs = sys.argv[1], int(sys.argv[2]), json.loads(sys.argv[3])
peak, over = 0, threading.Event()

def count():
    global peak
    while not over.is_set():
        peak = max(peak, len(os.listdir("/proc/self/task")))
        time.sleep(0.001)

async def stream():
    return [result async for result in transcode_py.transcode_many_async(jobs, concurrency=concurrency)]

counter = threading.Thread(target=count)
counter.start()
if how == "async":
    results = asyncio.run(stream())
else:
    results = transcode_py.transcode_many(jobs, concurrency=concurrency)
over.set()
counter.join()
# Not `ru_maxrss`, which begins with what the parent had.
with open("/proc/self/status", encoding="ascii") as status:
    memory = next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) // 1024
print(json.dumps([sum(not result.ok for result in results), peak, memory]))
"""


@pytest.mark.timeout(900)
@pytest.mark.skipif(not FILM.exists(), reason="the real media are not here")
@pytest.mark.skipif(sys.platform != "linux", reason="threads and memory are counted as Linux shows them")
@pytest.mark.parametrize(("how", "count"), [("sync", 100), ("async", 30)])
def test_many_jobs_need_the_threads_and_memory_of_few(out: Path, how: str, count: int) -> None:
    concurrency = max(4, cores())
    jobs = [
        {"input": FILM, "output": out / f"{index}.mp4", "video_codec": "h264", "preset": "ultrafast"}
        for index in range(count)
    ]
    words = [sys.executable, "-c", MANY, how, str(concurrency), written(jobs)]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    failed, threads, memory = json.loads(done.stdout)
    assert failed == 0
    assert len(left(out)) == count
    # The interpreter's own and the one that counts; where no core is left to share, each job at work is one thread,
    # and one more may be about to end. The call has a thread for each job that waits for it, a loop one for all.
    ours = 2 + 2 * concurrency + (1 if how == "async" else concurrency)
    assert threads <= ours
    # Each job lives on some 15 MiB; all 100 at once take 900.
    assert memory < 100 + 40 * concurrency
