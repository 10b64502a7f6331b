"""VideoWriter: however it ends, nothing half-written stays, nothing hangs, and memory has a bound."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import remains
import transcode_py
import written
from written import noise

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from twins import Arrays

FRAME = noise(1, 90, 160, 3)[0]
EARLIER = b"an earlier file"
# Slow enough that the queue fills.
SLOW: dict[str, Any] = {"video_codec": "h264", "preset": "placebo", "threads": 1}


def fill(writer: transcode_py.VideoWriter, frames: Iterable[Any]) -> int:
    """Write until it is refused or there are no more; how many were taken."""
    count = 0
    with suppress(transcode_py.TranscodeError):
        for frame in frames:
            writer.write(frame)
            count += 1
    return count


def run(script: str, *arguments: Any, **options: Any) -> dict[str, Any]:
    """A script in a process of its own, and the JSON that it prints."""
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script), *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        **options,
    )
    assert done.returncode == 0, f"exit status {done.returncode}\n{done.stderr[-3000:]}"
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


@pytest.mark.alone
@pytest.mark.parametrize("earlier", [False, True])
def test_an_exception_leaves_nothing(earlier: bool, out: Path, arrays: Arrays) -> None:
    if earlier:
        (out / "out.mp4").write_bytes(EARLIER)
    with remains.nothing():
        writer = transcode_py.VideoWriter(out / "out.mp4", fps=25, overwrite=True, **SLOW)

        def work() -> None:
            with writer:
                for _ in range(20):
                    writer.write(arrays.of(FRAME))
                assert len(os.listdir(out)) == 1 + earlier
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            work()
    assert os.listdir(out) == (["out.mp4"] if earlier else [])
    if earlier:
        assert (out / "out.mp4").read_bytes() == EARLIER
    with pytest.raises(transcode_py.InvalidOptionError, match="closed"):
        writer.close()


def test_the_file_is_there_only_at_the_end(out: Path, arrays: Arrays) -> None:
    with transcode_py.VideoWriter(out / "out.mp4", fps=25) as writer:
        writer.write(arrays.of(FRAME))
        assert "out.mp4" not in os.listdir(out)
        writer.close()
        assert os.listdir(out) == ["out.mp4"]


def test_a_writer_that_is_dropped_leaves_nothing(out: Path, arrays: Arrays) -> None:
    writer = transcode_py.VideoWriter(out / "out.mp4", fps=25, **SLOW)
    writer.write(arrays.of(FRAME))
    del writer
    until = time.monotonic() + 10
    while os.listdir(out) and time.monotonic() < until:
        time.sleep(0.01)
    assert not os.listdir(out)


def test_a_process_that_ends_leaves_nothing(out: Path) -> None:
    script = """
        import sys
        import numpy as np, transcode_py
        writer = transcode_py.VideoWriter(sys.argv[1], fps=25, preset="placebo")
        for _ in range(20):
            writer.write(np.zeros((90, 160, 3), np.uint8))
        print("{}")
    """
    run(script, out / "out.mp4")
    assert not os.listdir(out)


DISK_FULL = """
    import json, resource, sys
    import numpy as np, transcode_py
    frames = np.random.default_rng(1).integers(0, 256, (200, 90, 160, 3), dtype=np.uint8)
    answer = {"writes": 0}
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
    def told(call):
        try:
            call()
        except transcode_py.TranscodeError as error:
            return [type(error).__name__, error.errno, error.path]
    writer = transcode_py.VideoWriter(sys.argv[1], fps=25, video_codec="ffv1", overwrite=True)
    for frame in frames:
        answer["write"] = told(lambda: writer.write(frame))
        if answer["write"]:
            break
        answer["writes"] += 1
    answer["again"] = told(lambda: writer.write(frame))
    answer["close"] = told(writer.close)
    print(json.dumps(answer))
"""


def test_disk_full(out: Path) -> None:
    """An error of the background comes out at the next write, at every later one, and at close."""
    (out / "out.mkv").write_bytes(EARLIER)
    answer = run(DISK_FULL, out / "out.mkv")
    expected = ["MediaIOError", errno.EFBIG, str(out / "out.mkv")]
    assert answer["write"] == answer["again"] == answer["close"] == expected
    assert answer["writes"] < 100
    assert (out / "out.mkv").read_bytes() == EARLIER
    assert os.listdir(out) == ["out.mkv"]


def test_an_error_in_the_background(out: Path, arrays: Arrays) -> None:
    """A filter that gives up in the middle: told at the next write, and again at close."""
    graph = "scale=w='if(gt(n,5),100000000,iw)':h=ih:eval=frame"
    writer = transcode_py.VideoWriter(out / "out.mp4", fps=25, video_filter=graph)
    assert 5 < fill(writer, [arrays.of(FRAME)] * 500) < 100
    assert writer.closed
    with pytest.raises(transcode_py.TranscodeError, match="a filter failed") as caught:
        writer.write(arrays.of(FRAME))
    with pytest.raises(type(caught.value), match="a filter failed"):
        writer.close()
    assert caught.value.stage == "filter"
    assert not os.listdir(out)


class BrokenError(Exception):
    """The file object's own."""


class Broken:
    """A file object that takes some data and then raises."""

    def __init__(self, most: int) -> None:
        self.left = most

    def write(self, data: bytes) -> int:
        self.left -= len(data)
        if self.left < 0:
            raise BrokenError
        return len(data)


@pytest.mark.alone
def test_a_file_object_that_raises(out: Path, arrays: Arrays) -> None:
    """Its own exception comes out, at write or close."""
    frames = noise(60, 90, 160, 3)
    with remains.nothing():
        writer = transcode_py.VideoWriter(Broken(100_000), fps=25, format="matroska", video_codec="ffv1")

        def work() -> None:
            with writer:
                for frame in frames:
                    writer.write(arrays.of(frame))

        with pytest.raises(BrokenError):
            work()
        with pytest.raises(BrokenError):
            writer.close()
    assert not os.listdir(out)


def test_a_timeout_counts_all(out: Path, arrays: Arrays) -> None:
    writer = transcode_py.VideoWriter(out / "out.mp4", fps=25, timeout=0.3)
    writer.write(arrays.of(FRAME))
    time.sleep(0.5)
    with pytest.raises(transcode_py.TranscodeTimeoutError):
        writer.write(arrays.of(FRAME))
    assert not os.listdir(out)


@pytest.mark.alone
def test_ctrl_c_while_it_waits_for_room(out: Path) -> None:
    """Within moments, and nothing stays."""
    script = """
        import json, os, signal, sys, threading, time
        import numpy as np, transcode_py
        frame = np.random.default_rng(1).integers(0, 256, (360, 640, 3), dtype=np.uint8)
        asked = []
        def press():
            asked.append(time.monotonic())
            os.kill(os.getpid(), signal.SIGINT)
        threading.Timer(1.5, press).start()
        try:
            with transcode_py.VideoWriter(sys.argv[1], fps=25, preset="placebo", threads=1) as writer:
                while True:
                    writer.write(frame)
        except KeyboardInterrupt:
            print(json.dumps({"seconds": time.monotonic() - asked[0]}))
    """
    answer = run(script, out / "out.mp4")
    assert answer["seconds"] < 2.0
    assert not os.listdir(out)


@pytest.mark.alone
def test_the_gil_is_free_while_it_waits(out: Path, arrays: Arrays) -> None:
    """Another thread goes on while write() waits for room."""
    ticks, stop = 0, threading.Event()

    def tick() -> None:
        nonlocal ticks
        while not stop.is_set():
            ticks += 1
            time.sleep(0.001)

    other = threading.Thread(target=tick)
    frame = noise(1, 360, 640, 3)[0]
    longest = 0.0
    with transcode_py.VideoWriter(out / "out.mp4", fps=25, preset="slower", video_codec="h264") as writer:
        writer.write(arrays.of(frame))
        other.start()
        before = ticks
        began = time.monotonic()
        while time.monotonic() - began < 2 and longest < 0.05:
            at = time.monotonic()
            writer.write(arrays.of(frame))
            longest = max(longest, time.monotonic() - at)
        elapsed, done = time.monotonic() - began, ticks - before
        stop.set()
        other.join()
        writer.cancel()
    assert longest >= 0.05, "the queue never filled"
    assert done > elapsed * 200


@pytest.mark.alone
def test_several_threads(out: Path, arrays: Arrays) -> None:
    """Every frame is written once, whole, and no call is lost."""
    frames = [np.full((36, 64, 3), value, np.uint8) for value in range(200)]
    with transcode_py.VideoWriter(out / "out.mkv", fps=25, video_codec="ffv1") as writer:

        def work(part: int) -> None:
            for frame in frames[part::4]:
                writer.write(arrays.of(frame))

        threads = [threading.Thread(target=work, args=(part,)) for part in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    back = written.raw(out / "out.mkv", "rgb24").reshape(200, -1)
    assert (back == back[:, :1]).all()
    assert sorted(back[:, 0]) == list(range(200))


@pytest.mark.alone
def test_close_while_another_thread_writes(out: Path, arrays: Arrays) -> None:
    """That one is told, and the file is whole."""
    for turn in range(5):
        writer = transcode_py.VideoWriter(out / f"{turn}.mkv", fps=25, video_codec="ffv1")
        writer.write(arrays.of(FRAME))
        count, raised = [1], list[str]()

        def work(writer: Any = writer, count: list[int] = count, raised: list[str] = raised) -> None:
            try:
                while True:
                    writer.write(arrays.of(FRAME))
                    count[0] += 1
            except transcode_py.TranscodeError as error:
                raised.append(str(error))

        thread = threading.Thread(target=work)
        thread.start()
        time.sleep(0.05)
        stats = writer.close()
        thread.join()
        assert "closed" in raised[0]
        assert stats.frames_encoded == count[0]


@pytest.mark.alone
def test_cancel_from_another_thread(out: Path, arrays: Arrays) -> None:
    writer = transcode_py.VideoWriter(out / "out.mp4", fps=25, **SLOW)
    frame = noise(1, 360, 640, 3)[0]
    writer.write(arrays.of(frame))
    threading.Timer(0.5, writer.cancel).start()

    def work() -> None:
        while True:
            writer.write(arrays.of(frame))

    with pytest.raises(transcode_py.TranscodeError):
        work()
    until = time.monotonic() + 10
    while os.listdir(out) and time.monotonic() < until:
        time.sleep(0.01)
    assert not os.listdir(out)


def test_a_call_within_a_call(out: Path, arrays: Arrays) -> None:
    """A signal's handler that writes while write() waits: told, not hung."""
    if threading.current_thread() is not threading.main_thread():
        pytest.skip("signals come to the main thread")
    raised: list[BaseException] = []
    writer = transcode_py.VideoWriter(out / "out.mp4", fps=25, **SLOW)
    frame = noise(1, 360, 640, 3)[0]

    def handler(*_: object) -> None:
        try:
            writer.write(arrays.of(frame))
        except transcode_py.TranscodeError as error:
            raised.append(error)

    old = signal.signal(signal.SIGALRM, handler)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.05, 0.05)
        began = time.monotonic()
        while not raised and time.monotonic() - began < 20:
            writer.write(arrays.of(frame))
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, old)
        writer.cancel()
    assert "busy" in str(raised[0])


@pytest.mark.alone
def test_memory_has_a_bound(out: Path) -> None:
    """Two hundred more frames of 700 kB, at a pace that the encoder does not keep, take no more memory."""
    script = """
        import json, resource, sys
        import numpy as np, transcode_py
        frames = np.random.default_rng(1).integers(0, 256, (30, 360, 640, 3), dtype=np.uint8)
        peaks = []
        with transcode_py.VideoWriter(sys.argv[1], fps=25, preset="veryfast", video_codec="h264") as writer:
            for turn in range(300):
                writer.write(frames[turn % 30])
                if turn in (90, 299):
                    peaks.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
        print(json.dumps({"peaks": peaks}))
    """
    first, last = run(script, out / "out.mp4")["peaks"]
    assert last - first < 30, (first, last)
