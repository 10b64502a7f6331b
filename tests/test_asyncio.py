"""Jobs on an event loop: awaited, watched, stopped; callbacks on the loop's thread; the loop goes on."""

from __future__ import annotations

import asyncio
import contextlib
import io
import pickle
import threading
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

import pytest
import transcode_py
from transcode_py import (
    Finished,
    InputNotFoundError,
    InvalidMediaError,
    Planned,
    Progress,
    StageChanged,
    Started,
    TranscodeCancelledError,
    TranscodeError,
    TranscodeOptions,
    Transcoder,
    transcode_async,
)
from transcode_py import Warning as Warned

from media import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from media import Shelf

pytestmark = pytest.mark.alone

CLIP = ROOT / "media" / "sintel_excerpt.mp4"
QUICK: dict[str, Any] = {"preset": "ultrafast", "width": 160}
# Long enough for any test to meet it at work.
LONG = TranscodeOptions(input=str(CLIP), video_codec="h264", preset="veryfast", fps=480, overwrite=True)


class OwnError(Exception):
    """Nobody else raises this."""


def test_an_awaited_job_does_what_a_called_one_does(tmp_path: Path) -> None:
    options = TranscodeOptions(input=CLIP, threads=1, **QUICK)
    called = Transcoder(options.output(tmp_path / "called.mp4")).run()
    awaited = asyncio.run(Transcoder(options.output(tmp_path / "awaited.mp4")).run_async())
    assert awaited.frames_encoded == called.frames_encoded > 0
    assert (tmp_path / "awaited.mp4").read_bytes() == (tmp_path / "called.mp4").read_bytes()


def test_the_arguments_are_those_of_transcode(tmp_path: Path) -> None:
    async def main() -> transcode_py.TranscodeStats:
        source, target = io.BytesIO(CLIP.read_bytes()), io.BytesIO()
        # By position as by name, to bytes, from file objects, with either name for the callback.
        seen: list[Progress] = []
        await transcode_async(source, target, "h264", "aac", format="matroska", progress=seen.append, **QUICK)
        assert seen[-1].percent == 100.0
        assert transcode_py.probe(target).streams
        await transcode_async(CLIP, tmp_path / "out.mp4", progress_callback=seen.append, **QUICK)
        with pytest.raises(transcode_py.OutputExistsError):
            await transcode_async(CLIP, tmp_path / "out.mp4", **QUICK)
        return await transcode_async(CLIP, None, format="wav", video=False)

    assert asyncio.run(main()).data


def test_the_loop_goes_on_and_jobs_overlap() -> None:
    turns = 0
    at_work = most = 0

    async def turn() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0.001)
            turns += 1

    async def job() -> None:
        nonlocal at_work, most

        def show(progress: Progress) -> None:
            nonlocal at_work, most
            at_work += (progress.stage == "open") - (progress.percent == 100.0)
            most = max(most, at_work)

        await transcode_async(CLIP, None, format="matroska", progress=show, **QUICK)

    async def main() -> None:
        turning = asyncio.create_task(turn())
        await asyncio.gather(*(job() for _ in range(4)))
        turning.cancel()

    asyncio.run(main())
    assert turns > 20
    assert most > 1


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_callbacks_come_on_the_loops_thread_one_at_a_time(kind: str) -> None:
    seen: list[Progress] = []
    threads: set[int] = set()
    inside = 0

    def show(progress: Progress) -> None:
        threads.add(threading.get_ident())
        asyncio.get_running_loop()
        seen.append(progress)

    async def show_slowly(progress: Progress) -> None:
        nonlocal inside
        inside += 1
        assert inside == 1
        show(progress)
        await asyncio.sleep(0.15)
        inside -= 1

    callback: Callable[[Progress], object] = show if kind == "sync" else show_slowly
    stats = asyncio.run(transcode_async(CLIP, None, format="matroska", preset="ultrafast", progress=callback))
    assert threads == {threading.get_ident()}
    percents = [progress.percent for progress in seen]
    assert percents == sorted(percents)
    assert percents[-1] == 100.0
    assert percents.count(100.0) == 1
    assert seen[0].stage == "open"
    # At most ten a second, and the first and the last.
    assert len(seen) <= stats.elapsed * 10 + 3


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_what_a_callback_raises_stops_the_job_and_comes_out_itself(kind: str, tmp_path: Path) -> None:
    error = OwnError()

    def fail(progress: Progress) -> None:
        if progress.frames:
            raise error

    async def fail_later(progress: Progress) -> None:
        await asyncio.sleep(0)
        fail(progress)

    async def main() -> None:
        job = Transcoder(LONG.output(tmp_path / "out.mp4"))
        with pytest.raises(OwnError) as caught:
            await job.run_async(fail if kind == "sync" else fail_later)
        assert caught.value is error
        assert list(tmp_path.iterdir()) == []

    asyncio.run(main())


def test_an_async_callback_needs_a_loop() -> None:
    async def later(_: Progress) -> None:
        pass

    with pytest.raises(transcode_py.InvalidOptionError, match="run_async"):
        transcode_py.transcode(CLIP, None, format="matroska", progress=later, **QUICK)


def test_bars_on_a_loop(capsys: pytest.CaptureFixture[str]) -> None:
    asyncio.run(transcode_async(CLIP, None, format="matroska", progress=True, **QUICK))
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.splitlines()[-1].startswith("100.0%")


def test_errors_come_out_of_the_await(tmp_path: Path) -> None:
    with pytest.raises(InputNotFoundError):
        asyncio.run(transcode_async(tmp_path / "none.mp4", None, format="matroska"))
    with pytest.raises(InvalidMediaError):
        asyncio.run(transcode_async(b"no media at all" * 100, None, format="matroska"))
    with pytest.raises(transcode_py.InvalidOptionError):
        asyncio.run(transcode_async(CLIP, None, format="matroska", no_such_option=1))  # type: ignore[call-arg]


async def told(job: Transcoder) -> list[object]:
    return [event async for event in job.events()]


def test_events_tell_the_whole_story(shelf: Shelf, tmp_path: Path) -> None:
    job = Transcoder(TranscodeOptions(input=shelf["film.mkv"], output=tmp_path / "out.wav", overwrite=True))
    events = asyncio.run(told(job))
    kinds = [type(event) for event in events]
    assert kinds[:2] == [Started, Planned]
    assert kinds[-1] is Finished
    assert kinds.count(Finished) == kinds.count(Planned) == kinds.count(Started) == 1
    planned, finished = events[1], events[-1]
    assert isinstance(planned, Planned)
    assert planned.plan == job.plan()
    assert isinstance(finished, Finished)
    assert [event.stage for event in events if isinstance(event, StageChanged)] == ["encode", "finish"]
    assert tuple(event.message for event in events if isinstance(event, Warned)) == finished.stats.warnings
    assert finished.stats.warnings, "a wav holds no subtitles"
    percents = [event.percent for event in events if isinstance(event, Progress)]
    assert percents[-1] == 100.0
    assert percents == sorted(percents)


def test_events_are_values() -> None:
    events = asyncio.run(told(Transcoder(TranscodeOptions(input=CLIP, format="matroska", **QUICK))))
    names: dict[str, Any] = {**vars(transcode_py.reports), **vars(transcode_py.events)}
    for event in events:
        assert pickle.loads(pickle.dumps(event)) == event
        assert hash(event) == hash(event)
        if isinstance(event, (Started, Planned, StageChanged)):
            assert eval(repr(event), names) == event


def test_events_of_a_failing_job_raise(tmp_path: Path) -> None:
    async def main() -> list[object]:
        seen: list[object] = []
        with pytest.raises(InputNotFoundError):  # noqa: PT012 - what came before the error counts
            async for event in Transcoder(LONG.input(tmp_path / "none.mp4").output(tmp_path / "out.mp4")).events():
                seen.append(event)  # noqa: PERF401
        return seen

    assert asyncio.run(main()) == [Started()]


@pytest.mark.parametrize("prompt", [True, False])
def test_leaving_the_events_early_cancels(prompt: bool, tmp_path: Path) -> None:
    job = Transcoder(LONG.output(tmp_path / "out.mp4"))

    async def watch() -> None:
        async with aclosing(job.events()) as events:
            async for event in events:
                if isinstance(event, Progress) and event.frames:
                    break
        assert list(tmp_path.iterdir()) == []

    async def glance() -> None:
        async for event in job.events():
            if isinstance(event, Progress) and event.frames:
                break

    async def main() -> None:
        await (watch() if prompt else glance())
        # The event loop closes what was left.
        async with asyncio.timeout(10):
            while list(tmp_path.iterdir()):
                await asyncio.sleep(0.01)
            async with job:
                pass
        # And the job can be run again.
        assert await run_a_little(job)

    asyncio.run(main())
    assert list(tmp_path.iterdir()) == []


async def run_a_little(job: Transcoder) -> bool:
    """Run a job until it is at work, and cancel it."""
    with pytest.raises(TranscodeCancelledError):
        await job.run_async(lambda progress: job.cancel() if progress.frames else None)
    return True


def test_a_second_run_at_a_time_is_refused(tmp_path: Path) -> None:
    job = Transcoder(LONG.output(tmp_path / "out.mp4"))

    async def main() -> None:
        first = asyncio.create_task(job.run_async())
        await asyncio.sleep(0)
        for second in (job.run_async(), anext(job.events())):
            with pytest.raises(TranscodeError, match="busy"):
                await second
        with pytest.raises(TranscodeError, match="busy"):
            job.run()
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first

    asyncio.run(main())


def test_the_end_of_an_async_with_block_cancels_and_waits(tmp_path: Path) -> None:
    async def main() -> None:
        working = asyncio.Event()
        async with Transcoder(LONG.output(tmp_path / "out.mp4")) as job:
            task = asyncio.create_task(job.run_async(lambda progress: working.set() if progress.frames else None))
            await working.wait()
        assert list(tmp_path.iterdir()) == []
        with pytest.raises(TranscodeCancelledError):
            await task

    asyncio.run(main())


def test_two_loops_in_two_threads(tmp_path: Path) -> None:
    errors: list[BaseException] = []

    def run(name: str) -> None:
        async def twice() -> None:
            for turn in range(2):
                await asyncio.gather(
                    *(transcode_async(CLIP, tmp_path / f"{name}-{turn}-{place}.mkv", **QUICK) for place in range(2))
                )

        try:
            asyncio.run(twice())
        except BaseException as error:  # noqa: BLE001 - told by the test
            errors.append(error)

    threads = [threading.Thread(target=run, args=(name,)) for name in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert len(list(tmp_path.iterdir())) == 8


def test_context_variables_reach_the_callback() -> None:
    from contextvars import ContextVar

    who: ContextVar[str] = ContextVar("who", default="nobody")
    seen: set[str] = set()

    class Watched(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            seen.add(f"file of {who.get()}")
            return super().read(size)

    async def main() -> None:
        who.set("me")
        source = Watched(CLIP.read_bytes())
        await transcode_async(source, None, format="matroska", progress=lambda _: seen.add(who.get()), **QUICK)

    asyncio.run(main())
    assert seen == {"me", "file of me"}


def test_a_debugging_loop_has_nothing_to_say(caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        asyncio.get_running_loop().slow_callback_duration = 5
        await transcode_async(CLIP, None, format="matroska", **QUICK)
        task = asyncio.create_task(Transcoder(LONG.format("matroska")).run_async())
        await asyncio.sleep(0.2)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task

    asyncio.run(main(), debug=True)
    assert [record.getMessage() for record in caplog.records if record.levelname != "DEBUG"] == []
