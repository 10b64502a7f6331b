"""Pictures of two fields stay so, and are marked so: in the stream where its codec can, in the container where it can."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any

import boxes
import numpy as np
import pytest
import reference
import transcode_py

import media

if TYPE_CHECKING:
    from pathlib import Path

    from media import Shelf

# Which field is first -> the letters of ffprobe's `field_order`, and the filter that weaves such pictures.
ORDERS = {"top": ("tt", "tinterlace=interleave_top"), "bottom": ("bb", "tinterlace=interleave_bottom,fieldorder=bff")}


@pytest.fixture(scope="module", params=list(ORDERS))
def woven(request: pytest.FixtureRequest, shelf: Shelf) -> tuple[Path, bool]:
    """Pictures of two fields of different moments, and whether the upper comes first."""
    path = shelf.folder / f"woven-{request.param}.ts"
    if not path.exists():
        clip = media.picture(size="128x96", rate="50", seconds=0.4)
        settings = ["-flags", "+ildct+ilme", "-c:v", "mpeg2video", "-q:v", "2", "-pix_fmt", "yuv420p"]
        reference.ffmpeg(*clip, "-vf", ORDERS[request.param][1], *settings, path)
    return path, request.param == "top"


def look(path: Path) -> tuple[str | None, set[tuple[bool, bool]]]:
    """The stream's field order, and of its pictures whether they have fields and the upper is first; by ffprobe."""
    command = ["ffprobe", "-v", "error", "-select_streams", "v:0", "-show_streams", "-show_frames", "-of", "json"]
    answer = json.loads(subprocess.run([*command, str(path)], capture_output=True, check=True, timeout=60).stdout)
    marks = {(bool(frame["interlaced_frame"]), bool(frame["top_field_first"])) for frame in answer["frames"]}
    return answer["streams"][0].get("field_order"), marks


def transcode(source: Path, target: Path, codec: str, **options: Any) -> transcode_py.TranscodeStats:
    """Encode fast."""
    settings = {"preset": "ultrafast", "crf": 4} if codec in {"h264", "hevc"} else {}
    return transcode_py.transcode(source, target, video_codec=codec, **{**settings, **options})


@pytest.mark.parametrize(
    ("codec", "suffix"),
    [
        ("h264", "mp4"),
        ("h264", "mkv"),
        ("h264", "ts"),
        ("mpeg2", "ts"),
        ("ffv1", "mkv"),
        ("prores", "mov"),
        ("mpeg4", "mp4"),
    ],
)
def test_fields_are_kept(codec: str, suffix: str, woven: tuple[Path, bool], out: Path) -> None:
    """Every picture of the stream says that it has fields, and which is first; nothing is said to be lost."""
    source, top = woven
    target = out / f"out.{suffix}"
    stats = transcode(source, target, codec)
    order, marks = look(target)
    assert marks == {(True, top)}
    assert not any("field" in warning for warning in stats.warnings)
    # FFmpeg's parser takes the order of H.264 in mp4 and ts for the usual one, and has none for MPEG-4.
    if codec != "mpeg4" and not (codec == "h264" and suffix != "mkv"):
        assert order == ("tt" if top else "bb")
    transcode_py.remux(target, out / f"copy.{suffix}")
    assert look(out / f"copy.{suffix}") == (order, marks)


def test_containers_say_it_themselves(woven: tuple[Path, bool], out: Path) -> None:
    """The element of Matroska and the box of mov, read from their bytes."""
    source, top = woven
    transcode(source, out / "out.mkv", "ffv1")
    found = boxes.mkv(out / "out.mkv")
    assert (found["interlaced"], found["field order"]) == (1, 1 if top else 6)
    transcode(source, out / "out.mov", "prores")
    assert boxes.mp4(out / "out.mov")["fiel"] == bytes([2, 1 if top else 6])


def test_only_the_container(woven: tuple[Path, bool], out: Path) -> None:
    """HEVC by x265 has no fields: the container alone says it, and the job says that; without a place it is lost."""
    source, top = woven
    stats = transcode(source, out / "out.mkv", "hevc")
    assert look(out / "out.mkv") == ("tt" if top else "bb", {(False, False)})
    assert any("only the container" in warning for warning in stats.warnings)
    stats = transcode(source, out / "out.ts", "hevc")
    assert any("field order is lost" in warning for warning in stats.warnings)


@pytest.mark.parametrize(
    "options", [{"deinterlace": True}, {"deinterlace": "auto"}, {"video_filter": "yadif"}], ids=str
)
def test_deinterlaced_is_progressive(options: dict[str, Any], woven: tuple[Path, bool], out: Path) -> None:
    """What has no fields any more is not marked with them."""
    source, _ = woven
    for codec, suffix in (("h264", "mp4"), ("ffv1", "mkv")):
        stats = transcode(source, out / f"out.{suffix}", codec, **options)
        assert look(out / f"out.{suffix}") == ("progressive", {(False, False)})
        assert stats.warnings == ()
    assert boxes.mkv(out / "out.mkv")["interlaced"] == 2


def test_a_turned_picture_has_no_fields(woven: tuple[Path, bool], out: Path) -> None:
    """Lines that became columns are no fields; the job says so."""
    stats = transcode(woven[0], out / "out.mkv", "h264", rotate=90)
    assert look(out / "out.mkv")[1] == {(False, False)}
    assert any("turned" in warning for warning in stats.warnings)


def test_fields_are_scaled_apart(woven: tuple[Path, bool], out: Path) -> None:
    """A new height mixes no moments: each field is that field of the source, scaled alone."""
    source, top = woven
    transcode(source, out / "out.mkv", "ffv1", resolution=(128, 48), fit="stretch")
    assert look(out / "out.mkv")[1] == {(True, top)}
    wanted, came = reference.gray(source).astype(int), reference.gray(out / "out.mkv").astype(int)
    for field in (0, 1):
        # Two lines of a field become one; a mean is near enough to tell them from a mix of both moments.
        lines = wanted[:, field::2]
        mean = (lines[:, ::2] + lines[:, 1::2]) / 2
        own = np.abs(came[:, field::2] - mean).mean()
        other = np.abs(came[:, 1 - field :: 2] - mean).mean()
        assert own < 0.75 * other


def test_lines_that_x264_makes_no_fields_of(out: Path) -> None:
    """486 lines, as NTSC has, do not divide into x264's fields: no error, but a word."""
    source = out / "source.mkv"
    clip = media.picture(size="64x54", rate="50", seconds=0.2)
    reference.ffmpeg(*clip, "-vf", "tinterlace=interleave_top", "-c:v", "ffv1", "-field_order", "tt", source)
    assert look(source)[0] == "tt"
    stats = transcode(source, out / "out.mp4", "h264")
    assert stats.frames_encoded == 5
    assert any("field order is lost" in warning for warning in stats.warnings)


@pytest.mark.parametrize(("name", "top"), [("fixture-raw.mts", True), ("xdcam-ex-1080i50.mov", True)])
def test_real_files(name: str, top: bool, out: Path) -> None:
    """Broadcast and camera files keep the order that their own pictures tell."""
    source = media.REAL / name
    if not source.exists():
        pytest.skip("the real media are not here")
    stats = transcode(source, out / "out.mkv", "h264", audio=False, duration=0.2)
    assert look(out / "out.mkv")[1] == {(True, top)}
    assert not any("field" in warning for warning in stats.warnings)
