"""A thousand jobs in one process: no memory, thread or descriptor is lost, whether they succeed, fail or are cancelled."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from media import Shelf

pytestmark = pytest.mark.alone

# Megabytes that the process may grow by from the 50th job to the last.
MOST = 5

SCRIPT = """
import asyncio, json, os, sys
import transcode_py

source, folder, way, count = *sys.argv[1:4], int(sys.argv[4])
target = f"{folder}/out.mkv"
quick = {"preset": "ultrafast", "overwrite": True, "duration": 0.2}

def called():
    transcode_py.transcode(source, target, **quick)

async def awaited():
    await transcode_py.transcode_async(source, target, **quick)

async def failed():
    for bad in (b"no media at all" * 100, "/nowhere/at/all.mp4"):
        try:
            await transcode_py.transcode_async(bad, target, **quick)
        except transcode_py.TranscodeError:
            continue
        raise SystemExit("it should have failed")

async def cancelled():
    task = asyncio.create_task(transcode_py.transcode_async(source, target, fps=240, preset="ultrafast", overwrite=True))
    await asyncio.sleep(0.003)
    task.cancel()
    try:
        await task
    except asyncio.CancelledError:
        pass

def state():
    with open("/proc/self/status", encoding="ascii") as lines:
        memory = next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024
    return memory, len(os.listdir("/proc/self/fd")), len(os.listdir("/proc/self/task"))

async def main():
    work = globals()[way]
    states = []
    for turn in range(1, count + 1):
        done = work()
        if done is not None:
            await done
        if turn <= 50 or turn > count - 50:
            states.append(state())
    # What a job has freed goes back a moment later, each thing at its own: the least of each over a few jobs is what is held.
    print(json.dumps([[min(each) for each in zip(*some)] for some in (states[40:50], states[-10:])]))

asyncio.run(main())
"""


@pytest.mark.timeout(600)
@pytest.mark.skipif(sys.platform != "linux", reason="memory is counted as Linux shows it")
@pytest.mark.parametrize(("way", "count"), [("called", 1000), ("awaited", 1000), ("failed", 1000), ("cancelled", 1000)])
def test_a_thousand_jobs(way: str, count: int, shelf: Shelf, tmp_path: Path) -> None:
    words = [sys.executable, "-c", SCRIPT, str(shelf["plain.mp4"]), str(tmp_path), way, str(count)]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    (memory, files, threads), (later, files_later, threads_later) = json.loads(done.stdout)
    assert later - memory < MOST
    assert files_later == files
    assert threads_later <= threads
