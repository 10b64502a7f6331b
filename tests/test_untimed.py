"""Packets without a time of their own, or of several frames: their pictures and sound come at the right time, or not at all."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
import reference
import transcode_py

import media

if TYPE_CHECKING:
    from pathlib import Path

    from media import Shelf

real = pytest.mark.skipif(not media.REAL.is_dir(), reason="no folder of real media here (TRANSCODE_MEDIA)")


@pytest.fixture(params=["raw", "avi", pytest.param("mxf", marks=real)])
def untimed(request: pytest.FixtureRequest, shelf: Shelf, tmp_path: Path) -> Path:
    """A second of pictures in the order of their decoding, of which the packets do not say when they are shown."""
    if request.param == "raw":
        return shelf["raw.h264"]
    if request.param == "mxf":
        return media.REAL / "fixture.mxf"
    path = tmp_path / "b.avi"
    reference.ffmpeg("-i", shelf["bframes.mp4"], "-t", "1", "-c", "copy", "-bsf:v", "h264_mp4toannexb", path)
    assert any(packet.pts is None for packet in reference.packets(path, "v:0"))
    return path


@pytest.mark.parametrize("target", ["mp4", "mkv", "mov", "ts"])
def test_pictures_without_times_are_not_copied(untimed: Path, target: str, out: Path) -> None:
    """Copied as asked is an error that says so; "auto" encodes them, each at its time."""
    made = out / f"out.{target}"
    with pytest.raises(transcode_py.UnsupportedError, match="when they are shown"):
        transcode_py.transcode(untimed, made, video_codec="copy")
    assert list(out.iterdir()) == []
    stats = transcode_py.transcode(untimed, made, video_codec="auto")
    (video,) = (stream for stream in stats.streams if stream.kind == "video")
    assert (video.action, "when they are shown" in video.reason) == ("encode", True)
    (track,) = reference.frames(made, "-copyts", "-map", "0:V:0").values()
    steps = {round((b.time - a.time) * 1000) for a, b in pairwise(track)}
    assert steps == {40}
    (whole,) = reference.frames(untimed, "-map", "0:V:0").values()
    assert len(track) == len(whole)


@pytest.mark.parametrize("kind", ["mpeg4", "h264"])
def test_pictures_in_their_own_order_are_copied(kind: str, tmp_path: Path, out: Path) -> None:
    """Without B-frames the order is the time."""
    source, made = tmp_path / "plain.avi", out / "out.mkv"
    codec = ["-c:v", "mpeg4"] if kind == "mpeg4" else ["-c:v", "libx264", "-preset", "ultrafast", "-bf", "0"]
    reference.ffmpeg(*media.picture(size="64x64"), *codec, "-pix_fmt", "yuv420p", source)
    stats = transcode_py.transcode(source, made, video_codec="auto")
    assert stats.streams[0].action == "copy"
    assert [packet.pts for packet in reference.packets(made, "v:0")] == [Fraction(n, 25) for n in range(25)]


@real
@pytest.mark.parametrize(("target", "codec"), [("mov", "auto"), ("mov", "copy"), ("wav", "pcm"), ("mkv", "flac")])
def test_packets_of_several_frames_of_speech(target: str, codec: str, out: Path) -> None:
    """Phones write five frames of AMR into a packet: FFmpeg's decoder takes the first alone, and QuickTime none."""
    source, made = media.REAL / "fixture2.3gp", out / f"out.{target}"
    stats = transcode_py.transcode(source, made, audio_codec=codec, video=False)
    packets = reference.packets(source, "a:0")
    assert {packet.size for packet in packets} == {160}
    whole = 5 * len(packets) * Fraction(160, 8000)
    decoded = sum(frame.size for frame in reference.frames(made, "-map", "0:a")[0])
    assert abs(Fraction(decoded, 2 * 8000) - whole) < Fraction(2, 100)
    assert not [text for text in stats.warnings if "gaps" in text]
    if target == "mov":
        assert {packet.size for packet in reference.packets(made, "a:0")} == {32}
