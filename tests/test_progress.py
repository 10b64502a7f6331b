"""Progress: on the caller's thread, rising to exactly 100, given to whom it was promised."""

from __future__ import annotations

import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any

import pytest
import transcode_py
from reported import at
from transcode_py import InvalidOptionError
from transcode_py.progress import batch_watcher, refuse_async, watcher, watcher_async
from transcode_py.units import clock, size

from media import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from media import Shelf

CLIP = ROOT / "media" / "sintel_excerpt.mp4"
COPY: dict[str, Any] = {"video_codec": "copy", "audio_codec": "copy"}


class OwnError(Exception):
    """Nobody else raises this."""


@pytest.fixture(scope="module")
def clip(shelf: Shelf) -> bytes:
    """A clip of a second: its job is over before anyone looks."""
    return shelf["plain.mkv"].read_bytes()


def test_progress_comes_on_the_calling_thread_and_rises_to_100() -> None:
    seen: list[transcode_py.Progress] = []
    threads = set()

    def show(progress: transcode_py.Progress) -> None:
        seen.append(progress)
        threads.add(threading.get_ident())

    transcode_py.transcode(CLIP, None, format="matroska", preset="ultrafast", width=320, progress=show)
    assert threads == {threading.get_ident()}
    percents = [progress.percent for progress in seen]
    assert percents == sorted(percents)
    assert percents[-1] == 100.0
    assert percents.count(100.0) == 1


@pytest.mark.parametrize("name", ["progress", "progress_callback"])
def test_what_a_callback_raises_comes_out_itself(name: str, tmp_path: Path) -> None:
    error = OwnError()
    options: dict[str, Any] = {}

    def show(_: transcode_py.Progress) -> None:
        raise error

    options[name] = show
    with pytest.raises(OwnError) as caught:
        transcode_py.transcode(CLIP, tmp_path / "out.mkv", **options)
    assert caught.value is error
    assert list(tmp_path.iterdir()) == []


def test_progress_takes_what_it_can_use(clip: bytes) -> None:
    async def later(_: transcode_py.Progress) -> None:
        pass

    for wrong, says in ((later, r"plain function.*run_async"), ("bar", "tqdm"), (3, "callable")):
        with pytest.raises(InvalidOptionError, match=says):
            transcode_py.transcode(clip, None, format="matroska", progress=wrong, **COPY)  # type: ignore[arg-type]
    with pytest.raises(InvalidOptionError, match="two names"):
        transcode_py.transcode(clip, None, format="matroska", progress=print, progress_callback=print, **COPY)


@pytest.mark.parametrize("watching", [watcher, watcher_async, lambda progress: batch_watcher(progress, 0)])
def test_nobody_looks_or_nobody_knows_how(watching: Any) -> None:
    for nothing in (None, False):
        with watching(nothing) as show:
            assert show is None
    for wrong in ("bar", 3, 1.0, "True"):
        with pytest.raises(InvalidOptionError, match="expected a callable"), watching(wrong):
            pass


def test_what_an_async_callback_gives_is_for_the_loop_to_await() -> None:
    async def later(_: object) -> None:
        pass

    for watching in (watcher_async(later), batch_watcher(later, 1)):
        with watching as show:
            assert show is not None
            given = show(at(1.0))  # type: ignore[arg-type]
            with pytest.raises(InvalidOptionError, match="run_async"):
                refuse_async(given)
    # What a plain function returns is nobody's business.
    with watcher_async(lambda _: "text") as plain:
        assert plain is not None
        assert plain(at(1.0)) is None


@pytest.mark.parametrize("name", ["tqdm", "rich"])
def test_bars_of_others(name: Any, clip: bytes, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip(name)
    stats = transcode_py.transcode(clip, None, format="matroska", progress=name, **COPY)
    assert stats.packets_processed
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "100%" in shown.err


@pytest.mark.parametrize("name", ["tqdm", "rich"])
def test_a_bar_that_is_not_installed(name: Any, clip: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (name, "tqdm.auto", "rich.progress"):
        monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(InvalidOptionError, match=f"pip install {name}"):
        transcode_py.transcode(clip, None, format="matroska", progress=name, **COPY)


def test_what_nobody_asked_for_is_not_imported(shelf: Shelf) -> None:
    code = (
        "import sys, transcode_py; transcode_py.transcode({!r}, None, format='matroska', video_codec='copy', "
        "audio_codec='copy', progress={}); print(sorted(name for name in sys.modules if name in "
        "('tqdm', 'rich', 'IPython', 'asyncio') or name.startswith('transcode_py.bars.')))"
    )
    for progress, expected in ((None, []), (print, []), (True, ["transcode_py.bars.own", "transcode_py.bars.screen"])):
        words = "print" if progress is print else repr(progress)
        command = [sys.executable, "-c", code.format(str(shelf["plain.mkv"]), words)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        assert done.stdout.splitlines()[-1] == repr(expected)


def test_sizes_and_times_for_people() -> None:
    assert [size(count) for count in (0, 999, 1000, 12_345_678, 5e12)] == [
        "0 B",
        "999 B",
        "1.0 kB",
        "12.3 MB",
        "5.0 TB",
    ]
    assert [clock(seconds) for seconds in (0, 59.6, 3599, 3600)] == ["0:00", "1:00", "59:59", "1:00:00"]
