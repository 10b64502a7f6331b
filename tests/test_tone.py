"""`hdr="sdr"`: pictures of PQ and HLG as displays of standard range show them, and tags that say so."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import reference
import transcode_py

from media import REAL

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from media import Shelf

HDR = ["nasa_13013_hdr.mp4", "testsrc2_12bit_hdr.mp4", "hdr10-video-with-sdr-container.mp4"]
TAGS = {"color_range": "tv", "color_space": "bt709", "color_transfer": "bt709", "color_primaries": "bt709"}


def clip(folder: Path, transfer: str = "smpte2084", pixels: str = "yuv420p10le", luma: str = "64+X*876/255") -> Path:
    """A ramp of grey from black to the greatest light, 256 pixels wide, with a colour in the upper quarter."""
    path = folder / "in.mkv"
    planes = f"geq=lum='{luma}':cb='if(lt(Y,8),400,512)':cr='if(lt(Y,8),700,512)'"
    tags = ["-color_range", "tv", "-colorspace", "bt2020nc", "-color_primaries", "bt2020", "-color_trc", transfer]
    source = f"color=size=256x64:rate=5:duration=0.4,format=yuv420p10le,{planes},format={pixels}"
    reference.ffmpeg("-f", "lavfi", "-i", source, *tags, "-c:v", "ffv1", path)
    return path


def ramp(path: Path, pixels: str = "yuv420p") -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Luma and the blue chroma of the grey rows of the first picture."""
    kind = np.dtype("<u2") if "10" in pixels else np.dtype("u1")
    data = np.frombuffer(reference.ffmpeg("-i", path, "-frames:v", "1", "-f", "rawvideo", "-"), kind).astype(np.int64)
    luma, blue = data[: 256 * 64].reshape(64, 256), data[256 * 64 :][: 128 * 32].reshape(32, 128)
    return luma[40], blue[20]


@pytest.mark.parametrize(("pixels", "unit"), [("yuv420p", 1), ("yuv420p10le", 4)])
@pytest.mark.parametrize("transfer", ["smpte2084", "arib-std-b67"])
def test_grey_stays_grey(transfer: str, pixels: str, unit: int, out: Path) -> None:
    """Black is black, the peak is white, between them it rises, and nothing gets a tint."""
    target = out / "out.mkv"
    stats = transcode_py.transcode(
        clip(out, transfer), target, video_codec="ffv1", hdr="sdr", pixel_format=pixels if unit > 1 else None
    )
    assert list(stats.metrics["kernels"]) == ["tone"]
    assert reference.stream(target, "video")["pix_fmt"] == pixels
    luma, blue = ramp(target, pixels)
    assert luma[0] == 16 * unit
    assert 234 * unit <= luma[-1] <= 235 * unit
    assert (np.diff(luma) >= 0).all()
    assert np.abs(blue - 128 * unit).max() <= unit
    # Far more of the range is used than by the bare numbers: half of PQ is 92 cd/m2, and most of SDR.
    if transfer == "smpte2084":
        assert luma[128] > 150 * unit


@pytest.mark.parametrize("name", HDR)
def test_tags_follow_pixels(name: str, out: Path) -> None:
    """Stream and container say BT.709, nothing of HDR is left beside them, and no picture is lost."""
    source, target = REAL / name, out / "out.mp4"
    if not source.is_file():
        pytest.skip("the real media are not here")
    stats = transcode_py.transcode(source, target, hdr="sdr", preset="ultrafast", height=120, duration=1)
    assert list(stats.metrics["kernels"]) == ["scale", "tone"]
    video = reference.stream(target, "video")
    assert {key: video[key] for key in TAGS} == TAGS
    assert "side_data_list" not in video
    assert video["pix_fmt"].startswith("yuv4")
    assert "10" not in video["pix_fmt"]
    (plan,) = (s for s in stats.streams if s.kind == "video")
    assert "tone mapped from a peak of" in plan.reason


def test_every_level_gives_the_same_pictures(out: Path) -> None:
    """The level is told, and the pixels are the same to the bit."""
    flags, source, seen = transcode_py.detect_simd(), clip(out), []
    for level in ("scalar", "avx2", "avx512", "neon"):
        if level == "scalar" or getattr(flags, level):
            target = out / f"{level}.mkv"
            options: dict[str, Any] = {"video_codec": "ffv1", "resolution": (100, 50), "fit": "stretch"}
            stats = transcode_py.transcode(source, target, hdr="sdr", simd=level, **options)
            assert stats.metrics["simd"] == level
            seen.append(reference.frames(target)[0])
    assert all(frames == seen[0] for frames in seen)


def test_what_is_not_hdr_is_left_alone(shelf: Shelf, out: Path) -> None:
    """The same pictures with and without the option."""
    frames = []
    for hdr in ("keep", "sdr"):
        target = out / f"{hdr}.mkv"
        stats = transcode_py.transcode(shelf["plain.mkv"], target, video_codec="ffv1", hdr=hdr)
        assert list(stats.metrics["kernels"]) == []
        frames.append(reference.frames(target, "-map", "0:v")[0])
    assert frames[0] == frames[1]


def test_what_is_not_hdr_is_copied_where_it_can_be(shelf: Shelf, out: Path) -> None:
    """With `"auto"` the option encodes HDR alone."""
    for source, action in ((shelf["plain.mkv"], "copy"), (clip(out), "encode")):
        job = transcode_py.TranscodeOptions(input=source, output=out / "out.mkv", video_codec="auto", hdr="sdr")
        assert [s.action for s in transcode_py.Transcoder(job).plan().streams if s.kind == "video"] == [action]


def test_turned_pictures_are_mapped_too(out: Path) -> None:
    """Tone mapping comes before FFmpeg's filters, which then see BT.709."""
    target = out / "out.mkv"
    stats = transcode_py.transcode(clip(out), target, video_codec="ffv1", hdr="sdr", rotate=90, resolution=(32, 128))
    assert list(stats.metrics["kernels"]) == ["tone"]
    video = reference.stream(target, "video")
    assert (video["width"], video["height"], video["color_space"]) == (32, 128, "bt709")


def test_a_format_without_a_kernel_is_an_error(out: Path) -> None:
    """HDR in 8 bits: a typed error before anything is written."""
    source = clip(out, pixels="yuv420p")
    with pytest.raises(transcode_py.UnsupportedError, match=r'hdr="sdr".*yuv420p'):
        transcode_py.transcode(source, out / "out.mp4", hdr="sdr")
    assert os.listdir(out) == ["in.mkv"]


def test_what_is_not_bt2020_or_has_fields_is_an_error(out: Path) -> None:
    """PQ by another matrix, and two fields that share their chroma: refused, for the kernel would get both wrong."""
    source, other = clip(out), out / "other.mkv"
    tags = ["-color_range", "tv", "-color_primaries", "bt2020", "-color_trc", "smpte2084"]
    reference.ffmpeg("-i", source, *tags, "-colorspace", "bt709", "-c:v", "ffv1", other)
    with pytest.raises(transcode_py.UnsupportedError, match=r"BT\.2020"):
        transcode_py.transcode(other, out / "out.mp4", hdr="sdr")
    fields = out / "fields.mkv"
    x264 = ["-c:v", "libx264", "-preset", "ultrafast", "-flags", "+ildct+ilme", "-x264-params", "tff=1"]
    reference.ffmpeg("-i", source, "-vf", "setfield=tff", *tags, "-colorspace", "bt2020nc", *x264, fields)
    with pytest.raises(transcode_py.UnsupportedError, match="fields"):
        transcode_py.transcode(fields, out / "out.mp4", hdr="sdr")


def test_an_encoder_of_ten_bits_gets_ten(out: Path) -> None:
    """Nothing is rounded to 8 bits on the way to an encoder that takes only more."""
    target = out / "out.mov"
    stats = transcode_py.transcode(clip(out), target, hdr="sdr", video_codec="prores")
    (plan,) = (s for s in stats.streams if s.kind == "video")
    assert plan.filters is not None
    assert "format=yuv420p10" in plan.filters
    assert reference.stream(target, "video")["color_transfer"] == "bt709"


@pytest.mark.parametrize(
    "order", [("smpte2084", "bt2020-10"), ("bt2020-10", "smpte2084"), ("smpte2084", "arib-std-b67")]
)
def test_a_transfer_that_changes_on_the_way_is_followed(order: tuple[str, str], out: Path) -> None:
    """Each part is mapped, or left, as if it came alone."""
    pieces, alone = [], []
    for index, transfer in enumerate(order):
        piece = out / f"{index}.ts"
        tags = ["-color_range", "tv", "-colorspace", "bt2020nc", "-color_primaries", "bt2020", "-color_trc", transfer]
        grey = f"color=size=64x64:rate=5:duration=1,format=yuv420p10le,geq=lum={500 + index}:cb=512:cr=512"
        x264 = ["-c:v", "libx264", "-preset", "ultrafast", "-qp", "0"]
        reference.ffmpeg("-f", "lavfi", "-i", grey, *tags, *x264, piece)
        pieces.append(piece.read_bytes())
        target = out / f"{index}.mkv"
        transcode_py.transcode(piece, target, hdr="sdr", video_codec="ffv1", pixel_format="yuv420p10le")
        alone.append(level(target, -1))
    (out / "in.ts").write_bytes(b"".join(pieces))
    transcode_py.transcode(out / "in.ts", out / "out.mkv", hdr="sdr", video_codec="ffv1", pixel_format="yuv420p10le")
    assert abs(level(out / "out.mkv", 0) - alone[0]) <= 1
    # What is left as it is was promised to be of BT.709, and the planner converts what differs in matrix.
    if "bt2020-10" not in order:
        assert abs(level(out / "out.mkv", -1) - alone[1]) <= 1
    else:
        assert abs(level(out / "out.mkv", 0) - level(out / "out.mkv", -1)) > 20


def level(path: Path, picture: int) -> float:
    """Mean luma of a picture of 64x64 pixels of 10 bits."""
    data = np.frombuffer(
        reference.ffmpeg("-i", path, "-f", "rawvideo", "-pix_fmt", "yuv420p10le", "-"), np.dtype("<u2")
    )
    return float(data.reshape(-1, 64 * 96)[picture, : 64 * 64].mean())


def test_a_copied_stream_cannot_be_mapped(out: Path) -> None:
    """The two options contradict each other."""
    with pytest.raises(transcode_py.InvalidOptionError, match="hdr"):
        transcode_py.transcode(clip(out), out / "out.mkv", video_codec="copy", hdr="sdr")
