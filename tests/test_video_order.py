"""Pictures in their order: what several decoders make side by side is what one makes, whoever stops asking, and when."""

from __future__ import annotations

import contextlib
import itertools
import os
import shutil
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import transcode_py
from transcode_py import VideoReader

import media

if TYPE_CHECKING:
    from collections.abc import Callable

    from media import Shelf

# Decoders for which there is work, whatever cores the machine has.
THREADS = 4
SIZE: dict[str, Any] = {"width": 32, "height": 24}
# Of long videos so many pictures.
LONGEST = 250


def shown(path: Path) -> tuple[np.ndarray[Any, Any], set[str]]:
    """All pictures from one decoder with one thread, one after the other, and what it warns of."""
    with VideoReader(path, threads=1, **SIZE) as video:
        pictures = np.stack([frame.to_numpy() for frame in itertools.islice(video, LONGEST)])
        return pictures, set(video.warnings)


def decoders() -> int:
    """Threads of this process that decode ahead."""
    count = 0
    for task in Path("/proc/self/task").iterdir():
        # One that has just ended may be listed, and be gone.
        with contextlib.suppress(OSError):
            count += (task / "comm").read_text().strip() == "transcode-ahead"
    return count


def are(least: int, most: int) -> bool:
    """Whether so many decode ahead; one that was waited for may be listed for a moment."""
    until = time.monotonic() + 10
    while not least <= decoders() <= most and time.monotonic() < until:
        time.sleep(0.01)
    return least <= decoders() <= most


@pytest.fixture
def long(shelf: Shelf) -> Path:
    """300 pictures in groups of 25."""
    return shelf["long-groups.mkv"]


@pytest.fixture
def copied(long: Path, tmp_path: Path) -> Path:
    """The same, to be spoilt."""
    return Path(shutil.copy(long, tmp_path))


@pytest.mark.parametrize("file", [file for file in media.real_files() if file.clean], ids=lambda file: str(file.name))
@pytest.mark.timeout(300)
def test_batches_of_real_files(file: media.RealFile) -> None:
    try:
        every, warnings = shown(Path(file.path))
    except transcode_py.TranscodeError:
        pytest.skip("it has no pictures, or none that are small enough")
    with VideoReader(file.path, threads=THREADS, **SIZE) as video:
        batches = list(video.batches(7, stop=len(every)))
        assert np.array_equal(np.concatenate(batches), every)
        assert set(video.warnings) <= warnings


@pytest.mark.parametrize("threads", [1, 2, 3, 16])
@pytest.mark.parametrize("prefetch", [None, 0, 1, 9])
def test_any_number_of_decoders_gives_the_same(threads: int, prefetch: int | None, long: Path) -> None:
    every, _ = shown(long)
    with VideoReader(long, threads=threads, prefetch=prefetch, **SIZE) as video:
        assert len(video) == 300
        for start, stop, step in [(0, 300, 1), (30, 250, 1), (3, 299, 7), (0, 300, 40), (299, 300, 1)]:
            found = list(video.batches(16, start=start, stop=stop, step=step))
            chosen = every[start : min(stop, LONGEST) : step]
            assert np.array_equal(np.concatenate(found)[: len(chosen)], chosen)
            assert sum(map(len, found)) == len(range(start, stop, step))
        frames = [frame.to_numpy() for frame in video]
        assert len(frames) == 300
        assert np.array_equal(np.stack(frames[:LONGEST]), every)


@pytest.mark.parametrize("form", ["rgb24", "gray", "rgb48", "rgbf32", "yuv420p", None], ids=str)
def test_every_form(form: str | None, long: Path) -> None:
    options: dict[str, Any] = {"format": form, **({} if form is None else SIZE)}
    with VideoReader(long, threads=1, **options) as one, VideoReader(long, threads=THREADS, **options) as several:
        pairs = list(zip(one, several, strict=True))
        assert len(pairs) == 300
        for expected, frame in pairs:
            assert all(map(np.array_equal, frame.planes, expected.planes))
            assert (frame.index, frame.pts, frame.time, frame.key) == (
                *(expected.index, expected.pts, expected.time),
                expected.key,
            )


@pytest.mark.skipif(sys.platform != "linux", reason="looks at /proc")
def test_several_decoders_are_at_work_and_end(long: Path) -> None:
    before = decoders()
    # Few enough ahead that they are not done before anybody looks.
    with VideoReader(long, threads=THREADS, prefetch=60, **SIZE) as video:
        assert are(before, before)
        batches = video.batches(8)
        next(batches)
        assert are(before + 1, before + THREADS)
        for _ in batches:
            pass
        assert are(before, before)
        # Who takes pictures one by one may stop at any.
        for _ in zip(video, range(100), strict=False):
            pass
        assert are(before, before)
        batches = video.batches(8)
        next(batches)
        assert are(before + 1, before + THREADS)
        # Another place does not end it, and no second one is begun beside it.
        assert video[5].index == 5
        assert are(before + 1, before + THREADS)
        next(video.batches(8))
        assert are(before + 1, before + THREADS)
    assert are(before, before)
    with VideoReader(long, threads=THREADS, prefetch=2, **SIZE) as video:
        next(video.batches(8))
        assert are(before, before)


def elsewhere(video: VideoReader, every: np.ndarray[Any, Any]) -> None:
    batches = video.batches(8)
    for first in range(0, 160, 8):
        assert np.array_equal(next(batches), every[first : first + 8])
        assert np.array_equal(video[200 - first].to_numpy(), every[200 - first])


def two_at_once(video: VideoReader, every: np.ndarray[Any, Any]) -> None:
    pairs = zip(video.batches(8, stop=80), video.batches(8, start=40, stop=120), strict=True)
    for number, (left, right) in enumerate(pairs):
        assert np.array_equal(left, every[number * 8 : number * 8 + 8])
        assert np.array_equal(right, every[number * 8 + 40 : number * 8 + 48])


def frames_and_batches(video: VideoReader, every: np.ndarray[Any, Any]) -> None:
    frames = iter(video)
    for number in range(60):
        assert np.array_equal(next(frames).to_numpy(), every[number])
    assert np.array_equal(np.concatenate(list(video.batches(9, start=60, stop=200))), every[60:200])
    for number in range(60, 130):
        assert np.array_equal(next(frames).to_numpy(), every[number])


def length_in_between(video: VideoReader, every: np.ndarray[Any, Any]) -> None:
    for number, frame in enumerate(video):
        if number % 20 == 0:
            assert len(video) == 300
        if number == LONGEST - 1:
            break
        assert np.array_equal(frame.to_numpy(), every[number])


@pytest.mark.parametrize("use", [elsewhere, two_at_once, frames_and_batches, length_in_between])
def test_other_questions_in_between(use: Callable[[VideoReader, np.ndarray[Any, Any]], None], long: Path) -> None:
    every, _ = shown(long)
    with VideoReader(long, threads=THREADS, **SIZE) as video:
        use(video, every)


def test_closed_while_others_decode(long: Path) -> None:
    for pause in range(8):
        video = VideoReader(long, threads=THREADS, **SIZE)
        batches = video.batches(4)
        next(batches)
        closer = threading.Timer(pause * 0.002, video.close)
        closer.start()
        # It may be done before it is closed.
        with contextlib.suppress(transcode_py.InvalidOptionError):
            for _ in batches:
                pass
        closer.join()
        with pytest.raises(transcode_py.InvalidOptionError, match="closed"):
            next(video.batches(4))


@pytest.mark.skipif(sys.platform == "win32", reason="has no pipes with names")
def test_a_pipe_is_read_once(shelf: Shelf, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.ts"
    os.mkfifo(pipe)
    data = shelf["groups.ts"].read_bytes()
    writer = threading.Thread(target=pipe.write_bytes, args=(data,))
    writer.start()
    with VideoReader(pipe, threads=THREADS, **SIZE) as video:
        assert sum(1 for _ in video) == 50
        with pytest.raises(transcode_py.MediaIOError, match="only goes forwards"):
            next(video.batches(8))
    writer.join()


def test_a_file_that_is_gone_is_read_on(long: Path, copied: Path) -> None:
    every, _ = shown(long)
    with VideoReader(copied, threads=THREADS, **SIZE) as video:
        assert len(video) == 300
        copied.unlink()
        assert np.array_equal(np.concatenate(list(video.batches(8)))[:LONGEST], every)


def test_a_file_that_shrinks_is_told(long: Path, copied: Path) -> None:
    every, _ = shown(long)
    with VideoReader(copied, threads=THREADS, **SIZE) as video:
        assert len(video) == 300
        os.truncate(copied, copied.stat().st_size // 2)
        found: list[np.ndarray[Any, Any]] = []
        try:
            found.extend(video.batches(8))
        except transcode_py.TranscodeError as error:
            told = str(error)
        else:
            told = " ".join(video.warnings)
        assert told
        count = sum(map(len, found))
        assert 0 < count < 200
        assert np.array_equal(np.concatenate(found), every[:count])
