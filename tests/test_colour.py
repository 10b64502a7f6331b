"""Tags follow pixels: what a file says of its colours is what its samples are, in stream and container."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any, BinaryIO

import bars
import boxes
import numpy as np
import pytest
import reference
import transcode_py
from bars import Coding

if TYPE_CHECKING:
    from pathlib import Path

    from media import Shelf

RANGES = ("tv", "pc")
DEPTHS = (8, 10)
CODINGS = [Coding(*parts) for parts in itertools.product(bars.SHARES, RANGES, DEPTHS)]
NUMBERS = {"bt709": 1, "bt470bg": 5, "smpte170m": 6, "bt2020": 9, "bt2020nc": 9, "smpte2084": 16}
FAST = {
    "h264": {"preset": "ultrafast", "crf": 2},
    "hevc": {"preset": "ultrafast", "crf": 2},
    "vp9": {"crf": 2, "encoder_options": {"deadline": "realtime", "cpu-used": "8"}},
    "av1": {"crf": 4, "preset": "12"},
    "libaom-av1": {"crf": 2, "encoder_options": {"usage": "realtime", "cpu-used": "8"}},
}


def transcode(source: Path, target: Path, codec: str, **options: Any) -> transcode_py.TranscodeStats:
    """Encode fast and near to lossless."""
    settings: dict[str, Any] = FAST.get(codec, {})
    return transcode_py.transcode(source, target, video_codec=codec, **{**settings, **options})


def tags(path: Path) -> dict[str, str | None]:
    """The colour description, by ffprobe."""
    video = reference.stream(path, "video")
    return {name: video.get(name) for name in ("color_range", "color_space", "color_transfer", "color_primaries")}


def error(path: Path, gray_by: str | None = None) -> float:
    """How far the bars are from what they should be as the tags mean them, in steps of eight bits."""
    return float(np.abs(bars.shown(path) - bars.expected(gray_by)).max())


@pytest.mark.parametrize(
    ("codec", "suffix", "tolerance"),
    [
        ("h264", "mp4", 1),
        ("h264", "mkv", 1),
        ("hevc", "mp4", 2),
        ("ffv1", "mkv", 0),
        ("vp9", "webm", 2),
        ("av1", "mkv", 3),
        ("libaom-av1", "mp4", 2),
    ],
)
@pytest.mark.parametrize("depth", DEPTHS)
def test_bars_come_back(codec: str, suffix: str, tolerance: float, depth: int, shelf: Shelf, out: Path) -> None:
    """Every matrix and range comes back by ffprobe and by value: nothing is converted, nothing renamed."""
    for coding in (coding for coding in CODINGS if coding.depth == depth):
        source, target = bars.clip(shelf.folder, coding), out / f"{coding.matrix}-{coding.range}.{suffix}"
        stats = transcode(source, target, codec)
        assert stats.warnings == ()
        stream, came = bars.first_planes(target)
        assert {name: stream.get(name) for name in coding.tags} == coding.tags, coding
        for plane, wanted in zip(came, bars.planes(coding), strict=True):
            assert np.abs(plane - bars.rounded(wanted, depth)).max() <= tolerance * 2 ** (depth - 8), coding


@pytest.mark.parametrize("coding", [Coding("bt709", "tv", 8), Coding("bt2020nc", "pc", 10)], ids=str)
@pytest.mark.parametrize("codec", ["h264", "hevc", "av1", "vp9"])
def test_stream_and_container_agree(codec: str, coding: Coding, shelf: Shelf, out: Path) -> None:
    """The codec's own header, the box of mp4 and the element of Matroska say the same, each read alone."""
    primaries, transfer = bars.PARTNERS[coding.matrix]
    wanted = (NUMBERS[primaries], NUMBERS[transfer], NUMBERS[coding.matrix])
    source = bars.clip(shelf.folder, coding)
    transcode(source, out / "out.mp4", codec)
    assert boxes.colr(out / "out.mp4") == (*wanted, coding.range == "pc")
    transcode(source, out / "out.mkv", codec)
    found = boxes.mkv(out / "out.mkv")
    assert [found[name] for name in ("primaries", "transfer", "matrix")] == list(wanted)
    assert found["range"] == {"tv": 1, "pc": 2}[coding.range]
    bare = out / f"bare.{codec if codec in {'h264', 'hevc'} else 'ivf'}"
    reference.ffmpeg("-i", out / "out.mp4", "-c", "copy", bare)
    # VP9 has no place for primaries and transfer.
    told = {
        name: value for name, value in tags(bare).items() if codec != "vp9" or name in {"color_range", "color_space"}
    }
    assert told.items() <= coding.tags.items()


@pytest.mark.parametrize("layout", ["yuv444p", "yuv420p", "yuv422p10le", "gray", "gray10le", "bgr0", "gbrp10le"])
def test_another_layout_is_the_same_colour(layout: str, shelf: Shelf, out: Path) -> None:
    """Between layouts of samples the colour stays, by the matrix and range that the output is tagged with."""
    for coding in (Coding(*parts) for parts in itertools.product(("smpte170m", "bt709", "bt2020nc"), RANGES, DEPTHS)):
        target = out / f"{coding.matrix}-{coding.range}-{coding.depth}.mkv"
        transcode(bars.clip(shelf.folder, coding), target, "ffv1", pixel_format=layout)
        # Eight bits round a colour by up to 1.8 steps by themselves.
        rough = coding.depth == 8 or not layout.endswith("10le")
        assert error(target, coding.matrix if layout.startswith("gray") else None) <= (2.5 if rough else 1), coding


@pytest.mark.parametrize("depth", DEPTHS)
@pytest.mark.parametrize("range", RANGES)
def test_a_new_size_keeps_the_range(range: str, depth: int, shelf: Shelf, out: Path) -> None:
    """Scaling alone changes no range; FFmpeg's scaler makes full pictures limited if nobody forbids it."""
    coding = Coding("bt709", range, depth)
    transcode(bars.clip(shelf.folder, coding), out / "out.mkv", "ffv1", width=128)
    assert tags(out / "out.mkv") == coding.tags
    assert error(out / "out.mkv") <= 1.6


@pytest.mark.parametrize(("size", "matrix"), [((256, 64), "smpte170m"), ((1280, 720), "bt709")])
@pytest.mark.parametrize(("codec", "suffix"), [("h264", "mp4"), ("vp9", "webm"), ("ffv1", "mkv")])
def test_rgb_becomes_yuv(
    codec: str,
    suffix: str,
    size: tuple[int, int],
    matrix: str,
    shelf: Shelf,
    out: Path,
) -> None:
    """Red, green and blue become the matrix that players expect of the size, and are tagged so."""
    target = out / f"out.{suffix}"
    transcode(bars.rgb_clip(shelf.folder, 8, *size), target, codec, pixel_format="yuv420p")
    video = reference.stream(target, "video")
    assert (video["color_space"], video["color_range"]) == (matrix, "tv")
    assert error(target) <= 2


@pytest.mark.parametrize(("codec", "suffix"), [("prores", "mov"), ("mpeg2", "mkv"), ("mpeg4", "mp4"), ("vp8", "webm")])
@pytest.mark.parametrize("depth", DEPTHS)
def test_codecs_without_a_full_range(codec: str, suffix: str, depth: int, shelf: Shelf, out: Path) -> None:
    """What cannot say that its range is full gets limited pixels, and the job says so."""
    target = out / f"out.{suffix}"
    options = {"video_bitrate": "8M"} if codec == "vp8" else {}
    stats = transcode(bars.clip(shelf.folder, Coding("bt709", "pc", depth)), target, codec, **options)
    assert tags(target)["color_range"] in {"tv", None}
    assert any("limited range" in warning for warning in stats.warnings)
    assert error(target) <= 5


@pytest.mark.parametrize("matrix", ["smpte170m", "bt709", "bt2020nc"])
@pytest.mark.parametrize("range", RANGES)
def test_jpeg_has_one_matrix(matrix: str, range: str, shelf: Shelf, out: Path) -> None:
    """JPEG is BT.601 and full range, whatever the source was: the pixels are converted to that."""
    transcode(bars.clip(shelf.folder, Coding(matrix, range, 8)), out / "out.avi", "mjpeg")
    video = reference.stream(out / "out.avi", "video")
    assert (video["color_space"], video["color_range"]) == ("bt470bg", "pc")
    assert error(out / "out.avi") <= 5


@pytest.mark.parametrize("range", [None, *RANGES])
@pytest.mark.parametrize("options", [{}, {"width": 128}, {"pixel_format": "yuv420p"}], ids=str)
def test_gray(range: str | None, options: dict[str, Any], out: Path) -> None:
    """Gray is full range where nobody says, as FFmpeg has it, and says so afterwards."""
    coding = Coding("bt709", range or "pc", 8)
    luma = bars.rounded(bars.planes(coding)[0], 8).tobytes()
    marks = ["-vf", f"setparams=range={range}", "-color_range", range] if range else []
    source = bars.write(out / "gray.mkv", luma, "gray", (bars.WIDTH, bars.HEIGHT), *marks, "-c:v", "ffv1")
    transcode(source, out / "out.mkv", "ffv1", **options)
    stream, (found, *_) = bars.first_planes(out / "out.mkv")
    values = bars.spots(found[..., None])[:, 0]
    full = stream.get("color_range") == "pc"
    shown = values if full else (values - 16) / 219 * 255
    assert np.abs(shown - bars.expected("bt709")[:, 0]).max() <= 1.1


@pytest.mark.parametrize(
    ("filters", "wanted"),
    [
        ("scale=out_color_matrix=bt709:out_range=tv", ("bt709", "tv")),
        ("zscale=m=bt709:r=full", ("bt709", "pc")),
        ("colorspace=all=bt709:iall=bt601-6-525", ("bt709", "tv")),
        ("format=gbrp,hflip,hflip", ("gbr", "pc")),
        ("hflip,hflip", ("smpte170m", "tv")),
    ],
)
def test_a_filter_that_changes_the_colours(filters: str, wanted: tuple[str, str], shelf: Shelf, out: Path) -> None:
    """The tags are those of the pictures behind the user's filters, not of the source."""
    stats = transcode(
        bars.clip(shelf.folder, Coding("smpte170m", "tv", 8)), out / "out.mkv", "ffv1", video_filter=filters
    )
    video = reference.stream(out / "out.mkv", "video")
    assert (video["color_space"], video["color_range"]) == wanted
    assert stats.frames_encoded == 2
    if not filters.startswith("colorspace"):  # which moves the primaries, too
        assert error(out / "out.mkv") <= 4.5


@pytest.mark.parametrize(("codec", "suffix"), [("h264", "mp4"), ("ffv1", "mkv")])
def test_colours_that_change_on_the_way(codec: str, suffix: str, shelf: Shelf, out: Path) -> None:
    """A stream whose matrix and range change gives one whose every picture is what the tags say."""
    parts = []
    for coding in (Coding("bt709", "tv", 8), Coding("smpte170m", "pc", 8)):
        part = out / f"{coding.matrix}.h264"
        layout = "yuvj420p" if coding.range == "pc" else "yuv420p"
        settings = ["-c:v", "libx264", "-qp", "1", "-pix_fmt", layout, *bars.tagging(coding)[2:]]
        reference.ffmpeg("-i", bars.clip(shelf.folder, coding), *settings, part)
        parts.append(part.read_bytes())
    (out / "both.h264").write_bytes(b"".join(parts))
    target = out / f"out.{suffix}"
    stats = transcode(out / "both.h264", target, codec)
    assert stats.frames_encoded == 4
    # The picture that `bars` looks at is the first; the last is put there.
    for options in (["-frames:v", "1"], ["-vf", "select=eq(n\\,3)"]):
        reference.ffmpeg("-i", target, *options, "-c:v", "ffv1", out / "one.mkv")
        assert error(out / "one.mkv") <= 4


@pytest.mark.parametrize("suffix", ["mp4", "mkv"])
@pytest.mark.parametrize("codec", ["h264", "hevc"])
@pytest.mark.parametrize("where", ["topleft", "center"])
def test_chroma_location(codec: str, suffix: str, where: str, shelf: Shelf, out: Path) -> None:
    """Where the colour samples lie is told on, encoded and copied."""
    source, target = out / "source.mp4", out / f"out.{suffix}"
    settings = ["-c:v", "libx264", "-preset", "ultrafast", "-chroma_sample_location", where]
    reference.ffmpeg("-i", bars.clip(shelf.folder, Coding("bt709", "tv", 8)), *settings, source)
    transcode(source, target, codec)
    assert reference.stream(target, "video")["chroma_location"] == where
    transcode_py.remux(target, out / f"copy.{suffix}")
    assert reference.stream(out / f"copy.{suffix}", "video")["chroma_location"] == where


@pytest.mark.parametrize("suffix", ["mp4", "mov", "mkv"])
def test_a_copy_keeps_the_tags(suffix: str, shelf: Shelf, out: Path) -> None:
    """A copied stream's container says what the source's said."""
    coding = Coding("bt2020nc", "pc", 10)
    transcode(bars.clip(shelf.folder, coding), out / "source.mkv", "h264")
    transcode_py.remux(out / "source.mkv", out / f"out.{suffix}")
    assert tags(out / f"out.{suffix}") == coding.tags
    if suffix == "mkv":
        found = boxes.mkv(out / "out.mkv")
        assert [found[name] for name in ("primaries", "transfer", "matrix", "range")] == [9, 16, 9, 2]
    else:
        assert boxes.colr(out / f"out.{suffix}")[:3] == (9, 16, 9)


def test_unknown_stays_unknown(shelf: Shelf, out: Path) -> None:
    """Nothing is made up where the source says nothing and no pixel is converted."""
    transcode(shelf["plain.mp4"], out / "out.mp4", "h264")
    assert tags(out / "out.mp4") == tags(shelf["plain.mp4"])
    assert set(tags(out / "out.mp4").values()) == {None}


class OnlyWritten:
    """A file that cannot be gone back in."""

    def __init__(self, file: BinaryIO) -> None:
        self.write = file.write


PARTS = {
    "matrix": {"color_space": "bt709"},
    "matrix-and-range": {"color_space": "smpte170m", "color_range": "pc"},
    "primaries": {"color_primaries": "bt2020"},
    "transfer": {"color_transfer": "smpte2084"},
    "range": {"color_range": "pc"},
}


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("target", ["mp4", "mov", "fragments"])
@pytest.mark.parametrize("codec", ["copy", "mpeg4"])
def test_what_is_known_of_colours_comes_back(part: str, target: str, codec: str, tmp_path: Path, out: Path) -> None:
    """A container of which the codec says nothing tells what is known, and that the rest is not."""
    names = {"color_space": "colorspace", "color_transfer": "color_trc", "color_range": "range"}
    set_to = {**dict.fromkeys(("colorspace", "color_trc", "color_primaries"), "unknown"), "range": "tv"}
    set_to |= {names.get(name, name): value for name, value in PARTS[part].items()}
    spread = ":".join(f"{name}={value}" for name, value in set_to.items())
    source, made = tmp_path / "part.mkv", out / f"out.{'mp4' if target == 'fragments' else target}"
    coded = ["-c:v", "mpeg4"] if codec == "copy" else ["-c:v", "ffv1"]
    given = ["-f", "lavfi", "-i", "testsrc2=size=1280x720:rate=25:duration=0.2", "-pix_fmt", "yuv420p"]
    reference.ffmpeg(*given, "-vf", f"setparams={spread}", *coded, source)
    wanted = {name: value for name, value in tags(source).items() if name != "color_range" or value == "pc"}
    assert PARTS[part].items() <= wanted.items()
    if target == "fragments":
        with made.open("wb") as file:
            transcode_py.transcode(source, OnlyWritten(file), format="mp4", video_codec=codec)
    else:
        transcode_py.transcode(source, made, video_codec=codec)
    if target == "mov" or codec != "copy":
        wanted.pop("color_range", None)  # QuickTime's box has no place for it; MPEG-4 gets limited pixels
    came = tags(made)
    assert {name: came[name] or "unknown" for name in wanted} == {n: v or "unknown" for n, v in wanted.items()}
