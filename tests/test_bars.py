"""Our own bars: how they are drawn, by hand-made reports."""

from __future__ import annotations

import io
import os
from typing import TYPE_CHECKING, Any

import pytest
from reported import at, batch, running
from terminal import Terminal
from transcode_py.bars.own import Bar, BatchBar
from transcode_py.bars.screen import cells, fit

if TYPE_CHECKING:
    from collections.abc import Callable

    from transcode_py import BatchProgress

NAMES = [
    "a name that goes on and on, as those of recordings do, until nobody reads it any more.mkv",
    "\u6f22\u5b57\u304b\u306a" * 9 + ".mp4",
    "two\nlines \x1b[2J and \udcff.mkv",
    "x.mp4",
    "",
]


class Stream(io.StringIO):
    """Looks like a terminal of some size."""

    def __init__(self, columns: int, rows: int, monkeypatch: pytest.MonkeyPatch) -> None:
        super().__init__()
        self.seen = Terminal(columns or 80, rows or 24)
        monkeypatch.setattr(os, "get_terminal_size", lambda _: os.terminal_size((columns, rows)))
        monkeypatch.setenv("TERM", "xterm")

    def isatty(self) -> bool:
        return True

    def fileno(self) -> int:
        return 2

    def write(self, text: str) -> int:
        # A terminal's driver puts the cursor to the left at each new line.
        self.seen.feed(text.replace("\n", "\r\n"))
        return super().write(text)


@pytest.fixture
def stream(monkeypatch: pytest.MonkeyPatch) -> Callable[[int, int], Stream]:
    return lambda columns, rows: Stream(columns, rows, monkeypatch)


def test_one_line_is_redrawn(stream: Callable[[int, int], Stream]) -> None:
    terminal = stream(80, 24)
    bar = Bar(terminal)
    bar.show(at(50.0))
    assert terminal.seen.lines == ["[############------------]  50.0%  2.0x  50 fps  1.2 MB  800 kbit/s  eta 1:01"]
    bar.show(at(100.0, eta=None))
    assert terminal.seen.lines == ["[########################] 100.0%  2.0x  50 fps  1.2 MB  800 kbit/s"]
    bar.close()
    assert terminal.seen.on_a_fresh_line
    assert terminal.getvalue().count("\n") == 1


def test_a_narrow_terminal_gets_what_it_has_room_for(stream: Callable[[int, int], Stream]) -> None:
    expected = {
        0: "[############------------]  50.0%  2.0x  50 fps  1.2 MB  800 kbit/s  eta 1:01",
        70: "[########--------]  50.0%  2.0x  50 fps  1.2 MB  800 kbit/s  eta 1:01",
        40: "[#######-------]  50.0%  2.0x  eta 1:01",
        30: "[#####-----]  50.0%  eta 1:01",
        20: " 50.0%  eta 1:01",
        7: " 50.0%",
        1: "",
    }
    for columns, line in expected.items():
        terminal = stream(columns, 24)
        Bar(terminal).show(at(50.0))
        assert terminal.seen.lines == [line]
        assert terminal.seen.wraps == 0


def test_a_narrow_terminal_gets_the_count_of_a_batch_rather_than_a_bar(stream: Callable[[int, int], Stream]) -> None:
    expected = {
        43: "[####------]  40.0%  80/200 done  eta 0:31",
        30: " 40.0%  80/200 done  eta 0:31",
        20: " 40.0%  eta 0:31",
    }
    for columns, line in expected.items():
        terminal = stream(columns, 24)
        BatchBar(terminal).show(batch(40.0))
        assert terminal.seen.lines == [line]


def test_a_batch_has_a_line_for_the_whole_and_one_for_each_job(stream: Callable[[int, int], Stream]) -> None:
    terminal = stream(100, 24)
    bar = BatchBar(terminal)
    bar.show(batch(40.0, running(80, "a.mkv", 25.0), running(81, NAMES[0], None), failed=1, skipped=2))
    assert terminal.seen.lines == [
        "[#########---------------]  40.0%  80/200 done, 1 failed, 2 skipped  eta 0:31",
        "  a.mkv                             [######------------------]  25.0%  2.0x  eta 1:01",
        "  a name that goe..it any more.mkv  [------------------------]   0.0%",
    ]
    bar.show(batch(45.0, running(81, "b.mkv", 50.0)))
    assert [line.split()[0] for line in terminal.seen.lines] == ["[##########--------------]", "b.mkv"]
    bar.show(batch(100.0, eta=0.0))
    bar.close()
    assert terminal.seen.lines[0] == "[########################] 100.0%  200/200 done  eta 0:00"
    assert not any(terminal.seen.lines[1:])
    assert terminal.seen.on_a_fresh_line


@pytest.mark.parametrize("columns", [200, 80, 41, 20, 16, 9, 2, 1, 0])
@pytest.mark.parametrize("rows", [40, 6, 2, 1, 0])
def test_a_batch_never_wraps_or_leaves_the_terminal(
    columns: int, rows: int, stream: Callable[[int, int], Stream]
) -> None:
    terminal = stream(columns, rows)
    bar = BatchBar(terminal)
    for step in range(0, 100, 5):
        # 0 to 9 jobs: the lines come and go.
        jobs = [running(step + n, NAMES[n % len(NAMES)], [None, 33.3, 100.0][n % 3]) for n in range(step * 7 % 10)]
        bar.show(batch(float(step), *jobs, failed=step * step, eta=None if step % 2 else 1e6))
        assert terminal.seen.wraps == 0
        height = 1 if 0 < columns <= 16 else min(1 + len(jobs), rows or 24)
        assert len(terminal.seen.lines) == height
    bar.show(batch(100.0))
    bar.close()
    assert len(terminal.seen.lines) == 2
    assert terminal.seen.on_a_fresh_line


def test_jobs_without_a_row_are_counted(stream: Callable[[int, int], Stream]) -> None:
    terminal = stream(80, 4)
    BatchBar(terminal).show(batch(40.0, *(running(n, f"{n}.mkv", 50.0) for n in range(7))))
    assert [line.split()[0] for line in terminal.seen.lines[1:]] == ["0.mkv", "1.mkv", "and"]
    assert terminal.seen.lines[3] == "  and 5 more"


class Ascii(Stream):
    """A terminal that shows nothing but ASCII."""

    encoding = "ascii"


def test_letters_that_the_terminal_does_not_know(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Ascii(80, 24, monkeypatch)
    BatchBar(terminal).show(batch(40.0, running(1, "\xfcber\u6f22.mkv", 50.0)))
    assert terminal.seen.lines[1].startswith("  ?ber?.mkv   ")
    assert terminal.getvalue().isascii()


def test_names_are_cut_in_the_middle() -> None:
    assert fit("season 1 episode 12.mkv", 12) == "seaso..2.mkv"
    assert fit("short", 8) == "short   "
    assert fit("anything", 0) == ""
    for name in NAMES:
        for width in range(40):
            assert cells(fit(name, width)) == width


def lines_of(reports: list[Any], bar: Callable[[io.StringIO], Any]) -> list[str]:
    log = io.StringIO()
    shown = bar(log)
    for report in reports:
        shown.show(report)
    shown.close()
    return log.getvalue().splitlines()


def test_a_log_gets_a_line_each_tenth() -> None:
    reports = [at(percent) for percent in (0.0, 3.0, 11.0, 12.0, 19.9, 55.0, 59.0, 99.9, 100.0)]
    lines = lines_of(reports, Bar)
    assert [line.split("%")[0].strip() for line in lines] == ["0.0", "11.0", "55.0", "99.9", "100.0"]
    assert lines[1] == " 11.0%  2.0x  50 fps  1.2 MB  800 kbit/s  eta 1:01"


def test_a_log_of_a_batch_gets_a_line_each_tenth_of_the_whole() -> None:
    reports: list[BatchProgress] = [
        batch(percent, running(0, "a.mkv", percent), failed=1) for percent in (0.0, 9.9, 40.0, 44.0, 100.0)
    ]
    assert lines_of(reports, BatchBar) == [
        "  0.0%  0/200 done, 1 failed  eta 0:31",
        " 40.0%  80/200 done, 1 failed  eta 0:31",
        "100.0%  200/200 done, 1 failed  eta 0:31",
    ]


class Dumb(Stream):
    """A terminal that cannot move its cursor."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        super().__init__(80, 24, monkeypatch)
        monkeypatch.setenv("TERM", "dumb")


def test_a_terminal_that_cannot_move_its_cursor_is_a_log(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Dumb(monkeypatch)
    bar = BatchBar(terminal)
    bar.show(batch(40.0, running(0, "a.mkv", 50.0)))
    bar.close()
    assert terminal.getvalue() == " 40.0%  80/200 done  eta 0:31\n"


class Gone(io.StringIO):
    """A stream whose reader has left."""

    def write(self, _: str) -> int:
        raise BrokenPipeError


class Bare:
    """What some programs put in the place of stderr."""

    def __init__(self) -> None:
        self.text = ""

    def write(self, text: str) -> None:
        self.text += text

    def flush(self) -> None:
        pass


def test_where_nothing_can_be_drawn_nothing_is(monkeypatch: pytest.MonkeyPatch) -> None:
    closed = io.StringIO()
    closed.close()
    monkeypatch.setattr("sys.stderr", None)
    for stream in (None, closed, Gone()):
        for bar, report in ((Bar(stream), at(50.0)), (BatchBar(stream), batch(50.0))):
            bar.show(report)  # type: ignore[arg-type]
            bar.show(report)  # type: ignore[arg-type]
            bar.close()
    bare: Any = Bare()
    Bar(bare).show(at(50.0))
    assert bare.text.startswith(" 50.0%")
