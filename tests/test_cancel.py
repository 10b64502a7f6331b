"""Every way to stop a job, wherever it is: at work, or blocked in a file, a pipe, a socket, a Python object.

When the caller sees the exception, the threads are gone, the files closed, and nothing of the output is left.
"""

from __future__ import annotations

import asyncio
import os
import random
import socket
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
import remains
from transcode_py import (
    TranscodeCancelledError,
    TranscodeError,
    TranscodeOptions,
    Transcoder,
    TranscodeTimeoutError,
    Url,
    transcode_async,
)

from media import ROOT

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

pytestmark = pytest.mark.alone

CLIP = ROOT / "media" / "sintel_excerpt.mp4"
LONG = TranscodeOptions(input=str(CLIP), video_codec="h264", preset="veryfast", fps=480)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where outputs would be."""
    folder = tmp_path / "out"
    folder.mkdir()
    return folder


async def cancelled_task(job: Transcoder) -> None:
    task = asyncio.create_task(job.run_async())
    await asyncio.sleep(0.3)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert task.cancelled()


async def asked_twice(job: Transcoder) -> None:
    task = asyncio.create_task(job.run_async())
    await asyncio.sleep(0.3)
    task.cancel()
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def timeout_block(job: Transcoder) -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.3):
            await job.run_async()
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0


async def wait_for(job: Transcoder) -> None:
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(job.run_async(), 0.3)


async def group(job: Transcoder) -> None:
    async def fail() -> None:
        await asyncio.sleep(0.3)
        raise ZeroDivisionError

    with pytest.raises(ExceptionGroup) as caught:  # noqa: PT012 - a group is left by its error
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(job.run_async())
            tasks.create_task(fail())
    assert [type(error) for error in caught.value.exceptions] == [ZeroDivisionError]


async def watching_task(job: Transcoder) -> None:
    async def watch() -> None:
        async for _ in job.events():
            pass

    task = asyncio.create_task(watch())
    await asyncio.sleep(0.3)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def another_thread(job: Transcoder) -> None:
    timer = threading.Timer(0.3, job.cancel)
    timer.start()
    with pytest.raises(TranscodeCancelledError):
        await job.run_async()
    timer.join()


async def own_timeout(job: Transcoder) -> None:
    with pytest.raises(TranscodeTimeoutError):
        await Transcoder(job.options.timeout(0.3)).run_async()


async def called(job: Transcoder) -> None:
    """Not on the loop at all: a call, cancelled from another thread."""
    timer = threading.Timer(0.3, job.cancel)
    timer.start()
    with pytest.raises(TranscodeCancelledError):
        job.run()
    timer.join()


async def called_with_timeout(job: Transcoder) -> None:
    with pytest.raises(TranscodeTimeoutError):
        Transcoder(job.options.timeout(0.3)).run()


WAYS = [cancelled_task, asked_twice, timeout_block, wait_for, group, watching_task, another_thread, own_timeout]
CALLS = [called, called_with_timeout]


def at_work(options: TranscodeOptions, _: Path) -> Iterator[TranscodeOptions]:
    yield options


def silent_fifo(options: TranscodeOptions, folder: Path) -> Iterator[TranscodeOptions]:
    """A pipe that nobody writes to."""
    os.mkfifo(folder / "fifo")
    yield options.input(folder / "fifo")


def stalled_fifo(options: TranscodeOptions, folder: Path) -> Iterator[TranscodeOptions]:
    """A pipe whose writer stops in the middle."""
    os.mkfifo(folder / "fifo")
    end = os.open(folder / "fifo", os.O_RDWR)
    os.write(end, CLIP.read_bytes()[:60_000])
    yield options.input(folder / "fifo")
    os.close(end)


def unread_fifo(options: TranscodeOptions, folder: Path) -> Iterator[TranscodeOptions]:
    """An output pipe that nobody opens."""
    os.mkfifo(folder / "fifo")
    yield options.output(folder / "fifo").format("matroska")


def full_fifo(options: TranscodeOptions, folder: Path) -> Iterator[TranscodeOptions]:
    """An output pipe whose reader does not read."""
    os.mkfifo(folder / "fifo")
    end = os.open(folder / "fifo", os.O_RDWR)
    yield options.output(folder / "fifo").format("matroska")
    os.close(end)


def silent_server(options: TranscodeOptions, _: Path) -> Iterator[TranscodeOptions]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield options.input(Url(f"http://127.0.0.1:{server.getsockname()[1]}/a.mkv"))


def stalled_server(options: TranscodeOptions, _: Path) -> Iterator[TranscodeOptions]:
    """A server that stops in the middle of the body."""

    def serve() -> None:
        connection, _address = server.accept()
        connection.recv(4096)
        head = b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\nContent-Type: video/mp4\r\n\r\n"
        connection.sendall(head + CLIP.read_bytes()[:60_000])
        done.wait()
        connection.close()

    done = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve)
        thread.start()
        yield options.input(Url(f"http://127.0.0.1:{server.getsockname()[1]}/a.mp4"))
        done.set()
        thread.join()


class Stalled:
    """A file object that stops answering."""

    def __init__(self, first: bytes = b"") -> None:
        self.first = first
        self.answer = threading.Event()

    def read(self, size: int) -> bytes:
        if not self.first:
            self.answer.wait()
        data, self.first = self.first[:size], self.first[size:]
        return data

    def write(self, data: bytes) -> int:
        self.answer.wait()
        return len(data)


def stalled_source(options: TranscodeOptions, _: Path) -> Iterator[TranscodeOptions]:
    source = Stalled(CLIP.read_bytes()[:60_000])
    yield options.input(source)
    source.answer.set()


def stalled_target(options: TranscodeOptions, _: Path) -> Iterator[TranscodeOptions]:
    target = Stalled()
    yield options.output(target).format("matroska")
    target.answer.set()


PLACES = [
    at_work,
    silent_fifo,
    stalled_fifo,
    unread_fifo,
    full_fifo,
    silent_server,
    stalled_server,
    stalled_source,
    stalled_target,
]


def named(function: Callable[..., Any]) -> str:
    return function.__name__


@pytest.mark.parametrize("place", PLACES, ids=named)
@pytest.mark.parametrize("way", [*WAYS, *CALLS], ids=named)
def test_every_way_out_of_every_place(
    way: Callable[[Transcoder], Awaitable[None]],
    place: Callable[[TranscodeOptions, Path], Iterator[TranscodeOptions]],
    folder: Path,
    tmp_path: Path,
) -> None:
    with remains.nothing():
        prepared: AbstractContextManager[TranscodeOptions] = contextmanager(place)(
            LONG.output(folder / "out.mp4"), tmp_path
        )
        with prepared as options:
            began = time.monotonic()
            asyncio.run(way(Transcoder(options)))  # type: ignore[arg-type]
            # The figure is the benchmarks'; here it has to end at all.
            assert time.monotonic() - began < 10
            assert list(folder.iterdir()) == []


FORMATS: dict[str, dict[str, Any]] = {
    "mp4": {"video_codec": "h264", "preset": "ultrafast"},
    "mkv": {"video_codec": "h264", "preset": "ultrafast", "audio_codec": "flac"},
    "webm": {"video_codec": "vp9", "encoder_options": {"deadline": "realtime", "cpu-used": 8}},
    "ts": {"video_codec": "mpeg2"},
}


def test_200_cancels_at_random_moments(folder: Path) -> None:
    chance = random.Random(3)  # noqa: S311 - moments, not secrets
    endings: list[str] = []

    async def one(turn: int) -> None:
        suffix = list(FORMATS)[turn % len(FORMATS)]
        options = FORMATS[suffix]
        name = folder / f"{turn}.{suffix}"
        task = asyncio.create_task(transcode_async(CLIP, name, fps=240, **options))
        await asyncio.sleep(chance.uniform(0, 0.25))
        task.cancel()
        try:
            await task
        except asyncio.CancelledError:
            endings.append("cancelled")
        # At that very moment.
        assert list(folder.iterdir()) == []

    async def main() -> None:
        for turn in range(200):
            await one(turn)

    with remains.nothing():
        asyncio.run(main())
    assert endings == ["cancelled"] * 200


def test_a_cancel_that_comes_too_late_changes_nothing(folder: Path) -> None:
    options = TranscodeOptions(input=CLIP, output=folder / "out.mp4", preset="ultrafast", width=160)
    job = Transcoder(options)
    assert job.run(lambda progress: job.cancel() if progress.percent == 100.0 else None).frames_encoded
    assert [path.name for path in folder.iterdir()] == ["out.mp4"]
    job.cancel()


def test_a_failed_job_reports_its_own_error_to_a_late_cancel(folder: Path) -> None:
    async def main() -> None:
        task = asyncio.create_task(transcode_async(b"nothing" * 100, folder / "out.mp4"))
        with pytest.raises(TranscodeError):
            await task
        task.cancel()

    asyncio.run(main())
