"""`compare()` at work: progress, cancel, threads, the event loop, the value it gives, its plot and its command."""

from __future__ import annotations

import asyncio
import json
import pickle
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
import reference
import remains
from transcode_py import (
    Comparison,
    TranscodeTimeoutError,
    UnsupportedError,
    compare,
    compare_async,
)
from transcode_py.cli import main

from media import ROOT

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from transcode_py import Progress

    from media import Shelf

CLIP = ROOT / "media" / "sintel_excerpt.mp4"
LOW = ["-c:v", "libx264", "-preset", "ultrafast", "-crf", "38"]


def encoded(source: Path, target: Path, encoder: Sequence[str] = LOW) -> Path:
    reference.ffmpeg("-i", source, "-an", *encoder, target)
    return target


def test_progress_ends_at_100(shelf: Shelf) -> None:
    seen: list[Progress] = []
    compare(shelf["bframes.mp4"], shelf["bframes.mp4"], progress=seen.append)
    percents = [report.percent for report in seen]
    assert percents == sorted(percents)
    assert percents.count(100.0) == 1
    assert (seen[0].stage, seen[-1].stage, seen[-1].percent, seen[-1].frames) == ("open", "finish", 100.0, 50)
    assert {report.stage for report in seen} <= {"open", "compare", "finish"}


def test_what_a_callback_raises_stops_it_and_nothing_is_left() -> None:
    def stop(progress: Progress) -> None:
        if progress.frames:
            raise LookupError

    with remains.nothing():
        began = time.monotonic()
        with pytest.raises(LookupError):
            compare(CLIP, CLIP, progress=stop)
        assert time.monotonic() - began < 20


@pytest.mark.alone
def test_a_timeout_stops_it() -> None:
    with remains.nothing(), pytest.raises(TranscodeTimeoutError, match=r"timeout=0\.1 s"):
        compare(CLIP, CLIP, ("ms_ssim", "xpsnr"), timeout=0.1)


@pytest.mark.alone
def test_a_cancelled_task_leaves_nothing() -> None:
    async def cancelled() -> None:
        working = asyncio.Event()

        def show(progress: Progress) -> None:
            if progress.frames:
                working.set()

        task = asyncio.create_task(compare_async(CLIP, CLIP, progress=show))
        await working.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    with remains.nothing():
        asyncio.run(cancelled())


def test_awaited_it_finds_the_same(shelf: Shelf) -> None:
    path = shelf["plain.mkv"]

    async def both() -> list[Comparison]:
        return list(await asyncio.gather(compare_async(path, path), compare_async(path, path, progress=lambda _: None)))

    assert asyncio.run(both()) == [compare(path, path)] * 2


def test_two_threads_may_compare_one_file(shelf: Shelf, tmp_path: Path) -> None:
    low = encoded(shelf["bframes.mp4"], tmp_path / "low.mkv")
    found: list[Comparison] = []
    with remains.nothing():
        threads = [threading.Thread(target=lambda: found.append(compare(low, shelf["bframes.mp4"]))) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(found) == 2
    assert found[0] == found[1]


@pytest.mark.alone
def test_other_threads_go_on_meanwhile() -> None:
    over = threading.Event()
    pauses: list[float] = []

    def tick() -> None:
        last = time.monotonic()
        while not over.wait(0.002):
            now = time.monotonic()
            pauses.append(now - last)
            last = now

    ticker = threading.Thread(target=tick)
    ticker.start()
    began = time.monotonic()
    try:
        compare(CLIP, CLIP, "ssim")
    finally:
        over.set()
        ticker.join()
    # Held throughout, the lock would let it tick once or twice.
    assert len(pauses) > 20 * (time.monotonic() - began)


CHILD = """
import os, sys, time
import transcode_py

def show(progress):
    if progress.frames:
        print("working", flush=True)

try:
    transcode_py.compare(sys.argv[1], sys.argv[1], ("ms_ssim", "xpsnr"), progress=show)
except KeyboardInterrupt:
    print("interrupted", len(os.listdir("/proc/self/task")) if os.path.isdir("/proc/self/task") else 1, flush=True)
"""


@pytest.mark.alone
def test_ctrl_c_is_heard_and_leaves_no_thread() -> None:
    child = subprocess.Popen([sys.executable, "-c", CHILD, CLIP], stdout=subprocess.PIPE, text=True)
    try:
        assert child.stdout is not None
        assert child.stdout.readline() == "working\n"
        sent = time.monotonic()
        child.send_signal(signal.SIGINT)
        out, _ = child.communicate(timeout=30)
    finally:
        child.kill()
        child.communicate()
    assert out.splitlines()[-1] == "interrupted 1"
    assert time.monotonic() - sent < 10


# The value


def test_it_is_a_value_like_the_others(shelf: Shelf, tmp_path: Path) -> None:
    low = encoded(shelf["plain.mkv"], tmp_path / "low.mkv")
    for found in (compare(low, shelf["plain.mkv"]), compare(low, low)):
        assert pickle.loads(pickle.dumps(found)) == found
        assert eval(repr(found), {"Comparison": Comparison}) == found
        # JSON has no infinite number, so this is the strictest reader there is.
        fields = json.loads(found.to_json(), parse_constant=pytest.fail)
        again = Comparison.from_dict(fields)
        assert again == found
        assert hash(again) == hash(found)
        assert again.psnr == found.psnr
        with pytest.raises(AttributeError, match="frozen"):
            found.frames = 3  # type: ignore[misc]
        with pytest.raises(TypeError, match="frozen"):
            found.pooled["psnr"] = {}  # type: ignore[index]
    assert compare(low, low).to_dict()["pooled"]["psnr"]["all"] == "inf"


def test_plot_gives_a_figure_that_shows_itself(shelf: Shelf, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    low = encoded(shelf["plain.mkv"], tmp_path / "low.mkv")
    figure = compare(low, shelf["plain.mkv"]).plot()
    assert [axes.get_ylabel() for axes in figure.axes] == ["psnr (dB)", "ssim", "xpsnr (dB)"]
    assert [line.get_label() for line in figure.axes[0].lines][:4] == ["y", "u", "v", "all"]
    assert figure._repr_png_().startswith(b"\x89PNG")  # type: ignore[attr-defined]
    figure.savefig(tmp_path / "plot.png")
    assert (tmp_path / "plot.png").stat().st_size > 10_000
    compare(low, low).plot().savefig(tmp_path / "equal.png")


def test_matplotlib_is_imported_by_plot_alone_and_named_where_it_is_missing(shelf: Shelf) -> None:
    code = f"""
import sys
import transcode_py
found = transcode_py.compare({str(shelf["plain.gif"])!r}, {str(shelf["plain.gif"])!r}, "psnr")
assert not any(name.startswith("matplotlib") for name in sys.modules)
sys.modules["matplotlib"] = None
try:
    found.plot()
except transcode_py.UnsupportedError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("plot(); expected matplotlib to be installed; got ")
    assert done.stdout.endswith("; pip install matplotlib\n")
    assert issubclass(UnsupportedError, ValueError)


# The command


def test_the_command_prints_a_table(shelf: Shelf, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    low = encoded(shelf["plain.mkv"], tmp_path / "low.mkv")
    assert main(["compare", str(low), str(shelf["plain.mkv"])]) == 0
    out, err = capsys.readouterr()
    lines = out.splitlines()
    assert lines[0] == "25 frames of 320x180 yuv420p"
    assert lines[1].split() == ["metric", "all", "y", "u", "v", "worst"]
    assert [line.split()[0] for line in lines[2:]] == ["psnr", "ssim", "xpsnr"]
    assert err == ""


def test_the_command_prints_json(shelf: Shelf, capsys: pytest.CaptureFixture[str]) -> None:
    path = str(shelf["plain.mkv"])
    assert main(["compare", path, path, "--metrics", "ssim, ms_ssim", "--json", "--progress", "json"]) == 0
    out, err = capsys.readouterr()
    assert Comparison.from_dict(json.loads(out)) == compare(path, path, ("ssim", "ms_ssim"))
    assert json.loads(err.splitlines()[-1])["percent"] == 100.0


def test_the_command_takes_the_options_of_the_call(shelf: Shelf, capsys: pytest.CaptureFixture[str]) -> None:
    path = str(shelf["plain.mkv"])
    words = ["--threads", "1", "--simd", "scalar", "--timeout", "60", "--strict", "--max-pixels", "100000", "--video"]
    assert main(["compare", path, path, *words, "0,0", "--json", "--progress", "none"]) == 0
    found = Comparison.from_dict(json.loads(capsys.readouterr().out))
    assert found == compare(path, path, simd="scalar", threads=1, video=0)
    for wrong in (["--simd", "avx3"], ["--video", "7"], ["--video", "x"], ["--max-pixels", "10"]):
        with suppress(SystemExit):
            assert main(["compare", path, path, *wrong]) in {1, 2}
    assert capsys.readouterr().out == ""


def test_every_level_measures_the_same(shelf: Shelf, tmp_path: Path) -> None:
    low = encoded(shelf["bframes.mp4"], tmp_path / "low.mkv")
    one, best = (compare(low, shelf["bframes.mp4"], simd=simd) for simd in ("scalar", "auto"))
    assert one.values["psnr"] == best.values["psnr"]
    assert one.values["xpsnr"] == best.values["xpsnr"]
    assert one.ssim == pytest.approx(best.ssim, abs=1e-6)


def test_the_command_fails_in_words(shelf: Shelf, capsys: pytest.CaptureFixture[str]) -> None:
    path = str(shelf["plain.mkv"])
    assert main(["compare", path, path, "--metrics", "vmaf"]) == 2
    assert main(["compare", path, str(shelf["plain.wav"])]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert "unknown metric" in err
    assert "b has no pictures" in err
