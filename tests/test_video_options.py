"""Options of video encoding, seen in the stream that came out.

libx264 writes its settings into the stream it makes, so most options are read from there.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
import reference
import transcode_py

if TYPE_CHECKING:
    from pathlib import Path

    from media import Shelf


def x264_settings(path: Path) -> dict[str, str]:
    """The settings that libx264 says it used."""
    found = re.search(rb"x264 - core[^\0]*? - options: ([^\0]*)\0", path.read_bytes())
    assert found, "no settings of libx264 in the stream"
    return dict(pair.split("=", 1) for pair in found[1].decode().split())


def encoded(source: Path, target: Path, **options: Any) -> Path:
    """Transcode the picture alone."""
    transcode_py.transcode(source, target, audio=False, **options)
    return target


@pytest.mark.parametrize(
    ("options", "settings"),
    [
        ({"crf": 31}, {"rc": "crf", "crf": "31.0"}),
        ({"crf": 17.5}, {"crf": "17.5"}),
        ({"video_bitrate": 300_000}, {"rc": "abr", "bitrate": "300"}),
        ({"video_bitrate": "2M"}, {"rc": "abr", "bitrate": "2000"}),
        ({"video_bitrate": "128k"}, {"rc": "abr", "bitrate": "128"}),
        ({"crf": 23, "max_bitrate": "400k"}, {"vbv_maxrate": "400", "vbv_bufsize": "800"}),
        (
            {"crf": 23, "max_bitrate": "400k", "buffer_size": 600_000},
            {"vbv_maxrate": "400", "vbv_bufsize": "600"},
        ),
        ({"preset": "ultrafast"}, {"subme": "0", "cabac": "0"}),
        ({"preset": "veryfast"}, {"subme": "2", "cabac": "1"}),
        ({"preset": "veryslow"}, {"subme": "10"}),
        ({"tune": "grain"}, {"deblock": "1:-2:-2"}),
        ({"tune": "zerolatency"}, {"bframes": "0", "mbtree": "0"}),
        ({"gop": 12}, {"keyint": "12"}),
        ({"bframes": 0}, {"bframes": "0"}),
        ({"bframes": 2}, {"bframes": "2"}),
        ({"threads": 1}, {"threads": "1"}),
        ({"threads": 2}, {"threads": "2"}),
        ({"encoder_options": {"aq-mode": "2"}}, {"aq": "2:1.00"}),
        ({"encoder_options": {"sc_threshold": 33}}, {"scenecut": "33"}),
        ({"encoder_options": {"weightb": False}}, {"weightb": "0"}),
        ({"encoder_options": {"x264-params": "ref=2:me=umh"}}, {"ref": "2", "me": "umh"}),
        ({"profile": "baseline"}, {"cabac": "0", "bframes": "0", "8x8dct": "0"}),
    ],
    ids=str,
)
def test_reaches_the_encoder(options: dict[str, Any], settings: dict[str, str], shelf: Shelf, out: Path) -> None:
    """Each option is in force in libx264 itself."""
    target = encoded(shelf["lossless.mkv"], out / "out.mp4", video_codec="h264", **options)
    found = x264_settings(target)
    assert {name: found.get(name) for name in settings} == settings


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"profile": "baseline"}, {"profile": "Constrained Baseline"}),
        ({"profile": "main"}, {"profile": "Main"}),
        ({"profile": "high"}, {"profile": "High"}),
        ({"level": "4.1"}, {"level": 41}),
        ({"level": 5.1}, {"level": 51}),
        ({"bframes": 0}, {"has_b_frames": 0}),
        ({"pixel_format": "yuv422p"}, {"pix_fmt": "yuv422p"}),
        ({"pixel_format": "yuv420p10le"}, {"pix_fmt": "yuv420p10le"}),
    ],
    ids=str,
)
def test_declared_in_the_stream(options: dict[str, Any], expected: dict[str, Any], shelf: Shelf, out: Path) -> None:
    """Profile, level and layout are what a player will read."""
    target = encoded(shelf["lossless.mkv"], out / "out.mp4", video_codec="h264", **options)
    video = reference.stream(target, "video")
    assert {name: video.get(name) for name in expected} == expected


@pytest.mark.parametrize(("gop", "keys"), [(10, [0, 10, 20, 30, 40]), (1, list(range(50))), (0, list(range(50)))])
@pytest.mark.parametrize(("codec", "suffix"), [("h264", "mp4"), ("mpeg4", "mp4"), ("vp8", "webm")])
def test_gop(gop: int, keys: list[int], codec: str, suffix: str, shelf: Shelf, out: Path) -> None:
    """Keyframes come at least that often; 0 makes every frame one."""
    target = encoded(shelf["lossless.mkv"], out / f"out.{suffix}", video_codec=codec, gop=gop)
    found = [at for at, packet in enumerate(reference.packets(target, "v:0")) if packet.key]
    gaps = [b - a for a, b in zip(found, [*found[1:], 50], strict=True)]
    assert max(gaps) <= max(gop, 1)
    assert found == keys


@pytest.mark.parametrize(
    ("name", "suffix", "codec"),
    [
        ("h264", "mp4", "h264"),
        ("hevc", "mp4", "hevc"),
        ("h265", "mkv", "hevc"),
        ("av1", "mp4", "av1"),
        ("vp9", "webm", "vp9"),
        ("vp8", "webm", "vp8"),
        ("mpeg4", "mp4", "mpeg4"),
        ("mpeg2", "ts", "mpeg2video"),
        ("prores", "mov", "prores"),
        ("dnxhd", "mov", "dnxhd"),
        ("ffv1", "mkv", "ffv1"),
        ("mjpeg", "avi", "mjpeg"),
        ("gif", "gif", "gif"),
        ("libx264", "mkv", "h264"),
        ("libx264rgb", "mkv", "h264"),
        ("ffvhuff", "mkv", "ffvhuff"),
        ("huffyuv", "avi", "huffyuv"),
        ("png", "mov", "png"),
    ],
)
def test_every_codec_name(name: str, suffix: str, codec: str, shelf: Shelf, out: Path) -> None:
    """Each name of the contract, and an encoder's own name, makes a stream that decodes to the same film."""
    options = {"profile": "dnxhr_sq"} if name == "dnxhd" else {}
    target = encoded(shelf["lossless.mkv"], out / f"out.{suffix}", video_codec=name, end=0.4, **options)
    assert reference.stream(target, "video")["codec_name"] == codec
    assert reference.complaints(target) == ""
    assert len(reference.gray(target)) == 10


@pytest.mark.parametrize(
    ("name", "low", "high"), [("h264", 20, 40), ("hevc", 20, 40), ("vp9", 20, 50), ("av1", 20, 50)]
)
def test_crf_of_every_encoder(name: str, low: float, high: float, shelf: Shelf, out: Path) -> None:
    """A higher crf gives a smaller file, whatever the encoder calls it."""
    sizes = []
    for crf in (low, high):
        target = out / f"{crf}.mkv"
        encoded(shelf["lossless.mkv"], target, video_codec=name, crf=crf, end=0.4)
        sizes.append(sum(packet.size for packet in reference.packets(target, "v:0")))
    assert sizes[1] < 0.7 * sizes[0]


@pytest.mark.parametrize(("name", "suffix"), [("h264", "mp4"), ("mpeg4", "avi"), ("vp8", "webm"), ("mpeg2", "ts")])
def test_bitrate_is_met(name: str, suffix: str, shelf: Shelf, out: Path) -> None:
    """The rate asked for is the rate of the file, over a film that could take far more."""
    target = encoded(
        shelf["noise.mkv"], out / f"out.{suffix}", video_codec=name, video_bitrate=1_000_000, pixel_format="yuv420p"
    )
    bits = 8 * sum(packet.size for packet in reference.packets(target, "v:0"))
    assert bits / 3 == pytest.approx(1_000_000, rel=0.4)


@pytest.mark.parametrize(("name", "suffix"), [("plain.mp4", "mkv"), ("plain.mkv", "mp4"), ("plain.webm", "mkv")])
def test_copy_changes_no_byte(name: str, suffix: str, shelf: Shelf, out: Path) -> None:
    """Copied packets are the packets of the input, with their times."""
    source, target = shelf[name], out / f"out.{suffix}"
    stats = transcode_py.transcode(source, target, video_codec="copy", audio_codec="copy")
    for which in ("v:0", "a:0"):
        assert reference.copied(target, which) == reference.copied(source, which)
    assert stats.frames_encoded == 0
    wanted, came = (reference.frames(path, "-copyts", "-map", "0")[0] for path in (source, target))
    assert [frame.md5 for frame in came] == [frame.md5 for frame in wanted]
    assert [float(b.time - a.time) for a, b in zip(wanted, came, strict=True)] == pytest.approx(
        [float(came[0].time - wanted[0].time)] * len(came), abs=0.0011
    )


def test_copy_into_another_bitstream_form(shelf: Shelf, out: Path) -> None:
    """H.264 of an mp4 stays decodable in a transport stream, and the other way."""
    over, back = out / "over.ts", out / "back.mp4"
    transcode_py.remux(shelf["bframes.mp4"], over)
    transcode_py.remux(over, back)
    wanted, *came = (
        [frame.md5 for frame in reference.frames(path, "-map", "0:V")[0]] for path in (shelf["bframes.mp4"], over, back)
    )
    assert came == [wanted, wanted]


@pytest.mark.parametrize(("options", "same"), [({}, True), ({"crf": 30}, False), ({"width": 160}, False)], ids=str)
def test_auto_copies_what_no_option_changes(options: dict[str, Any], same: bool, shelf: Shelf, out: Path) -> None:
    """`"auto"` keeps the stream's own bytes where it can, and encodes where an option asks for it."""
    source, target = shelf["plain.mkv"], out / "out.mp4"
    transcode_py.transcode(source, target, video_codec="auto", audio_codec="auto", **options)
    assert (reference.copied(target, "v:0") == reference.copied(source, "v:0")) is same
    assert reference.copied(target, "a:0") == reference.copied(source, "a:0")


def test_auto_encodes_what_the_container_cannot_hold(shelf: Shelf, out: Path) -> None:
    """H.264 and AAC have no place in webm."""
    target = out / "out.webm"
    transcode_py.transcode(shelf["plain.mkv"], target, video_codec="auto", audio_codec="auto", end=0.4)
    assert [stream["codec_name"] for stream in reference.streams(target)] == ["vp9", "opus"]


@pytest.mark.parametrize("frames", [1, 2])
@pytest.mark.parametrize("codec", ["h264", "hevc"])
def test_a_clip_of_one_or_two_pictures(codec: str, frames: int, out: Path) -> None:
    """x265 gives such clips decoding times out of unwritten memory, which mp4 refuses."""
    source, target = out / "source.mkv", out / "out.mp4"
    reference.ffmpeg("-f", "lavfi", "-i", "testsrc2=size=64x64", "-frames:v", str(frames), "-c:v", "ffv1", source)
    encoded(source, target, video_codec=codec)
    found = reference.packets(target, "v:0")
    assert len(found) == frames
    assert all(packet.dts == packet.pts for packet in found)
