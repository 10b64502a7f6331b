"""`threads`: every codec takes any number of them, and one is one."""

from __future__ import annotations

import os
import sys
import threading
from typing import TYPE_CHECKING

import pytest
import transcode_py

from media import ROOT

if TYPE_CHECKING:
    from pathlib import Path

CLIP = ROOT / "media" / "sintel_excerpt.mp4"


@pytest.mark.parametrize("threads", [1, 17, 65, 1024])
@pytest.mark.parametrize("codec", ["h264", "hevc", "vp9", "mjpeg", "ffv1", "prores"])
def test_every_codec_takes_any_number(out: Path, codec: str, threads: int) -> None:
    # Some encoders open for 15 threads at most, others for 64; who has more cores than that must not notice.
    stats = transcode_py.transcode(
        CLIP, out / "out.mkv", video_codec=codec, audio=False, duration=0.1, width=128, threads=threads
    )
    assert stats.frames_encoded > 0
    assert stats.metrics["threads"] == threads


@pytest.mark.alone
@pytest.mark.skipif(sys.platform != "linux", reason="threads are counted as Linux shows them")
def test_one_thread_is_not_a_pool_of_them(out: Path) -> None:
    most, over = 0, threading.Event()

    def count() -> None:
        nonlocal most
        while not over.wait(0.005):
            most = max(most, len(os.listdir("/proc/self/task")))

    counter = threading.Thread(target=count)
    counter.start()
    before = len(os.listdir("/proc/self/task"))
    try:
        transcode_py.transcode(CLIP, out / "out.mkv", video_codec="hevc", preset="ultrafast", threads=1)
    finally:
        over.set()
        counter.join()
    # The job's own, and those that x265 starts even so: one that works, one that looks ahead.
    assert most - before <= 4
