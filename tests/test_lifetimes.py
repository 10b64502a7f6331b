"""Processes that end, fork, or leave a loop alone: exit status 0, nothing half-written, no traceback from nowhere."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from media import ROOT

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.alone

CLIP = ROOT / "media" / "sintel_excerpt.mp4"

HEAD = """
import asyncio, gc, multiprocessing, os, sys, threading, time
import transcode_py
from transcode_py import TranscodeOptions, Transcoder, transcode_async

CLIP, FOLDER = sys.argv[1:3]
QUICK = {"preset": "ultrafast", "width": 160, "duration": 1, "overwrite": True}

async def quick(name="quick.mkv"):
    return await transcode_async(CLIP, f"{FOLDER}/{name}", **QUICK)

async def long(progress=None, name="long.mp4"):
    return await transcode_async(CLIP, f"{FOLDER}/{name}", preset="veryfast", fps=480, progress=progress)

def begin(work):
    # A job at work on a loop that nobody runs any more.
    loop = asyncio.new_event_loop()
    task = loop.create_task(work)
    loop.run_until_complete(asyncio.sleep(0.3))
    return loop, task
"""

# What asyncio itself says of a task that is thrown away.
ASYNCIO = ("Task was destroyed but it is pending!", "task: <Task pending")


def run(script: str, folder: Path) -> list[str]:
    """Run a script, and give what it wrote to stderr, without what asyncio says of loops treated so."""
    done = subprocess.run(
        [sys.executable, "-c", HEAD + script, CLIP, folder],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 0, done.stderr
    # The last word: it came to its end, or was meant not to.
    assert done.stdout in {"", "end\n"}, done.stdout
    return [line for line in done.stderr.splitlines() if not line.startswith(ASYNCIO)]


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_forty_scripts_whose_last_act_is_a_job(tmp_path: Path) -> None:
    """A thread that delivers a result must not meet the interpreter's end."""

    def one(turn: int) -> list[str]:
        return run(f"asyncio.run(quick('{turn}.mkv'))", tmp_path)

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(one, range(40))) == [[]] * 40
    assert len(names(tmp_path)) == 40


LEFT = {
    "a closed loop": "loop, task = begin(long()); loop.close(); del task; gc.collect(); print('end')",
    "a closed loop, kept": "loop, task = begin(long()); loop.close()",
    "a loop left alone": "loop, task = begin(long())",
    "a loop closed while a callback waits": """
async def wait(progress):
    await asyncio.sleep(100)
loop, task = begin(long(wait))
loop.close()
""",
    "events of a closed loop": """
async def watch():
    job = Transcoder(TranscodeOptions(input=CLIP, output=f"{FOLDER}/long.mp4", fps=480))
    async for event in job.events():
        await asyncio.sleep(0.01)
loop, task = begin(watch())
loop.close()
""",
    "events left by the last act": """
async def glance():
    job = Transcoder(TranscodeOptions(input=CLIP, output=f"{FOLDER}/long.mp4", fps=480))
    async for event in job.events():
        if getattr(event, "frames", 0):
            break
asyncio.run(glance())
""",
    "a daemon's loop": "threading.Thread(target=lambda: asyncio.run(long()), daemon=True).start(); time.sleep(0.3)",
    "a daemon's call": """
job = Transcoder(TranscodeOptions(input=CLIP, output=f"{FOLDER}/long.mp4", fps=480))
threading.Thread(target=job.run, daemon=True).start()
time.sleep(0.3)
""",
    "a daemon with a file object that never answers": """
reader = os.fdopen(os.pipe()[0], "rb")
threading.Thread(target=lambda: transcode_py.transcode(reader, f"{FOLDER}/long.mp4"), daemon=True).start()
time.sleep(0.3)
""",
    "an exit in a callback": """
def leave(progress):
    if progress.frames:
        sys.exit(0)
asyncio.run(long(leave))
""",
}


@pytest.mark.parametrize("script", LEFT.values(), ids=LEFT)
def test_a_job_in_flight_when_nobody_waits_any_more(script: str, tmp_path: Path) -> None:
    assert run(script, tmp_path) == []
    assert names(tmp_path) == []


FORKS = {
    "fork after use": """
asyncio.run(quick("before.mkv"))
transcode_py.transcode(CLIP, f"{FOLDER}/call.mkv", **QUICK)
child = os.fork()
if child == 0:
    asyncio.run(quick("child.mkv"))
    transcode_py.transcode(CLIP, f"{FOLDER}/child-call.mkv", **QUICK)
    sys.exit(0)
assert os.waitpid(child, 0)[1] == 0
""",
    "fork with a job in flight": """
async def main():
    job = Transcoder(TranscodeOptions(input=CLIP, output=f"{FOLDER}/long.mp4", fps=480))
    task = asyncio.create_task(job.run_async())
    await asyncio.sleep(0.3)
    child = os.fork()
    if child == 0:
        asyncio._set_running_loop(None)
        status = 1
        try:
            asyncio.run(quick("child.mkv"))
            # What the parent runs is not the child's: it may run the same, and the end of a block does not hang.
            with job:
                try:
                    job.run(lambda progress: job.cancel())
                except transcode_py.TranscodeCancelledError:
                    status = 0
            gc.collect()
        finally:
            os._exit(status)
    assert os.waitpid(child, 0)[1] == 0
    task.cancel()
    try:
        await task
    except asyncio.CancelledError:
        pass
asyncio.run(main())
""",
    "fork while another thread works": """
def work():
    for turn in range(20):
        transcode_py.transcode(CLIP, None, format="matroska", **QUICK)
thread = threading.Thread(target=work)
thread.start()
for turn in range(8):
    child = os.fork()
    if child == 0:
        asyncio.run(quick(f"child-{turn}.mkv"))
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
thread.join()
""",
    "a child that ends with its parent's job in flight": """
loop, task = begin(long())
child = os.fork()
if child == 0:
    sys.exit(0)
assert os.waitpid(child, 0)[1] == 0
""",
}


@pytest.mark.parametrize("script", FORKS.values(), ids=FORKS)
def test_fork(script: str, tmp_path: Path) -> None:
    assert run(script, tmp_path) == []
    assert "long.mp4" not in names(tmp_path)
    assert not [name for name in names(tmp_path) if name.endswith(".part")]


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_every_start_method_of_multiprocessing(method: str, tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    body = f"""
def work(name):
    return asyncio.run(quick(name)).frames_encoded

if __name__ == "__main__":
    asyncio.run(quick("parent.mkv"))
    with multiprocessing.get_context("{method}").Pool(2) as pool:
        assert all(pool.map(work, [f"{{number}}.mkv" for number in range(4)]))
        pool.close()
        pool.join()
"""
    script.write_text(HEAD + body, encoding="utf-8")
    folder = tmp_path / "out"
    folder.mkdir()
    done = subprocess.run(
        [sys.executable, script, CLIP, folder], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert names(folder) == ["0.mkv", "1.mkv", "2.mkv", "3.mkv", "parent.mkv"]
