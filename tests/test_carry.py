"""Copied streams in containers that want another form of them, or know them under another tag."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import reference
import transcode_py

if TYPE_CHECKING:
    from pathlib import Path

    from media import Shelf

# source, container, the tag that players look for; "" where the container has none
PAIRS = [
    ("plain.mkv", "avi", "H264"),
    ("bframes.mp4", "avi", "H264"),
    ("bframes.mp4", "ts", ""),
    ("bframes.mp4", "mpg", ""),
    ("bframes.mp4", "h264", ""),
    ("bframes.mp4", "flv", ""),
    ("plain.ts", "mp4", "avc1"),
    ("plain.ts", "mov", "avc1"),
    ("plain.ts", "flv", ""),
    ("hevc.mp4", "mp4", "hvc1"),
    ("hevc.mp4", "mov", "hvc1"),
    ("hevc.mp4", "mkv", ""),
    ("hevc.mp4", "ts", ""),
    ("hevc.mp4", "mpg", ""),
    ("hevc.mp4", "hevc", ""),
    ("hevc.ts", "mp4", "hvc1"),
    ("plain.avi", "ts", ""),
    ("plain.avi", "mpg", ""),
    ("plain.avi", "mp4", "mp4v"),
    ("vp9.webm", "mp4", "vp09"),
    ("vp9.webm", "ivf", "VP90"),
    ("av1.mp4", "mkv", ""),
    ("av1.mp4", "ivf", "AV01"),
]


def complaints(path: Path) -> list[str]:
    """What a decode complains of, but for times: AVI and programme streams store none for B-frames."""
    return [line for line in reference.complaints(path).splitlines() if "monotonically" not in line]


@pytest.mark.parametrize(("name", "extension", "tag"), PAIRS, ids=lambda value: str(value) or "-")
def test_pictures(name: str, extension: str, tag: str, shelf: Shelf, out: Path) -> None:
    """Every picture decodes to what it was, without a complaint, and players find it under its tag."""
    target = out / f"out.{extension}"
    stats = transcode_py.transcode(shelf[name], target, video_codec="copy", audio=False)
    assert stats.frames_encoded == 0
    whole = ["-map", "0:V"]
    came, wanted = (reference.frames(path, *whole)[0] for path in (target, shelf[name]))
    assert [frame.md5 for frame in came] == [frame.md5 for frame in wanted]
    assert complaints(target) == []
    if tag:
        assert reference.stream(target, "video")["codec_tag_string"] == tag


@pytest.mark.parametrize(
    ("name", "extension"),
    [
        ("aac.ts", "m4a"),
        ("aac.ts", "flv"),
        ("aac.ts", "mkv"),
        ("aac.adts", "m4a"),
        ("plain.m4a", "aac"),
        ("plain.m4a", "ts"),
        ("plain.mp3", "mp4"),
        ("vorbis.ogg", "mkv"),
        ("opus.opus", "mkv"),
    ],
)
def test_sound(name: str, extension: str, shelf: Shelf, out: Path) -> None:
    """The header of AAC moves between packets and container, and the packets stay what they were."""
    target = out / f"out.{extension}"
    stats = transcode_py.transcode(shelf[name], target, audio_codec="copy", video=False)
    assert stats.frames_encoded == 0
    assert reference.complaints(target) == ""
    came, wanted = (reference.samples(path) for path in (target, shelf[name]))
    # Containers differ in what they hide of the encoder's own silence at both ends.
    body = wanted[4096:-4096]
    assert any((came[at : at + len(body)] == body).all() for at in range(8193) if at + len(body) <= len(came))


def test_plan_tells_the_filter(shelf: Shelf, out: Path) -> None:
    """What is done to the packets of a copied stream stands in the plan."""
    options = transcode_py.TranscodeOptions(input=shelf["plain.mkv"], output=out / "out.avi", video_codec="copy")
    plan = transcode_py.Transcoder(options).plan()
    assert plan.streams[0].action == "copy"
    assert "h264_mp4toannexb" in plan.streams[0].reason
