"""`Plan.ffmpeg_command()`: run by the ffmpeg program, it makes what the job makes."""

from __future__ import annotations

import shlex
import subprocess
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import reference
from transcode_py import TranscodeOptions, Transcoder, cli

from media import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from media import Shelf

COPY: dict[str, Any] = {"video_codec": "copy", "audio_codec": "copy"}
LOSSLESS: dict[str, Any] = {"video_codec": "ffv1", "audio_codec": "flac"}

# source, container, options; whether every picture and sample must be the same
JOBS: list[tuple[str, str, dict[str, Any], bool]] = [
    ("film.mkv", "mkv", COPY, True),
    ("film.mkv", "mp4", COPY, True),
    ("plain.mp4", "ts", COPY, True),
    ("plain.ts", "mov", COPY, True),
    ("plain.avi", "mkv", {"video_codec": "auto", "audio_codec": "auto"}, True),
    ("film.mkv", "mkv", LOSSLESS, True),
    ("vfr.mkv", "mkv", LOSSLESS, True),
    ("plain.mp4", "mkv", {**LOSSLESS, "width": 160, "rotate": 90, "crop": (200, 100)}, True),
    ("bframes.mp4", "mkv", {**LOSSLESS, "start": 0.5, "duration": 1}, True),
    ("plain.mp4", "mkv", {**LOSSLESS, "fps": 10, "sample_rate": 22050, "channels": 1}, True),
    ("interlaced.ts", "mkv", {**LOSSLESS, "deinterlace": True}, True),
    ("film.mkv", "mkv", {**LOSSLESS, "metadata": False, "chapters": False, "attachments": False}, True),
    ("film.mkv", "mkv", {**LOSSLESS, "metadata": {"title": "-x 'y'", "artist": None}, "audio": "deu"}, True),
    ("plain.mkv", "mp4", {"crf": 30, "preset": "ultrafast", "gop": 10, "bframes": 2, "audio_bitrate": 96_000}, False),
    ("plain.mkv", "mp4", {"video_codec": "hevc", "preset": "ultrafast", "video_bitrate": "300k"}, False),
    ("plain.mkv", "webm", {"encoder_options": {"deadline": "realtime", "cpu-used": "8"}}, False),
    ("plain.mkv", "avi", {"video_codec": "mpeg4", "max_bitrate": "1M"}, False),
    ("surround.mkv", "m4a", {}, False),
    ("song.mp3", "m4a", {}, False),
    ("plain.wav", "flac", {}, True),
    ("plain.mkv", "mov", {"video_codec": "prores", "audio_codec": "pcm", "duration": 0.4}, True),
]


def facts(path: Path) -> list[tuple[Any, ...]]:
    """What each stream is, by ffprobe."""
    return [
        (
            reference.kind(stream),
            stream["codec_name"],
            stream.get("codec_tag_string"),
            stream.get("pix_fmt"),
            stream.get("width"),
            stream.get("height"),
            stream.get("sample_aspect_ratio"),
            stream.get("sample_rate"),
            stream.get("channels"),
            {key.lower(): text for key, text in stream.get("tags", {}).items() if key.lower() in ("language", "title")},
            {name for name, is_set in stream["disposition"].items() if is_set and name != "default"},
        )
        for stream in reference.streams(path)
        # The program makes no attachment of a stream.
        if reference.kind(stream) != "cover" or path.suffix != ".mkv"
    ]


def both(job: TranscodeOptions, ours: Path, theirs: Path) -> None:
    """Run the job, and then its command into another file."""
    command = Transcoder(job).plan().ffmpeg_command()
    assert command[0] == "ffmpeg"
    Transcoder(job).run()
    assert command[-1] in (str(ours), f"file:{ours}")
    done = subprocess.run([*command[:-1], str(theirs)], capture_output=True, stdin=subprocess.DEVNULL, check=False)
    assert done.returncode == 0, (shlex.join(command), done.stderr.decode(errors="replace")[-2000:])


@pytest.mark.parametrize(
    ("source", "suffix", "options", "same"), JOBS, ids=lambda value: str(value) if isinstance(value, str) else ""
)
def test_the_command_makes_the_same(
    source: str, suffix: str, options: dict[str, Any], same: bool, shelf: Shelf, out: Path
) -> None:
    """The same streams, tags, sizes and length; and bit for bit the same pictures and samples where nothing is lost."""
    ours, theirs = out / f"ours.{suffix}", out / f"theirs.{suffix}"
    both(TranscodeOptions(input=shelf[source], output=ours, **options), ours, theirs)
    assert facts(theirs) == facts(ours)
    one, other = reference.probe(ours), reference.probe(theirs)
    assert len(one["chapters"]) == len(other["chapters"])
    title = [found["format"].get("tags", {}).get("title") for found in (one, other)]
    assert title[0] == title[1]
    # Up to two frames of sound, which the program may cut elsewhere.
    assert float(other["format"]["duration"]) == pytest.approx(float(one["format"]["duration"]), abs=0.08)
    if same:
        for index, stream in enumerate(reference.streams(ours)):
            if reference.kind(stream) == "video":
                found = [reference.frames(path, "-map", f"0:{index}") for path in (ours, theirs)]
                sums = [[frame.md5 for frame in frames[0]] for frames in found]
                assert sums[0] == sums[1]
        if "start" not in options and "duration" not in options:
            for which, _ in enumerate(reference.streams(ours, "audio")):
                sound, other_sound = (reference.samples(path, which=which) for path in (ours, theirs))
                assert np.array_equal(sound, other_sound)


def test_odd_names(shelf: Shelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Names that the program would take for an option or a protocol."""
    monkeypatch.chdir(tmp_path)
    for name in ("-y.mp4", "concat:a 'b'.mp4", "100%d.mp4"):
        (tmp_path / name).write_bytes(shelf["plain.mp4"].read_bytes())
        job = TranscodeOptions(input=name, output=f"out{name}.mkv", **COPY)
        command = Transcoder(job).plan().ffmpeg_command()
        subprocess.run(command, capture_output=True, stdin=subprocess.DEVNULL, check=True)
        assert (tmp_path / f"out{name}.mkv").exists()


def test_data_and_file_objects_are_pipes(shelf: Shelf) -> None:
    job = TranscodeOptions(input=shelf["plain.mp4"].read_bytes(), output=None, format="matroska", **COPY)
    command = Transcoder(job).plan().ffmpeg_command()
    assert (command[command.index("-i") + 1], command[-1]) == ("pipe:0", "pipe:1")


def test_the_program_prints_it(capfd: pytest.CaptureFixture[str]) -> None:
    """`transcode plan --ffmpeg` prints a line that a shell takes."""
    clip = str(ROOT / "media" / "sintel_excerpt.mp4")
    assert cli.main(["plan", clip, "a film.mkv", "--video-codec", "copy", "--ffmpeg"]) == 0
    job = TranscodeOptions(input=clip, output="a film.mkv", video_codec="copy")
    assert shlex.split(capfd.readouterr().out) == Transcoder(job).plan().ffmpeg_command()
