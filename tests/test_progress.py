"""Progress: on the caller's thread, rising to exactly 100, shown by a bar of one's choice."""

from __future__ import annotations

import io
import sys
import threading
from typing import TYPE_CHECKING, Any

import pytest
import transcode_py
from transcode_py import InvalidOptionError
from transcode_py.progress import Bar, clock, size

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

    for wrong, says in ((later, "plain function"), ("bar", "tqdm"), (3, "callable")):
        with pytest.raises(InvalidOptionError, match=says):
            transcode_py.transcode(clip, None, format="matroska", progress=wrong, **COPY)  # type: ignore[arg-type]
    with pytest.raises(InvalidOptionError, match="two names"):
        transcode_py.transcode(clip, None, format="matroska", progress=print, progress_callback=print, **COPY)


def test_our_bar_where_there_is_no_terminal(clip: bytes, capsys: pytest.CaptureFixture[str]) -> None:
    transcode_py.transcode(clip, None, format="matroska", progress=True, **COPY)
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.splitlines()[-1].startswith("100.0%")
    assert "\r" not in shown.err


def at(percent: float, **fields: Any) -> transcode_py.Progress:
    known: dict[str, Any] = {"frames": 10, "speed": 2.0, "eta": 61.2, "size": 1_234_567, "bitrate": 800_000}
    known |= {"fps": 50.0, "time": 1.0, "duration": 10.0, "elapsed": 0.5, "stage": "encode"}
    return transcode_py.Progress(percent=percent, **{**known, **fields})


class Terminal(io.StringIO):
    """Looks like a terminal."""

    def isatty(self) -> bool:
        return True


def test_our_bar_on_a_terminal_is_one_line_redrawn() -> None:
    terminal = Terminal()
    bar = Bar(terminal)
    bar.show(at(50.0))
    bar.show(at(100.0, eta=None))
    bar.close()
    lines = terminal.getvalue().split("\r")
    assert lines[1] == "[############------------]  50.0%  2.0x  50 fps  1.2 MB  800 kbit/s  eta 1:01"
    assert lines[2].startswith("[" + "#" * 24 + "] 100.0%")
    # Padded over the longer line before it, and ended once.
    assert len(lines[2]) == len(lines[1]) + 1
    assert terminal.getvalue().count("\n") == 1


def test_our_bar_elsewhere_is_a_line_each_tenth() -> None:
    log = io.StringIO()
    bar = Bar(log)
    for percent in (0.0, 3.0, 11.0, 12.0, 19.9, 55.0, 59.0, 99.9, 100.0):
        bar.show(at(percent))
    bar.close()
    assert [line.split("%")[0].strip() for line in log.getvalue().splitlines()] == [
        "0.0",
        "11.0",
        "55.0",
        "99.9",
        "100.0",
    ]


@pytest.mark.parametrize("name", ["tqdm", "rich"])
def test_other_bars(name: Any, clip: bytes, capsys: pytest.CaptureFixture[str]) -> None:
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


def test_sizes_and_times_for_people() -> None:
    assert [size(count) for count in (0, 999, 1000, 12_345_678, 5e12)] == [
        "0 B",
        "999 B",
        "1.0 kB",
        "12.3 MB",
        "5.0 TB",
    ]
    assert [clock(seconds) for seconds in (0, 59.6, 3599, 3600)] == ["0:00", "1:00", "59:59", "1:00:00"]
