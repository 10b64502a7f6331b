"""Many jobs in one call: each has its result, none stops the others, and few are alive at a time."""

from __future__ import annotations

import io
import itertools
import json
import multiprocessing
import os
import pickle
import threading
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import TYPE_CHECKING, Any

import pytest
import transcode_py
from batches import CLIP, QUICK, at_work, is_whole, left, long, quick, threads
from transcode_py import (
    BatchProgress,
    InputNotFoundError,
    InvalidMediaError,
    InvalidOptionError,
    JobResult,
    OutputExistsError,
    TranscodeError,
    TranscodeOptions,
    transcode_many,
    transcode_many_async,
)
from transcode_py.batch import cores

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from media import Shelf

pytestmark = pytest.mark.alone

METHODS = "fork", "spawn", "forkserver"


class OwnError(Exception):
    """Nobody else raises this."""


class UnmakeableError(Exception):
    """It pickles, and cannot be made again: by itself this would break a pool of processes."""

    def __init__(self, *, text: str) -> None:
        super().__init__(text)


class Spoiled(io.RawIOBase):
    """An input, picklable, that cannot be read."""

    def readable(self) -> bool:
        return True

    def readinto(self, _buffer: object) -> int:
        raise UnmakeableError(text="spoiled")

    def __reduce__(self) -> tuple[object, ...]:
        return Spoiled, ()


class Lethal(Spoiled):
    """An input that ends the process that reads it."""

    def readinto(self, _buffer: object) -> int:
        os._exit(1)

    def __reduce__(self) -> tuple[object, ...]:
        return Lethal, ()


def test_results_are_in_the_order_of_jobs(out: Path, shelf: Shelf) -> None:
    small = shelf["plain.mp4"]
    jobs: list[Any] = quick(out, 5)
    jobs[0] = TranscodeOptions(input=CLIP, output=out / "0.mp4", preset="ultrafast", duration=4)  # the longest
    jobs[1] = (small, out / "1.mkv")
    jobs[2] = [str(small), str(out / "2.mp4")]
    results = transcode_many(iter(jobs[:3] + jobs[3:]), concurrency=2)
    assert [result.index for result in results] == [0, 1, 2, 3, 4]
    assert [result.output for result in results] == [str(out / name) for name in left(out)]
    assert [result.input for result in results] == [str(path) for path in (CLIP, small, small, CLIP, CLIP)]
    assert all(result.ok and result.status == "done" and result.error is None for result in results)
    assert results[3].stats is not None
    assert results[3].stats.output_size == (out / "3.mp4").stat().st_size


def test_no_jobs() -> None:
    seen: list[BatchProgress] = []
    assert transcode_many([]) == []
    assert transcode_many(iter(()), progress=seen.append, executor=ThreadPoolExecutor(1)) == []
    assert [(progress.total, progress.percent) for progress in seen] == [(0, 100.0)]
    assert transcode_many([], progress=True) == []


def test_bad_files_do_not_stop_the_rest(out: Path, tmp_path: Path) -> None:
    garbage = tmp_path / "garbage.mp4"
    garbage.write_bytes(b"garbage" * 1000)
    (out / "3.mp4").write_bytes(b"earlier")
    jobs = quick(out, 6)
    jobs[1]["input"] = garbage
    jobs[2]["input"] = tmp_path / "nowhere.mp4"
    jobs[4]["preset"] = "no such"
    results = transcode_many(jobs)
    assert [result.ok for result in results] == [True, False, False, False, False, True]
    kinds = [InvalidMediaError, InputNotFoundError, OutputExistsError, InvalidOptionError]
    assert [type(result.error) for result in results[1:5]] == kinds
    assert results[2].stats is None
    assert left(out) == ["0.mp4", "3.mp4", "5.mp4"]
    assert (out / "3.mp4").read_bytes() == b"earlier"


def test_a_result_is_a_value(out: Path) -> None:
    jobs = [*quick(out, 1), {"input": "nowhere.mkv", "output": None, "format": "mp4"}, {"input": b"x", "format": "mp4"}]
    results = transcode_many(jobs)
    assert [result.input for result in results] == [str(CLIP), "nowhere.mkv", None]
    for result in results:
        assert pickle.loads(pickle.dumps(result)) == result
        assert hash(pickle.loads(pickle.dumps(result))) == hash(result)
        assert JobResult.from_dict(json.loads(result.to_json())) == result
        with pytest.raises(AttributeError, match="frozen"):
            result.status = "skipped"  # type: ignore[misc]
    assert len(set(results)) == 3
    failed = results[1]
    assert failed.to_dict()["error"] == {"type": "InputNotFoundError", "message": str(failed.error)}
    assert eval(repr(failed), vars(transcode_py)) == failed
    assert failed != JobResult.from_dict({**failed.to_dict(), "error": {"type": "TranscodeError", "message": "x"}})


def test_an_error_of_others_is_told_as_far_as_it_can_be() -> None:
    fields = {"index": 0, "input": None, "output": None, "status": "failed", "stats": None}
    for kind, says in [
        ("BrokenProcessPool", TranscodeError),
        ("UnicodeDecodeError", TranscodeError),
        ("ValueError", ValueError),
    ]:
        result = JobResult.from_dict({**fields, "error": {"type": kind, "message": "why"}})
        assert type(result.error) is says
        assert "why" in str(result.error)


@pytest.mark.parametrize(
    ("jobs", "says"),
    [
        ("a.mp4", "jobs; expected an iterable .* got a str"),
        ({"input": "a"}, "got a dict; put it into a list"),
        (TranscodeOptions(), "got a TranscodeOptions"),
        (None, "got a NoneType"),
        ([("a.mp4", "b.mp4"), "ab"], r"jobs\[1\]: a job; .* got a str"),
        ([("a", "b", "c")], r"jobs\[0\]: a job; .* got a tuple of 3"),
        ([("a.mp4", "b.mp4"), {"input": "a", "vido_codec": "h264"}], r"jobs\[1\]: .*video_codec"),
        ([{"input": "a", "output": "b", "crf": "low"}], r"jobs\[0\]: crf"),
        ([{"output": "b"}], r"jobs\[0\]: input"),
        ([(3, "b")], r"jobs\[0\]: input"),
        ([TranscodeOptions().end(1).duration(1).input("a")], r"jobs\[0\]: .*duration"),
        ([("a.mp4", "b.mp4"), ("c.mp4", "x/../b.mp4")], r"jobs\[1\]: output; .* jobs\[0\]"),
    ],
)
def test_wrong_jobs_are_mistakes(jobs: Any, says: str) -> None:
    for call in (transcode_many, transcode_many_async):
        with pytest.raises(InvalidOptionError, match=says):
            call(jobs)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"concurrency": 0}, 'concurrency; expected "auto" or a whole number from 1; got 0'),
        ({"concurrency": True}, "got True"),
        ({"concurrency": 1.5}, "got 1.5"),
        ({"concurrency": "all"}, "got 'all'"),
        ({"on_error": "stop"}, 'on_error; expected "collect" or "raise"; got \'stop\''),
        ({"executor": 4}, "executor; expected a concurrent.futures.Executor; got a int"),
    ],
)
def test_wrong_arguments_are_mistakes(out: Path, options: dict[str, Any], says: str) -> None:
    for call in (transcode_many, transcode_many_async):
        with pytest.raises(InvalidOptionError, match=says):
            call(quick(out, 1), **options)
    assert left(out) == []


def test_nothing_is_begun_when_a_later_job_is_wrong(out: Path) -> None:
    with pytest.raises(InvalidOptionError):
        transcode_many([*quick(out, 3), {"input": CLIP}, "wrong"])  # type: ignore[list-item]
    with pytest.raises(InvalidOptionError, match="progress"):
        transcode_many(quick(out, 1), progress="bar")  # type: ignore[arg-type]
    assert left(out) == []


def test_links_to_one_output_are_one_output(out: Path) -> None:
    os.symlink(out, out.parent / "link")
    with pytest.raises(InvalidOptionError, match="output"):
        transcode_many([(CLIP, out / "a.mp4"), (CLIP, out.parent / "link" / "a.mp4")])


def test_the_first_error_ends_the_batch(out: Path) -> None:
    jobs = [*long(out, 1), *quick(out / "none", 1), *long(out, 9)[1:]]
    jobs[1]["input"] = out / "nowhere.mp4"
    with pytest.raises(InputNotFoundError) as raised:
        transcode_many(jobs, concurrency=2, on_error="raise")
    assert "jobs[1]" in raised.value.__notes__[0]
    assert left(out) == []
    assert threads() == []


@pytest.mark.parametrize("concurrency", [1, 3])
def test_no_more_jobs_are_alive_than_asked_for(out: Path, concurrency: int) -> None:
    opened: set[str] = set()
    alive: list[int] = []

    class Input(io.BytesIO):
        """Media that tells when they are read first, and when nobody wants them any more."""

        def __init__(self, name: str) -> None:
            super().__init__(CLIP.read_bytes())
            self._name = name

        def read(self, size: int | None = -1, /) -> bytes:
            opened.add(self._name)
            return super().read(size)

    def show(progress: BatchProgress) -> None:
        ended = progress.done + progress.failed + progress.skipped
        # Opened and not yet counted as ended: all that may live.
        alive.append(len(opened) - ended)
        assert len(progress.running) <= concurrency

    jobs = [{**job, "input": Input(str(index))} for index, job in enumerate(quick(out, 8))]
    results = transcode_many(jobs, concurrency=concurrency, progress=show)
    assert all(result.ok for result in results), results
    # A job may end and the next one begin between the two counts.
    assert max(alive) <= concurrency


def test_auto_is_one_job_a_core(out: Path) -> None:
    seen: list[BatchProgress] = []
    transcode_many(quick(out, cores() + 2, duration=4, fps=120), progress=seen.append)
    assert max(len(progress.running) for progress in seen) == cores()
    assert 1 <= cores() <= (os.cpu_count() or 1)


def test_jobs_share_the_cores(out: Path) -> None:
    counts: list[int] = []

    class Recorder(ThreadPoolExecutor):
        """Notes how many jobs each is told to share with."""

        def submit(self, call: Any, task: Any, /) -> Any:  # type: ignore[override]
            counts.append(task.at_once)
            return super().submit(call, task)

    with Recorder(3) as executor:
        assert all(result.ok for result in transcode_many(quick(out, 5), concurrency=3, executor=executor))
    assert counts[:3] == [3, 3, 3]
    assert counts == sorted(counts, reverse=True)
    assert counts[-1] >= 1


def test_progress_of_a_batch(out: Path) -> None:
    seen: list[BatchProgress] = []
    times: list[float] = []

    def show(progress: BatchProgress) -> None:
        assert threading.current_thread() is threading.main_thread()
        seen.append(progress)
        times.append(time.monotonic())

    jobs = quick(out, 6, duration=3, fps=120)
    jobs[2]["input"] = "nowhere.mp4"
    jobs[3]["input"] = io.BytesIO(CLIP.read_bytes())
    transcode_many(jobs, concurrency=2, progress=show)
    assert is_whole(seen, 6)
    assert (seen[-1].done, seen[-1].failed, seen[-1].skipped) == (5, 1, 0)
    assert seen[0].percent == 0.0
    assert seen[0].running == ()
    # The last comes when it comes.
    assert all(later - earlier >= 0.099 for earlier, later in itertools.pairwise(times[:-1]))
    running = [job for progress in seen for job in progress.running]
    assert {job.name for job in running} <= {CLIP.name, "nowhere.mp4", "job 3"}
    assert CLIP.name in {job.name for job in running}
    assert all(progress.eta is None or progress.eta >= 0 for progress in seen)
    assert any(job.progress is not None for job in running)


@pytest.mark.parametrize("after", [0, 3])
def test_what_a_callback_raises_stops_the_batch_and_comes_out_itself(out: Path, after: int) -> None:
    error = OwnError()
    seen: list[BatchProgress] = []

    def show(progress: BatchProgress) -> None:
        seen.append(progress)
        if len(seen) > after:
            raise error

    with pytest.raises(OwnError) as raised:
        transcode_many(long(out, 4), progress=show)
    assert raised.value is error
    assert len(seen) == after + 1
    assert left(out) == []
    assert threads() == []


def test_an_async_callback_is_refused(out: Path) -> None:
    async def show(_: BatchProgress) -> None: ...

    with pytest.raises(InvalidOptionError, match="async"):
        transcode_many(long(out, 2), progress=show)
    assert left(out) == []


def test_a_batch_is_logged_as_a_job_is(out: Path, caplog: pytest.LogCaptureFixture) -> None:
    results = transcode_many([(CLIP, out / f"{index}.gif") for index in range(2)])
    warnings = [warning for result in results if result.stats for warning in result.stats.warnings]
    assert warnings
    assert sorted(warnings) == sorted(record.getMessage() for record in caplog.records)


def test_threads_of_the_callers(out: Path) -> None:
    seen: list[BatchProgress] = []
    jobs = [*quick(out, 4), {**QUICK, "input": io.BytesIO(CLIP.read_bytes()), "format": "mp4"}]
    jobs[1]["input"] = "nowhere.mp4"
    with ThreadPoolExecutor(2) as executor:
        results = transcode_many(jobs, executor=executor, progress=seen.append)
        assert executor.submit(int, "3").result() == 3  # it stays open
    assert [result.ok for result in results] == [True, False, True, True, True]
    assert results[4].stats is not None
    assert results[4].stats.data is not None
    assert is_whole(seen, 5)


def test_threads_of_the_callers_are_cancelled_too(out: Path) -> None:
    def show(progress: BatchProgress) -> None:
        if at_work(progress):
            raise OwnError

    with ThreadPoolExecutor(3) as executor:
        with pytest.raises(OwnError):
            transcode_many(long(out, 6), executor=executor, concurrency=3, progress=show)
        assert left(out) == []
        with pytest.raises(InputNotFoundError):
            transcode_many(
                [*long(out, 2), ("nowhere.mp4", out / "x.mp4")], executor=executor, concurrency=3, on_error="raise"
            )
        assert left(out) == []


@pytest.mark.parametrize("method", METHODS)
def test_processes_of_the_callers(out: Path, method: str) -> None:
    seen: list[BatchProgress] = []
    jobs: list[dict[str, Any]] = [*quick(out, 3), {"input": "nowhere.mp4", "output": out / "x.mp4"}]
    jobs.append({**QUICK, "input": io.BufferedReader(Spoiled()), "format": "mp4"})  # it does not pickle
    jobs.append({**QUICK, "input": Spoiled(), "format": "mp4"})
    jobs.append({**QUICK, "input": str(CLIP), "format": "mp4"})
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context(method)) as executor:
        results = transcode_many(jobs, executor=executor, progress=seen.append)
        assert executor.submit(int, "3").result() == 3
    assert [result.ok for result in results] == [True, True, True, False, False, False, True]
    assert isinstance(results[3].error, InputNotFoundError)
    assert results[3].error.path == "nowhere.mp4"
    assert isinstance(results[4].error, TypeError)
    assert "spoiled" in str(results[5].error)
    assert results[6].stats is not None
    assert results[6].stats.data is not None
    assert is_whole(seen, 7)
    assert left(out) == ["0.mp4", "1.mp4", "2.mp4"]


def test_an_executor_that_breaks_fails_its_jobs(out: Path) -> None:
    jobs: list[dict[str, Any]] = [{"input": Lethal(), "format": "mp4"}, *quick(out, 3)]
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as executor:
        results = transcode_many(jobs, executor=executor, concurrency=1)
    assert all(isinstance(result.error, BrokenProcessPool) for result in results)
    closed = ThreadPoolExecutor(1)
    closed.shutdown()
    results = transcode_many(quick(out, 3), executor=closed)
    assert all(isinstance(result.error, RuntimeError) for result in results)


def test_the_first_error_from_another_process_ends_the_batch(out: Path) -> None:
    jobs = [{"input": "nowhere.mp4", "output": out / "x.mp4"}, *quick(out, 20)]
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("forkserver")) as executor:
        with pytest.raises(InputNotFoundError):
            transcode_many(jobs, executor=executor, on_error="raise", concurrency=1)
        assert left(out) == []


class Immediate:
    """An executor of the plainest kind: it does all at once, and its futures are its own."""

    class Future:
        """What comes of a call."""

        def __init__(self, value: object) -> None:
            self._value = value

        def result(self) -> object:
            return self._value

        def done(self) -> bool:
            return True

        def cancel(self) -> bool:
            return False

        def add_done_callback(self, call: Callable[[Any], object]) -> None:
            call(self)

    def submit(self, call: Callable[..., object], *arguments: object) -> Future:
        return self.Future(call(*arguments))


def test_whatever_looks_like_an_executor(out: Path) -> None:
    executor: Any = Immediate()
    assert all(result.ok for result in transcode_many(quick(out, 3), executor=executor))


def aged(path: Path, seconds: float) -> None:
    at = time.time() - seconds
    os.utime(path, (at, at))


def test_what_is_done_is_skipped(out: Path, tmp_path: Path) -> None:
    source = tmp_path / "in.mp4"
    source.write_bytes(CLIP.read_bytes())
    aged(source, 60)
    jobs = [{**job, "input": source} for job in quick(out, 6)]
    (out / "0.mp4").write_bytes(b"newer")
    (out / "1.mp4").write_bytes(b"older")
    aged(out / "1.mp4", 120)
    (out / "2.mp4").touch()
    (out / "3.mp4").mkdir()
    jobs[4]["input"] = tmp_path / "nowhere.mp4"
    (out / "4.mp4").write_bytes(b"of an input that is gone")
    seen: list[BatchProgress] = []
    states = [result.status for result in transcode_many(jobs, skip_done=True, progress=seen.append)]
    assert states == ["skipped", "failed", "failed", "failed", "failed", "done"]
    assert (out / "0.mp4").read_bytes() == b"newer"
    assert seen[-1].skipped == 1
    assert is_whole(seen, 6)
    jobs = [{**job, "overwrite": True} for job in jobs]
    results = transcode_many(jobs, skip_done=True)
    assert [result.status for result in results] == ["skipped", "done", "done", "failed", "failed", "skipped"]
    assert results[0].ok
    # Bytes are as old as their output is, and memory is never done.
    jobs = [{**QUICK, "input": CLIP.read_bytes(), "output": out / "0.mp4"}, {**QUICK, "input": CLIP, "format": "mp4"}]
    assert [result.status for result in transcode_many(jobs, skip_done=True)] == ["skipped", "done"]


def test_options_of_jobs_can_be_made_once_and_used_often(out: Path) -> None:
    base = TranscodeOptions(**QUICK, input=CLIP)
    jobs = [pickle.loads(pickle.dumps(base.output(out / f"{index}.mp4"))) for index in range(2)]
    assert [result.output for result in transcode_many(jobs)] == [str(out / "0.mp4"), str(out / "1.mp4")]
    assert base.get("output") is None
