"""Bars in a real terminal, by real jobs: nothing wraps, nothing is left behind, also when the job fails."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
import terminal

from media import ROOT

if TYPE_CHECKING:
    from pathlib import Path

BARS = ["True", "tqdm", "rich"]
SIZES = [(80, 24), (20, 5), (0, 0)]

JOB = f"""
import sys, transcode_py
how, clip = {{"True": True}}.get(sys.argv[1], sys.argv[1]), {str(ROOT / "media" / "sintel_excerpt.mp4")!r}
quick = dict(format="matroska", preset="ultrafast", width=160, audio=False, progress=how)
"""
DONE = JOB + "transcode_py.transcode(clip, None, **quick); print('after')"
FAILED = (
    JOB
    + """
class Fails:
    def __init__(self):
        self.file, self.left = open(clip, "rb"), 30
    def read(self, size):
        self.left -= 1
        if self.left < 0:
            raise OSError("the line is down")
        return self.file.read(min(size, 20_000))
    def seek(self, *where):
        return self.file.seek(*where)
    def tell(self):
        return self.file.tell()

broken = Fails()
try:
    transcode_py.transcode(broken, None, strict=True, **quick)
except OSError as error:
    print("failed:", "the line is down" in str(error))
finally:
    broken.file.close()
"""
)
BATCH = """
import sys, time
from transcode_py.progress import batch_watcher
from reported import batch, running

how = {"True": True}.get(sys.argv[1], sys.argv[1])
names = ["a name that goes on and on" * 5, "\\u6f22\\u5b57" * 20, "two\\nlines \\x1b[2J [bold]", "x.mp4"] * 8
try:
    with batch_watcher(how, 200) as show:
        for n in range(20):
            show(batch(5.0 * n, *(running(i, names[i], i * 3.0) for i in range(n, n + n % 9)), failed=n))
            # tqdm and rich draw at most ten times a second.
            time.sleep(0.02)
        if sys.argv[2] == "fails":
            raise EOFError
        show(batch(100.0, failed=20, eta=0.0))
except EOFError:
    pass
print("after")
"""


@pytest.mark.parametrize(("columns", "rows"), SIZES)
@pytest.mark.parametrize("bar", BARS)
def test_the_bar_of_a_job(bar: str, columns: int, rows: int) -> None:
    seen, _ = terminal.run(DONE, bar, columns=columns, rows=rows)
    assert seen.wraps == 0
    assert seen.cursor_shown
    assert len(seen.lines) == 3
    shown, after, last = seen.lines
    assert "100.0%" in shown or "100%" in shown
    assert (after, last) == ("after", "")


@pytest.mark.parametrize("bar", BARS)
def test_the_bar_of_a_job_that_fails(bar: str) -> None:
    seen, _ = terminal.run(FAILED, bar)
    assert seen.wraps == 0
    assert seen.cursor_shown
    # What is printed then stands on a line of its own.
    assert len(seen.lines) == 3
    assert "%" in seen.lines[0]
    assert seen.lines[1] == "failed: True"


@pytest.mark.parametrize("end", ["ends", "fails"])
@pytest.mark.parametrize(("columns", "rows"), SIZES)
@pytest.mark.parametrize("bar", BARS)
def test_the_bars_of_a_batch(bar: str, columns: int, rows: int, end: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", os.path.dirname(__file__))
    seen, _ = terminal.run(BATCH, bar, end, columns=columns, rows=rows)
    assert seen.wraps == 0
    assert seen.cursor_shown
    assert "after" in seen.lines
    before = seen.lines[: seen.lines.index("after")]
    assert not any(seen.lines[len(before) + 1 :])
    assert "%" in before[0]
    if end == "ends":
        assert len(before) == 1
        assert "100.0%" in before[0] or "100%" in before[0]
        assert columns == 20 or "200/200 done, 20 failed" in before[0]
    else:
        assert len(before) <= (rows or 24)


def test_a_terminal_that_cannot_move_its_cursor() -> None:
    seen, output = terminal.run(DONE, "True", term="dumb")
    assert "\x1b" not in output
    assert output.count("\r") == output.count("\r\n") == output.count("\n")
    assert seen.lines[-3].startswith("100.0%")


@pytest.mark.parametrize("stderr", ["None", "closed", "broken"])
def test_no_job_stops_because_nobody_sees_its_bar(stderr: str, tmp_path: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    before = {"None": "sys.stderr = None", "closed": "sys.stderr.close()", "broken": ""}[stderr]
    code = f"{DONE}; open(sys.argv[2], 'x')".replace("how,", f"{before}\nhow,", 1)
    command = [sys.executable, "-c", code, "True", str(tmp_path / "done")]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=writer, check=False)
    os.close(writer)
    assert (done.returncode, done.stdout) == (0, b"after\n")
    assert (tmp_path / "done").exists()
