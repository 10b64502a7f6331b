"""Many jobs from an event loop: results as they come, and nothing left of what is not waited for."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import multiprocessing
import os
import threading
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from batches import CLIP, at_work, is_whole, left, long, quick, threads
from transcode_py import BatchProgress, InputNotFoundError, InvalidOptionError, JobResult, transcode_many_async

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.alone


class OwnError(Exception):
    """Nobody else raises this."""


async def all_of(jobs: Any, **options: Any) -> list[JobResult]:
    return [result async for result in transcode_many_async(jobs, **options)]


def test_results_come_as_jobs_end(out: Path) -> None:
    jobs = quick(out, 5)
    # The others can end before the first only if nobody waits for it.
    jobs[0] |= {"duration": None, "fps": 200}
    jobs[2]["input"] = "nowhere.mp4"
    results = asyncio.run(all_of(jobs, concurrency=2))
    assert sorted(result.index for result in results) == [0, 1, 2, 3, 4]
    assert results[-1].index == 0
    assert {result.index: result.ok for result in results} == {0: True, 1: True, 2: False, 3: True, 4: True}
    assert isinstance(next(result.error for result in results if not result.ok), InputNotFoundError)


def test_no_jobs() -> None:
    seen: list[BatchProgress] = []
    assert asyncio.run(all_of([], progress=seen.append)) == []
    assert [progress.percent for progress in seen] == [100.0]


def test_mistakes_are_raised_by_the_call(out: Path) -> None:
    with pytest.raises(InvalidOptionError, match=r"jobs\[2\]"):
        transcode_many_async([*quick(out, 2), {"input": CLIP, "preset": 3, "width": "wide"}])
    with pytest.raises(InvalidOptionError, match="progress"):
        asyncio.run(all_of(quick(out, 2), progress="bar"))
    assert left(out) == []


def test_jobs_have_no_threads_of_pythons(out: Path) -> None:
    before = threading.active_count()
    counts: list[int] = []
    asyncio.run(all_of(quick(out, 6), concurrency=3, progress=lambda _: counts.append(threading.active_count())))
    assert set(counts) == {before}


@pytest.mark.parametrize("kind", ["function", "async function"])
def test_progress_comes_on_the_loops_thread(out: Path, kind: str) -> None:
    seen: list[BatchProgress] = []
    inside = 0

    def show(progress: BatchProgress) -> None:
        asyncio.get_running_loop()
        seen.append(progress)

    async def show_slowly(progress: BatchProgress) -> None:
        nonlocal inside
        inside += 1
        assert inside == 1  # one at a time
        await asyncio.sleep(0.15)
        inside -= 1
        show(progress)

    jobs = quick(out, 6, duration=2)
    jobs[1]["input"] = "nowhere.mp4"
    watch: Callable[[BatchProgress], object] = show if kind == "function" else show_slowly
    asyncio.run(all_of(jobs, concurrency=2, progress=watch))
    assert is_whole(seen, 6)
    assert seen[0].percent == 0.0
    assert seen[-1].failed == 1
    assert {len(progress.running) for progress in seen} <= {0, 1, 2}


@pytest.mark.parametrize("kind", ["function", "async function"])
def test_what_a_callback_raises_comes_out_itself(out: Path, kind: str) -> None:
    error = OwnError()

    def show(progress: BatchProgress) -> None:
        if at_work(progress):
            raise error

    async def show_async(progress: BatchProgress) -> None:
        await asyncio.sleep(0)
        show(progress)

    async def main() -> None:
        watch: Callable[[BatchProgress], object] = show if kind == "function" else show_async
        with pytest.raises(OwnError) as raised:
            await all_of(long(out, 4), concurrency=2, progress=watch)
        assert raised.value is error
        assert left(out) == []
        assert len(asyncio.all_tasks()) == 1

    asyncio.run(main())


def test_the_first_error_ends_the_batch(out: Path) -> None:
    jobs = [*quick(out, 1), {"input": "nowhere.mp4", "output": out / "x.mp4"}, *long(out, 6)[1:]]
    seen: list[int] = []

    async def main() -> None:
        results = transcode_many_async(jobs, concurrency=1, on_error="raise")
        seen.append((await anext(results)).index)
        with pytest.raises(InputNotFoundError) as raised:
            await anext(results)
        assert "jobs[1]" in raised.value.__notes__[0]
        assert len(asyncio.all_tasks()) == 1

    asyncio.run(main())
    assert seen == [0]
    assert left(out) == ["0.mp4"]


def mixed(out: Path) -> list[dict[str, Any]]:
    """One job that ends at once among those that do not."""
    return [*quick(out, 1), *long(out, 6)[1:]]


def test_closing_the_iterator_ends_all_jobs(out: Path) -> None:
    async def main() -> None:
        async with contextlib.aclosing(transcode_many_async(mixed(out), concurrency=3)) as results:
            async for result in results:
                assert result.index == 0
                break
        assert left(out) == ["0.mp4"]
        assert len(asyncio.all_tasks()) == 1

    asyncio.run(main())


def test_leaving_the_iterator_ends_all_jobs_a_moment_later(out: Path) -> None:
    async def main() -> None:
        async for _ in transcode_many_async(mixed(out), concurrency=3):
            break
        gc.collect()
        async with asyncio.timeout(10):
            while len(asyncio.all_tasks()) > 1:
                await asyncio.sleep(0.01)
        assert left(out) == ["0.mp4"]

    asyncio.run(main())


def test_the_end_of_the_loop_ends_all_jobs(out: Path) -> None:
    async def main() -> Any:
        results = transcode_many_async(mixed(out), concurrency=3)
        await anext(results)
        return results  # whoever runs the loop keeps it, and nobody closes it

    kept = asyncio.run(main())
    assert left(out) == ["0.mp4"]
    del kept


@pytest.mark.parametrize("executor", [None, ThreadPoolExecutor])
def test_a_cancelled_task_leaves_nothing(out: Path, executor: Any) -> None:

    async def main(options: dict[str, Any]) -> None:
        working = asyncio.Event()

        def show(progress: BatchProgress) -> None:
            if at_work(progress):
                working.set()

        task = asyncio.create_task(all_of(long(out, 6), concurrency=3, progress=show, **options))
        await working.wait()
        task.cancel()
        await asyncio.sleep(0)
        task.cancel()  # an impatient one
        with pytest.raises(asyncio.CancelledError):
            await task
        assert left(out) == []
        assert len(asyncio.all_tasks()) == 1

    if executor is None:
        asyncio.run(main({}))
        return
    with executor(3) as threads_of_ours:
        asyncio.run(main({"executor": threads_of_ours}))


def test_a_timeout_leaves_nothing(out: Path) -> None:
    async def main() -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await all_of(long(out, 4))
        assert left(out) == []

    asyncio.run(main())


def test_who_is_slow_to_take_results_slows_the_jobs(out: Path) -> None:
    async def main() -> None:
        results = transcode_many_async(quick(out, 12), concurrency=2)
        taken = 1
        await anext(results)
        await asyncio.sleep(2)
        # Two wait to be taken, and two have ended and wait for their place.
        assert len(left(out)) <= taken + 4
        async for _ in results:
            taken += 1
        assert taken == 12

    asyncio.run(main())
    assert len(left(out)) == 12


def test_executors(out: Path) -> None:
    seen: list[BatchProgress] = []
    jobs = quick(out, 5)
    jobs[1]["input"] = "nowhere.mp4"
    with ThreadPoolExecutor(2) as executor:
        results = asyncio.run(all_of(jobs, executor=executor, progress=seen.append))
        assert executor.submit(int, "3").result() == 3
    assert sorted((result.index, result.ok) for result in results) == [(i, i != 1) for i in range(5)]
    assert is_whole(seen, 5)
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("forkserver")) as pool:
        results = asyncio.run(all_of(jobs, executor=pool, skip_done=True))
    states = {result.index: result.status for result in results}
    assert states == {0: "skipped", 1: "failed", 2: "skipped", 3: "skipped", 4: "skipped"}
    with pytest.raises(InputNotFoundError), ThreadPoolExecutor(2) as executor:
        asyncio.run(all_of([*long(out / "new", 1), *jobs[1:2]], executor=executor, concurrency=2, on_error="raise"))
    closed = ThreadPoolExecutor(1)
    closed.shutdown()
    assert all(isinstance(result.error, RuntimeError) for result in asyncio.run(all_of(jobs, executor=closed)))


def test_two_batches_in_one_loop(out: Path) -> None:
    for name in ("a", "b"):
        os.mkdir(out / name)

    async def main() -> None:
        found = await asyncio.gather(all_of(quick(out / "a", 4)), all_of(quick(out / "b", 4)))
        assert all(result.ok for results in found for result in results)

    asyncio.run(main())
    assert threads() == []
