"""`transcode batch`: patterns in, one folder out, and a word on each file that failed."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
import terminal
import transcode_py
from batches import CLIP, is_whole, left
from transcode_py import BatchProgress, JobResult, cli

if TYPE_CHECKING:
    from pathlib import Path

QUICK = ["--preset", "ultrafast", "--width", "160", "--duration", "0.5", "--no-audio"]


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str]) -> Any:
    """Run the command here: its exit status, stdout and stderr."""

    def run(*words: str | Path) -> tuple[int, str, str]:
        try:
            status = cli.main(["batch", *map(str, words)])
        except SystemExit as leaving:
            status = int(leaving.code or 0)
        out, err = capfd.readouterr()
        return status, out, err

    return run


@pytest.fixture
def clips(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of clips, which is the current one: a.mp4, b.mp4, sub/c.mov, sub/deep/d.mp4, and a text."""
    folder = tmp_path / "clips"
    (folder / "sub" / "deep").mkdir(parents=True)
    for name in ("a.mp4", "b.mp4", "sub/c.mov", "sub/deep/d.mp4"):
        os.symlink(CLIP, folder / name)
    (folder / "notes.txt").write_text("no media")
    monkeypatch.chdir(folder)
    return folder


def test_files_into_a_folder(run: Any, clips: Path) -> None:
    status, out, err = run("a.mp4", "sub/c.mov", "-o", "new/folder", *QUICK)
    assert (status, out) == (0, "")
    assert err == "transcode: 2 done, 0 failed, 0 skipped\n"
    assert left(clips / "new" / "folder") == ["a.mp4", "c.mov"]
    assert transcode_py.probe("new/folder/a.mp4").video[0].width == 160


@pytest.mark.parametrize(
    ("words", "names"),
    [
        (["*.mp4"], ["a.mkv", "b.mkv"]),
        (["**/*.mp4"], ["a.mkv", "b.mkv", "d.mkv"]),
        (["sub/**/*.m*"], ["c.mkv", "d.mkv"]),
        (["[ab].mp4", "a.mp4", "./a.mp4", "?.mp4"], ["a.mkv", "b.mkv"]),
        (["sub/*"], ["c.mkv"]),
    ],
)
def test_patterns(run: Any, words: list[str], names: list[str], clips: Path) -> None:
    assert run(*words, "-o", "out", "--to", "mkv", *QUICK)[0] == 0
    assert left(clips / "out") == names


def test_a_name_with_the_signs_of_a_pattern(run: Any, clips: Path) -> None:
    os.rename("a.mp4", "[ab].mp4")
    assert run("[ab].mp4", "-o", "out", *QUICK)[0] == 0
    assert left(clips / "out") == ["[ab].mp4"]


@pytest.mark.parametrize(
    ("words", "name", "format"),
    [
        (["--to", "webm", "--video-codec", "vp8"], "a.webm", "webm"),
        (["--to", ".mov"], "a.mov", "mov"),
        (["--format", "matroska"], "a.mkv", "matroska"),
        (["--format", "mpegts"], "a.ts", "mpegts"),
        (["--format", "nut"], "a.nut", "nut"),
        (["--format", "mp4", "--to", "m4v"], "a.m4v", "mp4"),
        ([], "a.mp4", "mp4"),
    ],
)
def test_names_of_outputs(run: Any, clips: Path, words: list[str], name: str, format: str) -> None:
    status, _, err = run("a.mp4", "-o", "out", *words, "--width", "64", "--duration", "0.2", "--no-audio")
    assert status == 0, err
    assert left(clips / "out") == [name]
    assert format in transcode_py.probe(clips / "out" / name).format.split(",")


def test_every_failure_is_told(run: Any, clips: Path) -> None:
    status, out, err = run("*", "nowhere.mp4", "-o", "out", "--to", "mkv", *QUICK)
    assert (status, out) == (1, "")
    *failures, summary = err.splitlines()
    assert summary == "transcode: 2 done, 2 failed, 0 skipped"
    assert [line.split(":")[1:3] for line in failures] == [[" failed", " notes.txt"], [" failed", " nowhere.mp4"]]
    assert "No such file" in failures[1]
    assert left(clips / "out") == ["a.mkv", "b.mkv"]


@pytest.mark.usefixtures("clips")
def test_warnings_are_told_with_the_file(run: Any) -> None:
    _, out, err = run("a.mp4", "-o", "out", "--to", "gif", "--duration", "0.2", "--width", "64")
    assert out == ""
    assert re.fullmatch(r"(transcode: warning: a\.mp4: .+\n)+transcode: 1 done, .*\n", err)


def test_the_first_failure_can_end_it(run: Any, clips: Path) -> None:
    status, out, err = run("notes.txt", "*.mp4", "-o", "out", "--to", "mkv", "--jobs", "1", "--on-error", "raise")
    assert (status, out) == (1, "")
    assert "notes.txt" in err
    assert left(clips / "out") == []


@pytest.mark.usefixtures("clips")
def test_going_on_where_a_batch_stopped(run: Any) -> None:
    words = ["**/*.mp4", "-o", "out", *QUICK]
    assert run(*words)[0] == 0
    assert run(*words)[2].endswith("0 done, 3 failed, 0 skipped\n")
    # What the first run made is in the folder, and no input.
    os.remove("out/b.mp4")
    status, out, err = run(*words, "--skip-done")
    assert (status, out, err) == (0, "", "transcode: 1 done, 0 failed, 2 skipped\n")


def test_patterns_in_the_very_folder_are_meant(run: Any, clips: Path) -> None:
    assert run("*.mp4", "-o", ".", "--to", "mkv", *QUICK)[0] == 0
    assert {"a.mkv", "b.mkv"} <= set(left(clips))
    assert run("./**/*.mov", "-o", "sub", "--to", "mkv", *QUICK)[0] == 2  # from above
    assert run("sub/*.mov", "-o", "sub", "--to", "mkv", *QUICK)[0] == 0


def test_results_as_json(run: Any, clips: Path) -> None:
    status, out, _ = run("[ab].mp4", "notes.txt", "-o", "out", "--to", "mkv", "--json", *QUICK)
    assert status == 1
    results = [JobResult.from_dict(fields) for fields in json.loads(out)]
    assert [(result.index, result.input, result.status) for result in results] == [
        (0, "a.mp4", "done"),
        (1, "b.mp4", "done"),
        (2, "notes.txt", "failed"),
    ]
    assert results[0].stats is not None
    assert results[0].stats.frames_encoded > 0
    assert isinstance(results[2].error, transcode_py.InvalidMediaError)
    assert left(clips / "out") == ["a.mkv", "b.mkv"]


def test_progress_as_json_lines(run: Any, clips: Path) -> None:
    status, out, err = run("**/*.m*", "-o", "out", "--jobs", "2", "--progress", "json", *QUICK)
    assert (status, out) == (0, "")
    assert len(left(clips / "out")) == 4
    *lines, summary = err.splitlines()
    assert summary == "transcode: 4 done, 0 failed, 0 skipped"
    seen = [BatchProgress.from_dict(json.loads(line)) for line in lines]
    assert is_whole(seen, 4)
    assert all(len(progress.running) <= 2 for progress in seen)


def test_a_bar_where_there_is_no_terminal(run: Any, clips: Path) -> None:
    assert run("a.mp4", "-o", "none", *QUICK)[2].count("\n") == 1
    _, out, err = run("*.mp4", "-o", "out", "--progress", "bar", *QUICK)
    assert out == ""
    assert "\r" not in err
    assert "\x1b" not in err
    assert "100.0%  2/2 done" in err
    assert len(err.splitlines()) <= 12
    assert left(clips / "out") == ["a.mp4", "b.mp4"]


COMMAND = """
import sys
from transcode_py import cli
sys.exit(cli.main(sys.argv[1:]))
"""


@pytest.mark.usefixtures("clips")
def test_nested_bars_on_a_terminal() -> None:
    words = ["batch", "*.mp4", "-o", "out", "--jobs", "2", "--preset", "ultrafast", "--fps", "100"]
    screen, text = terminal.run(COMMAND, *words)
    assert "a.mp4" in text
    assert "b.mp4" in text
    assert screen.wraps == 0
    assert screen.cursor_shown
    # In the end only the bar of the batch is left, and the summary stands below it.
    shown = [line for line in screen.lines if line]
    assert "100.0%" in shown[0]
    assert "2/2 done" in shown[0]
    assert shown[1:] == ["transcode: 2 done, 0 failed, 0 skipped"]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["a.mp4"], "-o"),
        (["-o", "out"], "FILE"),
        (["x*.mp4", "-o", "out"], r"FILE; expected a pattern that matches files; got 'x\*.mp4'"),
        (["sub", "-o", "out"], r"got the folder 'sub'; write 'sub/\*'"),
        (["a.mp4", "**/a.m*", "sub/../b.mp4", "sub/c.mov", "x/c.mov", "-o", "out"], "both 'sub/c.mov' and 'x/c.mov'"),
        (["a.mp4", "-o", "."], "expected outputs that are no inputs"),
        (["a.mp4", "-o", "notes.txt"], "expected a folder to write to"),
        (["a.mp4", "-o", "out", "--to", "a/b"], "--to; expected an extension"),
        (["a.mp4", "-o", "out", "--jobs", "0"], "--jobs.*got '0'"),
        (["a.mp4", "-o", "out", "--jobs", "two"], "--jobs.*got 'two'"),
        (["a.mp4", "-o", "out", "--on-error", "stop"], "invalid choice"),
        (["a.mp4", "-o", "out", "--crf", "low"], "crf"),
        (["a.mp4", "-o", "out", "--end", "3", "--duration", "2"], "duration"),
        (["a.mp4", "-o", "out", "--skip-don"], "did you mean --skip-done"),
    ],
)
def test_wrong_usage_is_2_and_nothing_is_begun(run: Any, clips: Path, words: list[str], says: str) -> None:
    before = left(clips)
    status, out, err = run(*words)
    assert (status, out) == (2, "")
    assert re.search(says, err), err
    assert len(err.splitlines()) == 1
    assert left(clips) == before


def test_names_that_are_no_unicode(clips: Path) -> None:
    shutil.copy(bytes(CLIP), bytes(clips) + b"/caf\xe9.mp4")
    command = [
        sys.executable,
        "-m",
        "transcode_py",
        "batch",
        "caf*",
        "-o",
        "out",
        *QUICK,
        "--json",
        "--progress",
        "json",
    ]
    done = subprocess.run(command, capture_output=True, check=True)
    assert os.listdir(bytes(clips / "out")) == [b"caf\xe9.mp4"]
    assert json.loads(done.stdout)[0]["status"] == "done"


def test_help(run: Any) -> None:
    status, out, _ = run("--help")
    assert status == 0
    for word in ("-o DIR", "--to", "--jobs", "--skip-done", "--on-error", "--video-bitrate", "130 interrupted"):
        assert word in out
