"""Pictures are shown as they were meant: turned and mirrored once, in the shape they had."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

import boxes
import numpy as np
import pytest
import reference
import transcode_py

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from media import Shelf

ONE = 1 << 16
# The four numbers of a display matrix that turn and mirror, and what they do to rows and columns of the stored picture
# when x' = ax + cy and y' = bx + dy place each pixel.
TURNS = {
    "none": (ONE, 0, 0, ONE),
    "clockwise": (0, ONE, -ONE, 0),
    "half": (-ONE, 0, 0, -ONE),
    "counterclockwise": (0, -ONE, ONE, 0),
    "mirrored": (-ONE, 0, 0, ONE),
    "upside down": (ONE, 0, 0, -ONE),
    "transposed": (0, ONE, ONE, 0),
    "transversed": (0, -ONE, -ONE, 0),
}


def placed(picture: NDArray[np.uint8], matrix: tuple[int, int, int, int]) -> NDArray[np.uint8]:
    """The picture as the matrix shows it, pixel by pixel."""
    a, b, c, d = (number // ONE for number in matrix)
    rows, columns = np.indices(picture.shape)
    x, y = a * columns + c * rows, b * columns + d * rows
    x, y = x - x.min(), y - y.min()
    shown = np.empty((y.max() + 1, x.max() + 1), picture.dtype)
    shown[y, x] = picture
    return shown


def marked(shelf: Shelf, folder: Path, matrix: tuple[int, int, int, int]) -> Path:
    """A lossless clip of a ramp whose mp4 says that it is shown so."""
    path = folder / "marked.mp4"
    settings = ["-c:v", "libx264", "-qp", "0", "-preset", "ultrafast", "-pix_fmt", "gray"]
    reference.ffmpeg("-i", shelf["ramp.mkv"], *settings, path)
    data = bytearray(path.read_bytes())
    at = data.index(b"tkhd") + 4 + 40  # a version 0 box: the matrix stands 40 bytes in
    for place, value in zip((0, 4, 12, 16), matrix, strict=True):
        data[at + place : at + place + 4] = value.to_bytes(4, "big", signed=True)
    path.write_bytes(data)
    return path


def stored(path: Path) -> NDArray[np.uint8]:
    """The first picture as it is stored, whatever the container says of showing it."""
    video = reference.stream(path, "video")
    data = reference.ffmpeg("-noautorotate", "-i", path, "-frames:v", "1", "-f", "rawvideo", "-pix_fmt", "gray", "-")
    return np.frombuffer(data, np.uint8).reshape(video["height"], video["width"])


def rotation(path: Path) -> list[str]:
    """What the container says of turning."""
    side_data = reference.stream(path, "video").get("side_data_list", [])
    return [entry["displaymatrix"] for entry in side_data if entry["side_data_type"] == "Display Matrix"]


@pytest.mark.parametrize("turn", list(TURNS))
def test_encoded_pictures_are_turned_once(turn: str, shelf: Shelf, out: Path) -> None:
    """Quarter turns, half turns, mirrors and both together are in the pixels, and no longer in the container."""
    source = marked(shelf, out, TURNS[turn])
    wanted = placed(stored(source), TURNS[turn])
    transcode_py.transcode(source, out / "out.mkv", video_codec="ffv1")
    assert np.array_equal(stored(out / "out.mkv"), wanted)
    transcode_py.transcode(source, out / "out.mp4", video_codec="h264", crf=1)
    assert rotation(out / "out.mp4") == []
    assert np.abs(stored(out / "out.mp4").astype(int) - wanted).mean() < 2


@pytest.mark.parametrize("turn", [turn for turn in TURNS if turn != "none"])
@pytest.mark.parametrize("suffix", ["mp4", "mov"])
def test_copied_pictures_keep_their_matrix(suffix: str, turn: str, shelf: Shelf, out: Path) -> None:
    """All nine numbers go with a copy, and encoding the copy turns it once."""
    source, target = marked(shelf, out, TURNS[turn]), out / f"out.{suffix}"
    stats = transcode_py.remux(source, target)
    assert stats.warnings == ()
    assert rotation(target) == rotation(source) != []
    transcode_py.transcode(target, out / "again.mkv", video_codec="ffv1")
    assert np.array_equal(stored(out / "again.mkv"), placed(stored(source), TURNS[turn]))


@pytest.mark.parametrize(
    ("options", "ratio"),
    [
        ({}, "64:45"),
        ({"rotate": 90}, "45:64"),
        ({"rotate": 180}, "64:45"),
        ({"crop": (64, 64)}, "64:45"),
        ({"width": 64}, "1:1"),
        ({"resolution": (64, 64), "fit": "stretch"}, "1:1"),
        ({"video_filter": "setsar=2/1"}, "2:1"),
    ],
    ids=str,
)
@pytest.mark.parametrize(("codec", "suffix"), [("h264", "mp4"), ("ffv1", "mkv"), ("vp9", "webm")])
def test_shape_of_pixels(codec: str, suffix: str, options: dict[str, Any], ratio: str, shelf: Shelf, out: Path) -> None:
    """It is kept, turned with the picture, and square where a size was asked for."""
    source, target = shelf.folder / "anamorphic.mkv", out / f"out.{suffix}"
    if not source.exists():
        reference.ffmpeg(
            "-i", shelf["ramp.mkv"], "-vf", "scale=90:96,format=yuv420p,setsar=64/45", "-c:v", "ffv1", source
        )
    transcode_py.transcode(source, target, video_codec=codec, **options)
    found = Fraction(reference.stream(target, "video")["sample_aspect_ratio"].replace(":", "/"))
    # WebM counts the width that is shown in whole pixels.
    assert float(found) == pytest.approx(float(Fraction(ratio.replace(":", "/"))), rel=0.01 if suffix == "webm" else 0)
    if suffix == "mp4":
        across, down = (int.from_bytes(boxes.mp4(target)["pasp"][at : at + 4], "big") for at in (0, 4))
        assert Fraction(across, down) == Fraction(ratio.replace(":", "/"))


@pytest.mark.parametrize(("ratio", "kept"), [("16/9", True), ("1/1", True), ("3/2", False)])
def test_shapes_that_mpeg2_has(ratio: str, kept: bool, shelf: Shelf, out: Path) -> None:
    """MPEG-2 knows square pixels and three shapes of a screen: what is shown otherwise afterwards is told."""
    filters = f"scale=96:64,format=yuv420p,{'setsar=1' if ratio == '1/1' else f'setdar={ratio}'}"
    reference.ffmpeg("-i", shelf["ramp.mkv"], "-vf", filters, "-c:v", "ffv1", out / "source.mkv")
    if ratio == "3/2":
        reference.ffmpeg(
            "-i", shelf["ramp.mkv"], "-vf", "scale=90:96,setsar=2,format=yuv420p", "-c:v", "ffv1", out / "source.mkv"
        )
    stats = transcode_py.transcode(out / "source.mkv", out / "out.ts", video_codec="mpeg2")
    before, after = (
        reference.stream(path, "video")["display_aspect_ratio"] for path in (out / "source.mkv", out / "out.ts")
    )
    assert (before == after) == kept
    assert any("shape" in warning for warning in stats.warnings) != kept


@pytest.mark.parametrize("suffix", ["mp4", "mov", "mkv", "ts", "flv"])
def test_a_copy_keeps_the_shape(suffix: str, shelf: Shelf, out: Path) -> None:
    """A copied stream of wide pixels is shown in its shape."""
    transcode_py.remux(shelf["sar.mkv"], out / f"out.{suffix}")
    assert reference.stream(out / f"out.{suffix}", "video")["sample_aspect_ratio"] == "2:1"


def test_a_shape_that_changes_on_the_way(shelf: Shelf, out: Path) -> None:
    """A file has one shape for all its pictures: the job says that some are shown in another than their own."""
    parts = []
    for ratio in ("1", "2"):
        part = out / f"{ratio}.m2v"
        shape = "16:9" if ratio == "1" else "4:3"
        settings = ["-c:v", "mpeg2video", "-pix_fmt", "yuv420p", "-aspect", shape]
        reference.ffmpeg("-i", shelf["ramp.mkv"], *settings, part)
        parts.append(part.read_bytes())
    (out / "both.m2v").write_bytes(b"".join(parts))
    stats = transcode_py.transcode(out / "both.m2v", out / "out.mp4", video_codec="h264")
    # FFmpeg's decoder of MPEG-2 loses a picture at the change.
    assert stats.frames_encoded == len(reference.frames(out / "both.m2v", "-map", "0:V")[0])
    assert any("shape of its pictures changes" in warning for warning in stats.warnings)
