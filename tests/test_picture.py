"""Options of the picture, seen in the pixels of the output."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import reference
import transcode_py

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from media import Shelf

# The picture of "ramp.mkv" by its formula: no turn, flip or shift of it is itself.
RAMP = ((np.arange(256)[None, :] + 2 * np.arange(128)[:, None]) % 256).astype(np.uint8)


def lossless(source: Path, folder: Path, **options: Any) -> Path:
    """Transcode with ffv1, so that the output's pixels are the filters' pixels."""
    target = folder / "out.mkv"
    transcode_py.transcode(source, target, video_codec="ffv1", **options)
    return target


def size(path: Path) -> tuple[int, int]:
    """Width and height, by ffprobe."""
    video = reference.stream(path, "video")
    return int(video["width"]), int(video["height"])


def shape(path: Path) -> float:
    """Width by height as shown, by ffprobe."""
    video = reference.stream(path, "video")
    ratio = video.get("sample_aspect_ratio", "1:1").replace(":", "/")
    return int(video["width"]) / int(video["height"]) * float(Fraction(ratio))


def distance(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> float:
    """Mean difference of two pictures, 0 to 255."""
    return float(np.abs(one.astype(np.int16) - other).mean())


@pytest.mark.parametrize(
    ("crop", "expected"),
    [
        ((100, 50, 20, 10), RAMP[10:60, 20:120]),
        ("100:50:20:10", RAMP[10:60, 20:120]),
        ((100, 50), RAMP[39:89, 78:178]),
        ((101, 51, 3, 5), RAMP[5:56, 3:104]),
        ((256, 128, 0, 0), RAMP),
    ],
)
def test_crop(crop: object, expected: NDArray[np.uint8], shelf: Shelf, out: Path) -> None:
    """The pixels asked for and no others, to the odd ones."""
    assert (reference.gray(lossless(shelf["ramp.mkv"], out, crop=crop)) == expected).all()


@pytest.mark.parametrize(("degrees", "turns"), [(90, 1), (180, 2), (270, 3), (-90, 3), (0, 0)])
def test_rotate(degrees: int, turns: int, shelf: Shelf, out: Path) -> None:
    """Clockwise, in the pixels."""
    pictures = reference.gray(lossless(shelf["ramp.mkv"], out, rotate=degrees))
    assert np.array_equal(pictures[0], np.rot90(RAMP, -turns))


@pytest.mark.parametrize("stored", [90, 180, 270])
def test_rotate_after_the_display_matrix(stored: int, shelf: Shelf, out: Path) -> None:
    """What the user sees is turned, not what is stored."""
    source = shelf.rotated(stored)
    pictures = reference.gray(lossless(source, out, rotate=90))
    assert np.array_equal(pictures, np.rot90(reference.gray(source), -1, axes=(1, 2)))


@pytest.mark.parametrize("suffix", ["mp4", "mov", "mkv"])
def test_rotation_survives_a_copy(suffix: str, shelf: Shelf, out: Path) -> None:
    """A copied stream is shown as before: its matrix goes with it, where the container holds one."""
    source, target = shelf.rotated(90), out / f"out.{suffix}"
    stats = transcode_py.transcode(source, target, video_codec="copy")
    kept = np.array_equal(reference.gray(target), reference.gray(source))
    assert kept or any("rotat" in warning for warning in stats.warnings)


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ("vflip", RAMP[::-1]),
        ("hflip", RAMP[:, ::-1]),
        ("vflip,hflip", RAMP[::-1, ::-1]),
        ("crop=64:32:8:4,vflip", RAMP[4:36, 8:72][::-1]),
        ("negate", 255 - RAMP),
    ],
)
def test_video_filter(filters: str, expected: NDArray[np.uint8], shelf: Shelf, out: Path) -> None:
    """FFmpeg's filters, those that turn lines upside down in memory too."""
    assert (reference.gray(lossless(shelf["ramp.mkv"], out, video_filter=filters)) == expected).all()


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"resolution": (160, 90)}, (160, 90)),
        ({"resolution": "160x90"}, (160, 90)),
        ({"resolution": (160, None)}, (160, 90)),
        ({"resolution": "160x"}, (160, 90)),
        ({"resolution": (None, 90)}, (160, 90)),
        ({"width": 160}, (160, 90)),
        ({"height": 90}, (160, 90)),
        ({"width": 160, "height": 160}, (160, 90)),
        ({"resolution": (640, 640)}, (640, 360)),
        ({"resolution": (100, 100)}, (100, 56)),
        ({"resolution": (100, 100), "fit": "contain"}, (100, 56)),
        ({"resolution": (100, 100), "fit": "cover"}, (100, 100)),
        ({"resolution": (100, 100), "fit": "stretch"}, (100, 100)),
        ({"resolution": (100, 100), "fit": "pad"}, (100, 100)),
        ({"rotate": 90, "resolution": (90, None)}, (90, 160)),
        ({"crop": (160, 160), "resolution": (80, None)}, (80, 80)),
    ],
    ids=str,
)
def test_resolution(options: dict[str, Any], expected: tuple[int, int], shelf: Shelf, out: Path) -> None:
    """The size asked for, in every spelling; what is left open keeps the shape."""
    target = lossless(shelf["lossless.mkv"], out, **options)
    assert size(target) == expected
    assert len(reference.packets(target, "v:0")) == 50


@pytest.mark.parametrize(
    ("fit", "filters"),
    [
        ("contain", "scale=100:56:f=bicubic"),
        ("cover", "scale=178:100:f=bicubic,crop=100:100"),
        ("stretch", "scale=100:100:f=bicubic"),
        ("pad", "scale=100:56:f=bicubic,pad=100:100:0:22"),
    ],
)
def test_fit_in_pixels(fit: str, filters: str, shelf: Shelf, out: Path) -> None:
    """The whole picture, its middle, or the picture on black: as zimg scales it, which keeps chroma in its place."""
    target = lossless(shelf["lossless.mkv"], out, resolution=(100, 100), fit=fit)
    expected = reference.rgb(shelf["lossless.mkv"], "-vf", f"z{filters},format=yuv420p")
    # The scaler is another, the picture not: one line of shift makes a difference of 4 to 12.
    assert distance(reference.rgb(target), expected) < 1


def test_pad_is_black(shelf: Shelf, out: Path) -> None:
    """The bars of `fit="pad"` are black, above and below alike."""
    pictures = reference.rgb(lossless(shelf["lossless.mkv"], out, resolution=(100, 100), fit="pad"))
    assert pictures[:, :20].max() <= 2
    assert pictures[:, -20:].max() <= 2
    assert pictures[:, 40:60].mean() > 40


@pytest.mark.parametrize("options", [{}, {"resolution": (80, 80)}, {"width": 80}, {"fps": 10}], ids=str)
@pytest.mark.parametrize("suffix", ["mkv", "mp4"])
def test_pixels_that_are_not_square(options: dict[str, Any], suffix: str, shelf: Shelf, out: Path) -> None:
    """A film of wide pixels is shown in its shape, before and after a change of size."""
    target = out / f"out.{suffix}"
    transcode_py.transcode(shelf["sar.mkv"], target, video_codec="h264", **options)
    assert shape(target) == pytest.approx(16 / 9, rel=0.03)


@pytest.mark.parametrize(
    ("fps", "expected"),
    [
        (10, "10/1"),
        (50.0, "50/1"),
        ("30", "30/1"),
        (29.97, "30000/1001"),
        ("30000/1001", "30000/1001"),
        ("23.976", "24000/1001"),
        (12.5, "25/2"),
    ],
)
def test_fps(fps: Any, expected: str, shelf: Shelf, out: Path) -> None:
    """A constant rate, exact as a fraction, of the pictures that FFmpeg's own filter takes."""
    target = out / "out.mp4"
    transcode_py.transcode(shelf["lossless.mkv"], target, video_codec="h264", fps=fps)
    video = reference.stream(target, "video")
    assert Fraction(video["avg_frame_rate"]) == Fraction(expected)
    wanted = reference.frames(shelf["lossless.mkv"], "-map", "0:V", "-vf", f"fps={expected}")[0]
    times = [float(frame.time) for frame in reference.frames(target, "-map", "0:V")[0]]
    assert len(times) == len(wanted)
    assert times == pytest.approx([float(index / Fraction(expected)) for index in range(len(times))], abs=0.001)


def test_fps_pictures(shelf: Shelf, out: Path) -> None:
    """Pictures are dropped and repeated, never blended or shifted."""
    for fps in (10, 40):
        wanted = reference.frames(shelf["lossless.mkv"], "-map", "0:V", "-vf", f"fps={fps}", ticks=False)[0]
        target = out / f"out{fps}.mkv"
        transcode_py.transcode(shelf["lossless.mkv"], target, video_codec="ffv1", fps=fps)
        came = reference.frames(target, "-map", "0:V")[0]
        assert [frame.md5 for frame in came] == [frame.md5 for frame in wanted]


def test_variable_rate_is_kept(shelf: Shelf, out: Path) -> None:
    """Without `fps` every picture keeps its own time."""
    target = out / "out.mp4"
    transcode_py.transcode(shelf["vfr.mkv"], target, video_codec="h264")
    wanted, came = (reference.frames(path, "-map", "0:V")[0] for path in (shelf["vfr.mkv"], target))
    times = [[float(frame.time - track[0].time) for frame in track] for track in (wanted, came)]
    assert times[1] == pytest.approx(times[0], abs=0.001)


def combing(pictures: NDArray[np.uint8]) -> float:
    """How much each line differs from its two neighbours: high where two fields moved apart."""
    lines = pictures.astype(np.int16)
    return float(np.abs(2 * lines[:, 1:-1] - lines[:, :-2] - lines[:, 2:]).mean())


@pytest.mark.parametrize("deinterlace", [True, "auto"])
def test_deinterlace(deinterlace: object, shelf: Shelf, out: Path) -> None:
    """The combs of moving edges go, no picture does."""
    source = shelf["interlaced.ts"]
    before, after = (reference.gray(path) for path in (source, lossless(source, out, deinterlace=deinterlace)))
    assert len(after) == len(before)
    assert combing(after) < 0.7 * combing(before)


def test_deinterlace_auto_leaves_progressive_alone(shelf: Shelf, out: Path) -> None:
    """`"auto"` does not soften what has no fields."""
    source = shelf["lossless.mkv"]
    wanted, came = (
        [frame.md5 for frame in reference.frames(path, "-map", "0:V")[0]]
        for path in (source, lossless(source, out, deinterlace="auto"))
    )
    assert came == wanted


@pytest.mark.parametrize("name", ["yuv444p", "yuv422p", "yuv420p10le", "gray", "bgra"])
def test_pixel_format(name: str, shelf: Shelf, out: Path) -> None:
    """The layout asked for, with the picture unchanged."""
    target = lossless(shelf["lossless.mkv"], out, pixel_format=name)
    assert reference.stream(target, "video")["pix_fmt"] == name
    assert distance(reference.gray(target)[::10], reference.gray(shelf["lossless.mkv"])[::10]) < 3


@pytest.mark.parametrize("options", [{}, {"resolution": (320, 180)}, {"pixel_format": "yuv444p"}], ids=str)
@pytest.mark.parametrize("suffix", ["mp4", "mkv"])
def test_colour_description(options: dict[str, Any], suffix: str, shelf: Shelf, out: Path) -> None:
    """What the numbers mean is written beside them."""
    target = out / f"out.{suffix}"
    transcode_py.transcode(shelf["bt709.mkv"], target, video_codec="h264", **options)
    video = reference.stream(target, "video")
    names = ("color_range", "color_space", "color_transfer", "color_primaries")
    assert [video.get(name) for name in names] == ["tv", "bt709", "bt709", "bt709"]


@pytest.mark.parametrize(("codec", "suffix"), [("h264", "mp4"), ("ffv1", "mkv"), ("mjpeg", "avi"), ("vp9", "webm")])
def test_full_range(codec: str, suffix: str, shelf: Shelf, out: Path) -> None:
    """Full-range pictures stay as bright and as dark as they were."""
    target = out / f"out.{suffix}"
    transcode_py.transcode(shelf["full-range.avi"], target, video_codec=codec)
    assert distance(reference.rgb(target)[::5], reference.rgb(shelf["full-range.avi"])[::5]) < 5


def test_size_change_on_the_way(shelf: Shelf, out: Path) -> None:
    """A stream that changes its size gives one file of one size, with every picture."""
    target = out / "out.mp4"
    transcode_py.transcode(shelf["resize.ts"], target, video_codec="h264")
    wanted = reference.rgb(shelf["resize.ts"], "-s", "320x180")
    came = reference.rgb(target)
    assert came.shape == wanted.shape
    assert distance(came, wanted) < 8


def test_transparency(shelf: Shelf, out: Path) -> None:
    """Transparent pixels stay so, where the codec holds them."""
    target = lossless(shelf["alpha.mov"], out)
    planes = [
        reference.ffmpeg("-i", path, "-vf", "alphaextract", "-f", "rawvideo", "-pix_fmt", "gray", "-")
        for path in (shelf["alpha.mov"], target)
    ]
    assert planes[0] == planes[1]
