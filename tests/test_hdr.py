"""HDR pictures stay HDR pictures: what is known of them beside their pixels arrives, or the job says that it is lost."""

from __future__ import annotations

import io
import json
import subprocess
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import boxes
import pytest
import reference
import transcode_py

import media

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from media import Shelf

# A display of P3 within BT.2020, as x265 takes it: 0.00002 a unit of colour, 0.0001 cd/m2 a unit of light.
DISPLAY = "G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,50)"
WANTED = {
    "red_x": Fraction(34000, 50000),
    "red_y": Fraction(16000, 50000),
    "green_x": Fraction(13250, 50000),
    "green_y": Fraction(34500, 50000),
    "blue_x": Fraction(7500, 50000),
    "blue_y": Fraction(3000, 50000),
    "white_point_x": Fraction(15635, 50000),
    "white_point_y": Fraction(16450, 50000),
    "min_luminance": Fraction(5, 1000),
    "max_luminance": Fraction(1000),
    "max_content": Fraction(1000),
    "max_average": Fraction(400),
}
TAGS = {
    "color_range": "tv",
    "color_space": "bt2020nc",
    "color_transfer": "smpte2084",
    "color_primaries": "bt2020",
}
MARKED = [
    *["-color_primaries", "bt2020", "-colorspace", "bt2020nc", "-color_range", "tv"],
    *["-pix_fmt", "yuv420p10le"],
]
FAST: dict[str, dict[str, Any]] = {
    "h264": {"preset": "ultrafast"},
    "hevc": {"preset": "ultrafast"},
    "vp9": {"encoder_options": {"deadline": "realtime", "cpu-used": "8"}},
    "av1": {"preset": "12"},
    "libaom-av1": {"encoder_options": {"usage": "realtime", "cpu-used": "8"}},
}


def make(path: Path, transfer: str = "smpte2084", display: str = DISPLAY, light: str = "1000,400") -> Path:
    """Five HDR pictures by x265, whose stream alone carries mastering display and light level."""
    known = f":master-display={display}:max-cll={light}" if display else ""
    settings = ["-c:v", "libx265", "-preset", "ultrafast", "-x265-params", f"log-level=error{known}"]
    clip = media.picture(size="128x96", seconds=0.2)
    reference.ffmpeg(*clip, *MARKED, "-color_trc", transfer, *settings, path)
    return path


@pytest.fixture(scope="module")
def hdr10(shelf: Shelf) -> Path:
    """HDR10 as cameras and x265 write it."""
    return make(shelf.folder / "hdr10.mp4")


def transcode(source: Any, target: Path, codec: str, **options: Any) -> transcode_py.TranscodeStats:
    """Encode fast."""
    settings: dict[str, Any] = {**FAST.get(codec, {}), **options}
    return transcode_py.transcode(source, target, video_codec=codec, audio=False, **settings)


def look(path: Path) -> dict[str, Any]:
    """The stream and its first picture, by ffprobe."""
    command = ["ffprobe", "-v", "error", "-select_streams", "V:0", "-show_streams", "-show_frames"]
    command += ["-read_intervals", "%+#4", "-of", "json", str(path)]
    answer: dict[str, Any] = json.loads(subprocess.run(command, capture_output=True, check=True, timeout=60).stdout)
    return answer


def of_stream(path: Path) -> list[dict[str, Any]]:
    """The side data of the stream."""
    return list(look(path)["streams"][0].get("side_data_list", []))


def of_picture(path: Path) -> list[dict[str, Any]]:
    """The side data of the first picture."""
    return list(look(path)["frames"][0].get("side_data_list", []))


def kinds(side_data: list[dict[str, Any]]) -> set[str]:
    """What kinds of side data there are."""
    return {entry["side_data_type"] for entry in side_data}


def static(side_data: list[dict[str, Any]]) -> dict[str, Fraction]:
    """Mastering display and light level, as exact numbers."""
    wanted = [entry for entry in side_data if entry["side_data_type"].startswith(("Mastering", "Content light"))]
    return {name: Fraction(value) for entry in wanted for name, value in entry.items() if name != "side_data_type"}


def close(found: Mapping[str, Fraction], within: float) -> bool:
    """Whether all numbers are there and equal but for the rounding of a format."""
    return set(found) == set(WANTED) and all(abs(found[name] - WANTED[name]) <= within for name in WANTED)


@pytest.mark.parametrize(
    ("codec", "suffix"),
    [
        ("h264", "mp4"),
        ("h264", "mkv"),
        ("hevc", "mp4"),
        ("hevc", "mov"),
        ("hevc", "mkv"),
        ("av1", "mp4"),
        ("av1", "webm"),
        ("libaom-av1", "mkv"),
        ("vp9", "webm"),
        ("vp9", "mp4"),
        ("prores", "mov"),
        ("ffv1", "mkv"),
    ],
)
def test_hdr10_in_the_container(codec: str, suffix: str, hdr10: Path, out: Path) -> None:
    """Mastering display and light level stand in the container exactly, whatever the codec; and so do the colours."""
    target = out / f"out.{suffix}"
    stats = transcode(hdr10, target, codec)
    assert not any("lost" in warning for warning in stats.warnings)
    assert static(of_stream(target)) == WANTED
    video = reference.stream(target, "video")
    assert {name: video.get(name) for name in TAGS} == TAGS


@pytest.mark.parametrize(("codec", "within"), [("hevc", 0), ("av1", 1e-4)])
def test_hdr10_in_the_stream(codec: str, within: float, hdr10: Path, out: Path) -> None:
    """They stand in the stream itself, too; AV1 counts in powers of two."""
    transcode(hdr10, out / "out.mkv", codec)
    assert close(static(of_picture(out / "out.mkv")), within)


def test_hdr10_in_a_stream_of_h264(hdr10: Path, out: Path) -> None:
    """In H.264 as well, by the numbers of its own messages: a transport stream has no other place for them."""
    stats = transcode(hdr10, out / "out.ts", "h264")
    assert stats.warnings == ()
    command = ["ffmpeg", "-v", "verbose", "-i", str(out / "out.ts"), "-c", "copy", "-bsf:v", "trace_headers"]
    text = subprocess.run([*command, "-f", "null", "-"], capture_output=True, check=True, timeout=60).stderr.decode()
    rows = [line.split() for line in text.splitlines() if "= " in line]
    found = {row[-4]: int(row[-1]) for row in rows if row[-2] == "=" and len(row) > 4}
    assert [found[f"display_primaries_x[{i}]"] for i in range(3)] == [13250, 7500, 34000]
    assert [found[f"display_primaries_y[{i}]"] for i in range(3)] == [34500, 3000, 16000]
    names = ("white_point_x", "max_display_mastering_luminance", "min_display_mastering_luminance")
    assert [found[name] for name in names] == [15635, 10_000_000, 50]
    assert [found["max_content_light_level"], found["max_pic_average_light_level"]] == [1000, 400]


def test_hdr10_that_only_the_container_knows(hdr10: Path, out: Path) -> None:
    """What a codec without such messages has beside it goes on into one that has them."""
    transcode(hdr10, out / "between.mkv", "ffv1")
    assert static(of_picture(out / "between.mkv")) == {}
    transcode(out / "between.mkv", out / "out.mp4", "hevc")
    assert static(of_picture(out / "out.mp4")) == WANTED


def test_hdr10_of_a_pipe(hdr10: Path, out: Path) -> None:
    """Looking at the first picture beforehand costs no packet, though the input cannot go back."""
    reference.ffmpeg("-i", hdr10, "-c", "copy", out / "in.ts")

    class Pipe(io.RawIOBase):
        def __init__(self, data: bytes) -> None:
            self.data = io.BytesIO(data)

        def readable(self) -> bool:
            return True

        def read(self, size: int = -1) -> bytes:
            return self.data.read(size)

    stats = transcode(Pipe((out / "in.ts").read_bytes()), out / "out.mkv", "ffv1")
    assert (stats.frames_decoded, stats.frames_encoded) == (5, 5)
    assert static(of_stream(out / "out.mkv")) == WANTED
    came, wanted = (reference.frames(path, "-map", "0:V") for path in (out / "out.mkv", hdr10))
    assert [frame.md5 for frame in came[0]] == [frame.md5 for frame in wanted[0]]


def test_options_of_the_user_stand_beside(hdr10: Path, out: Path) -> None:
    """A list of the encoder's own parameters joins with the one that carries the display, and wins over it."""
    transcode(hdr10, out / "out.mp4", "hevc", encoder_options={"x265-params": "max-cll=500,200:keyint=2"})
    found = static(of_picture(out / "out.mp4"))
    assert [found["max_content"], found["red_x"]] == [Fraction(500), WANTED["red_x"]]
    assert sum(packet.key for packet in reference.packets(out / "out.mp4", "v:0")) == 3


def test_lost_hdr10_is_told(hdr10: Path, out: Path) -> None:
    """Where neither codec nor container has a place for it, plan and statistics say the same."""
    plan = transcode_py.Transcoder(
        transcode_py.TranscodeOptions(input=hdr10, output=out / "out.avi", video_codec="mpeg4")
    ).plan()
    stats = transcode(hdr10, out / "out.avi", "mpeg4")
    told = [warning for warning in stats.warnings if "mastering display" in warning]
    assert len(told) == 1
    assert told[0] in plan.warnings
    assert any("that it is HDR" in warning for warning in stats.warnings)


def test_hlg(out: Path) -> None:
    """HLG needs no more than its tags, and has them."""
    source = make(out / "hlg.mp4", transfer="arib-std-b67", display="")
    for codec, suffix in (("hevc", "mp4"), ("h264", "mkv"), ("av1", "webm"), ("vp9", "webm")):
        target = out / f"{codec}.{suffix}"
        transcode(source, target, codec)
        video = reference.stream(target, "video")
        assert {name: video.get(name) for name in TAGS} == {**TAGS, "color_transfer": "arib-std-b67"}


def test_toned_down_is_no_longer_hdr(hdr10: Path, out: Path) -> None:
    """A filter that makes SDR of it leaves no mark of HDR."""
    tone = "zscale=t=linear:npl=100,format=gbrpf32le,zscale=p=bt709,tonemap=hable,zscale=t=bt709:m=bt709:r=tv,format=yuv420p"
    transcode(hdr10, out / "out.mp4", "hevc", video_filter=tone)
    video = reference.stream(out / "out.mp4", "video")
    assert [video[name] for name in TAGS] == ["tv", "bt709", "bt709", "bt709"]
    assert static(of_stream(out / "out.mp4")) == static(of_picture(out / "out.mp4")) == {}


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "ts"])
def test_a_copy_keeps_hdr10(suffix: str, hdr10: Path, out: Path) -> None:
    """Copied packets carry it on."""
    transcode_py.remux(hdr10, out / f"out.{suffix}")
    assert static(of_picture(out / f"out.{suffix}")) == WANTED


def test_a_copy_that_loses_hdr10_says_so(hdr10: Path, out: Path) -> None:
    """A display that stood in the container alone is lost in one that has no place for it."""
    transcode(hdr10, out / "between.mkv", "ffv1")
    stats = transcode_py.transcode(out / "between.mkv", out / "out.avi", video_codec="copy")
    assert any("mastering display" in warning for warning in stats.warnings)


def real(name: str) -> Path:
    """A real file, or the test is left out where the media are not there."""
    path = media.REAL / name
    if not path.exists():
        pytest.skip("the real media are not here")
    return path


def test_a_real_file_with_boxes(out: Path) -> None:
    """AV1 in mp4 with the boxes `mdcv` and `clli`: into each codec with the same numbers."""
    source = real("sample_with_colr_mdcv_and_clli.mp4")
    wanted = static(of_stream(source))
    assert len(wanted) == 12
    stats = transcode(source, out / "out.mp4", "hevc", width=128, duration=0.1)
    assert stats.frames_encoded > 0
    assert static(of_stream(out / "out.mp4")) == wanted
    assert static(of_picture(out / "out.mp4")) == wanted
    transcode_py.transcode(source, out / "copy.mkv", video_codec="copy", audio=False)
    assert static(of_stream(out / "copy.mkv")) == wanted


def test_hdr10_plus(out: Path) -> None:
    """HDR10+ is copied with its packets, and what an encoder leaves of it is told."""
    source = real("hdr10-video-with-sdr-container.mp4")
    plus = "HDR Dynamic Metadata SMPTE2094-40 (HDR10+)"
    assert plus in kinds(of_picture(source))
    stats = transcode(source, out / "out.mp4", "hevc", width=128, duration=0.1)
    assert any("HDR10+ is lost" in warning for warning in stats.warnings)
    assert plus not in kinds(of_picture(out / "out.mp4"))
    assert static(of_stream(out / "out.mp4")) == static(of_picture(source))
    stats = transcode_py.transcode(source, out / "copy.mp4", video_codec="copy", audio=False)
    assert not any("lost" in warning for warning in stats.warnings)
    assert plus in kinds(of_picture(out / "copy.mp4"))


def test_dolby_vision(out: Path) -> None:
    """The record of Dolby Vision goes with a copy where the container stores it; everything else is told."""
    source, record = real("sample_edit_list.mp4"), "DOVI configuration record"
    assert record in kinds(of_stream(source))
    for suffix, kept in (("mp4", True), ("mkv", True), ("ts", False)):
        target = out / f"copy.{suffix}"
        stats = transcode_py.transcode(source, target, video_codec="copy", audio=False, duration=1)
        assert (record in kinds(of_stream(target))) == kept
        assert any("Dolby Vision" in warning for warning in stats.warnings) != kept
    stats = transcode(source, out / "out.mp4", "hevc", width=128, duration=0.1)
    assert any("Dolby Vision is lost" in warning for warning in stats.warnings)
    video = reference.stream(out / "out.mp4", "video")
    assert video["color_transfer"] == "arib-std-b67"
    assert record not in kinds(of_stream(out / "out.mp4"))


@pytest.mark.parametrize(
    ("options", "suffix", "kept"),
    [
        ({"video_codec": "copy"}, "mp4", True),
        ({"video_codec": "copy"}, "mkv", True),
        ({"video_codec": "copy"}, "mov", False),
        ({"video_codec": "h264"}, "mp4", True),
        ({"video_codec": "h264", "width": 64}, "mkv", True),
        ({"video_codec": "h264"}, "ts", False),
        ({"video_codec": "ffv1", "crop": (64, 96)}, "mkv", False),
    ],
    ids=str,
)
def test_pictures_for_two_eyes(options: dict[str, Any], suffix: str, kept: bool, out: Path) -> None:
    """Their mark is kept where the container stores it and the picture is whole; otherwise the job says so."""
    source, target = out / "source.mkv", out / f"out.{suffix}"
    clip = media.picture(size="128x96", seconds=0.2)
    reference.ffmpeg(*clip, *media.X264, "-metadata:s:v", "stereo_mode=left_right", source)
    stats = transcode_py.transcode(source, target, **options)
    found = [entry for entry in of_stream(target) if entry["side_data_type"] == "Stereo 3D"]
    assert [entry["type"] for entry in found] == (["side by side"] if kept else [])
    assert any("two eyes" in warning for warning in stats.warnings) != kept


@pytest.mark.parametrize(
    ("codec", "suffix", "kept"),
    [
        ("copy", "webm", True),
        ("copy", "mp4", False),
        ("vp9", "webm", True),
        ("ffv1", "mkv", True),
        ("h264", "mp4", False),
    ],
)
def test_transparency_of_vp9(codec: str, suffix: str, kept: bool, shelf: Shelf, out: Path) -> None:
    """Transparency that VP9 has in a layer of its own comes along, or the job says that it is lost."""
    source, target = shelf["alpha.webm"], out / f"out.{suffix}"
    options: dict[str, Any] = FAST.get(codec, {})
    stats = transcode_py.transcode(source, target, video_codec=codec, **options)
    assert (stats.warnings == ()) == kept
    if suffix == "webm":
        assert boxes.mkv(target)["alpha"] == 1
        reader = ["-c:v", "libvpx-vp9"]
    else:
        reader = []
        assert reference.stream(target, "video")["pix_fmt"].startswith("yuva") == kept
    if kept:
        shown = reference.ffmpeg(*reader, "-i", target, "-vf", "alphaextract", "-f", "rawvideo", "-")
        assert len(shown) == 320 * 180 * 10
        assert min(shown) > 250  # the shelf's clip is opaque
