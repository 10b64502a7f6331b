"""The `transcode` command: flags from the table, exit statuses, and nothing on stdout but what was asked for."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
import transcode_py
from transcode_py import TranscodeOptions, cli
from transcode_py.cli.flags import Parser, add_options, chosen_options

from media import ROOT

if TYPE_CHECKING:
    from pathlib import Path

CLIP = str(ROOT / "media" / "sintel_excerpt.mp4")
QUICK = ["--preset", "ultrafast", "--width", "320", "--duration", "1"]


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str]) -> Any:
    """Run the command here: its exit status, stdout and stderr."""

    def run(*words: str | Path) -> tuple[int, str, str]:
        try:
            status = cli.main([str(word) for word in words])
        except SystemExit as leaving:
            status = int(leaving.code or 0)
        out, err = capfd.readouterr()
        return status, out, err

    return run


def parsed(*words: str) -> dict[str, Any]:
    parser = Parser("transcode", None, "")
    add_options(parser)
    return chosen_options(parser.parse_args(["in", "out", *words]))


def test_transcode_is_the_command_without_a_name(run: Any, tmp_path: Path) -> None:
    target = tmp_path / "out.mp4"
    status, out, err = run(CLIP, target, *QUICK)
    assert (status, out) == (0, "")
    assert str(target) in err
    assert transcode_py.probe(target).video[0].width == 320


def test_options_may_stand_first(run: Any, tmp_path: Path) -> None:
    target = tmp_path / "out.mkv"
    assert run("--video-codec", "copy", "--audio-codec=copy", CLIP, target)[0] == 0
    assert target.exists()


def test_stats_as_json(run: Any, tmp_path: Path) -> None:
    status, out, _ = run(CLIP, tmp_path / "out.mp4", *QUICK, "--json")
    assert status == 0
    stats = transcode_py.TranscodeStats.from_dict(json.loads(out))
    assert stats.frames_encoded > 0


def test_progress_as_json_lines(run: Any, tmp_path: Path) -> None:
    status, out, err = run(CLIP, tmp_path / "out.mp4", *QUICK, "--progress", "json")
    assert (status, out) == (0, "")
    lines = [json.loads(line) for line in err.splitlines() if line.startswith("{")]
    assert lines[-1]["percent"] == 100.0
    assert transcode_py.Progress.from_dict(lines[0]).elapsed >= 0


def test_a_bar_on_a_terminal(tmp_path: Path) -> None:
    master, slave = pty.openpty()
    command = [sys.executable, "-m", "transcode_py", CLIP, str(tmp_path / "out.mp4"), *QUICK]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=slave) as child:
        os.close(slave)
        shown = b""
        try:
            while piece := os.read(master, 65536):
                shown += piece
        except OSError:  # how Linux says that the other end of a terminal is closed
            pass
        os.close(master)
        assert child.stdout is not None
        assert child.stdout.read() == b""
    assert child.returncode == 0
    assert b"\r[" in shown
    assert b"100.0%" in shown


def test_no_bar_elsewhere(run: Any, tmp_path: Path) -> None:
    _, _, err = run(CLIP, tmp_path / "out.mp4", *QUICK)
    assert len(err.splitlines()) == 1


def test_standard_input_and_output() -> None:
    command = [sys.executable, "-m", "transcode_py", "-", "-", "--format", "matroska", "--video-codec", "copy"]
    with open(CLIP, "rb") as source:
        piped = subprocess.run(command, input=source.read(), capture_output=True, check=True)
    info = transcode_py.probe(piped.stdout)
    assert [stream.kind for stream in info.streams] == ["video", "audio"]


def test_json_and_media_do_not_share_stdout(run: Any) -> None:
    status, out, err = run(CLIP, "-", "--format", "matroska", "--json")
    assert (status, out) == (2, "")
    assert "--json" in err


@pytest.mark.parametrize("command", ["plan", "probe", "codecs", "doctor"])
def test_every_report_has_two_forms(run: Any, command: str, tmp_path: Path) -> None:
    arguments: dict[str, list[str]] = {"plan": [CLIP, str(tmp_path / "out.mkv")], "probe": [CLIP]}
    files = arguments.get(command, [])
    status, text, _ = run(command, *files)
    assert status == 0
    assert len(text.splitlines()) > 2
    status, out, _ = run(command, *files, "--json")
    assert status == 0
    assert isinstance(json.loads(out), dict)
    assert list(tmp_path.iterdir()) == []


def test_the_plan_is_that_of_the_library(run: Any) -> None:
    _, out, _ = run("plan", CLIP, "out.mkv", "--video-codec", "copy", "--json")
    options = TranscodeOptions(input=CLIP, output="out.mkv", video_codec="copy")
    assert json.loads(out) == transcode_py.Transcoder(options).plan().to_dict()


def test_a_file_named_like_a_command(run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    os.symlink(CLIP, "probe")
    assert run("./probe", "out.mkv", "--video-codec", "copy", "--audio-codec", "copy")[0] == 0


@pytest.mark.parametrize(
    ("words", "options"),
    [
        (["--video-bitrate", "2M"], {"video_bitrate": 2_000_000}),
        (["--crf", "23.5"], {"crf": 23.5}),
        (["--no-faststart"], {"faststart": False}),
        (["--overwrite"], {"overwrite": True}),
        (["--no-overwrite"], {}),
        (["--metadata", "title=a=b", "--metadata", "comment="], {"metadata": {"title": "a=b", "comment": None}}),
        (["--no-metadata"], {"metadata": False}),
        (["--encoder-options", "aq-mode=2", "--encoder-options", "x="], {"encoder_options": {"aq-mode": "2", "x": ""}}),
        (["--audio", "eng"], {"audio": "eng"}),
        (["--audio", "0,2"], {"audio": (0, 2)}),
        (["--video", "1"], {"video": 1}),
        (["--no-video"], {"video": False}),
        (["--no-subtitles"], {"subtitles": False}),
        (["--data"], {"data": True}),
        (["--resolution", "640x"], {"resolution": (640, None)}),
        (["--crop", "640:360:0:60"], {"crop": (640, 360, 0, 60)}),
        (["--rotate", "-90"], {"rotate": 270}),
        (["--fps", "30000/1001"], {"fps": "30000/1001"}),
        (["--deinterlace", "auto"], {"deinterlace": "auto"}),
        (["--deinterlace", "true"], {"deinterlace": True}),
        (["--start", "0:01.5", "--end", "00:00:03"], {"start": 1.5, "end": 3.0}),
        (["--threads", "2"], {"threads": 2}),
        (["--level", "4.1"], {"level": "4.1"}),
    ],
)
def test_flags_are_the_options(words: list[str], options: dict[str, Any]) -> None:
    assert TranscodeOptions(**parsed(*words)) == TranscodeOptions(**options)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ([], "IN"),
        (["in.mkv"], "OUT"),
        (["in.mkv", "out.mp4", "third"], "too many words"),
        (["in.mkv", "out.mp4", "--vido-codec", "h264"], "did you mean .*--video-codec"),
        (["in.mkv", "out.mp4", "--video-codecc=h264"], "did you mean .*--video-codec"),
        (["in.mkv", "out.mp4", "--crf"], "expected one argument"),
        (["in.mkv", "out.mp4", "--crf", "low"], "crf"),
        (["in.mkv", "out.mp4", "--metadata", "title"], "NAME=TEXT"),
        (["in.mkv", "out.mp4", "--no-metadata", "--metadata", "a=b"], "not allowed"),
        (["in.mkv", "out.mp4", "--end", "3", "--duration", "2"], "duration"),
        (["in.mkv", "out.mp4", "--progress", "xml"], "invalid choice"),
        (["probe"], "FILE"),
        (["probe", "a", "b"], "too many words"),
        (["plan", "in.mkv"], "OUT"),
        (["codecs", "--jsn"], "did you mean --json"),
    ],
)
def test_wrong_usage_is_2(run: Any, words: list[str], says: str) -> None:
    status, out, err = run(*words)
    assert (status, out) == (2, "")
    assert re.search(says, err), err
    assert len(err.splitlines()) == 1


def test_a_failed_job_is_1(run: Any, tmp_path: Path) -> None:
    for words in (["nowhere.mkv", tmp_path / "out.mp4"], ["probe", "nowhere.mkv"]):
        status, out, err = run(*words)
        assert (status, out) == (1, "")
        assert "nowhere.mkv" in err
        assert "Traceback" not in err
    earlier = tmp_path / "out.mp4"
    earlier.write_bytes(b"earlier")
    assert run(CLIP, earlier, *QUICK)[0] == 1
    assert earlier.read_bytes() == b"earlier"


def test_names_that_are_no_unicode(tmp_path: Path) -> None:
    source, target = (os.path.join(os.fsencode(tmp_path), name) for name in (b"caf\xe9.mp4", b"\xff.mkv"))
    os.symlink(CLIP, source)
    command = [sys.executable.encode(), b"-m", b"transcode_py"]
    copied = ["--video-codec", "copy", "--audio-codec", "copy"]
    subprocess.run([*command, source, target, *copied], check=True, capture_output=True)
    assert os.path.exists(target)
    subprocess.run([*command, b"probe", source], check=True, capture_output=True)


def test_whoever_reads_may_leave(tmp_path: Path) -> None:
    command = f"{sys.executable} -m transcode_py probe {CLIP} | head -c 1; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr
    assert "Exception" not in done.stderr


def test_help_and_version(run: Any) -> None:
    status, out, _ = run("--help")
    assert status == 0
    for word in ("transcode probe FILE", "--video-bitrate", "--no-faststart", "130 interrupted"):
        assert word in out
    assert run("--version")[1] == f"transcode {transcode_py.version()}\n"
    for command in ("plan", "probe", "codecs", "doctor"):
        assert run(command, "--help")[0] == 0


def test_doctor_sees_a_wrong_simd_level() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "transcode_py", "doctor"],
        env={**os.environ, "TRANSCODE_SIMD": "avx3"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "TRANSCODE_SIMD" in done.stdout
