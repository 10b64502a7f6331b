"""What a killed process leaves behind: one temporary file at most, which the next job in the folder removes."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest
import transcode_py

from media import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CLIP = ROOT / "media" / "sintel_excerpt.mp4"
EARLIER = b"an earlier output"

# Long enough to be met at work: it says so as soon as something is encoded.
CHILD = """
import sys
import transcode_py

def show(progress):
    if progress.frames:
        print("working", flush=True)

transcode_py.transcode(
    sys.argv[1], sys.argv[2], video_codec="h264", preset="veryfast", fps=480, overwrite=True, progress=show
)
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


def at_work(children: list[subprocess.Popen[str]], target: Path) -> subprocess.Popen[str]:
    """Start a long job in a process of its own; it is encoding when this returns."""
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(CLIP), str(target)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    children.append(child)
    assert child.stdout is not None
    assert child.stdout.readline() == "working\n"
    return child


def parts(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.name.startswith(".transcode_py-"))


def made_old(path: Path) -> None:
    hour_ago = time.time() - 3600
    os.utime(path, (hour_ago, hour_ago))


def short_job(target: Path) -> None:
    transcode_py.transcode(CLIP, target, video_codec="h264", preset="ultrafast", width=64, duration=0.2)


def test_the_next_job_removes_what_a_killed_one_left(children: list[subprocess.Popen[str]], out: Path) -> None:
    earlier = out / "out.mp4"
    earlier.write_bytes(EARLIER)
    child = at_work(children, earlier)
    child.kill()
    child.wait(timeout=30)
    left = parts(out)
    assert len(left) == 1
    assert earlier.read_bytes() == EARLIER
    foreign = out / ".transcode_py-notes.part"
    foreign.write_bytes(b"mine")
    for path in (left[0], foreign):
        made_old(path)
    short_job(out / "next.mp4")
    assert sorted(path.name for path in out.iterdir()) == [foreign.name, "next.mp4", "out.mp4"]
    assert foreign.read_bytes() == b"mine"
    assert earlier.read_bytes() == EARLIER


def test_what_another_process_is_writing_stays(children: list[subprocess.Popen[str]], out: Path) -> None:
    child = at_work(children, out / "out.mp4")
    (part,) = parts(out)
    made_old(part)
    short_job(out / "next.mp4")
    assert part in parts(out)
    assert child.poll() is None
