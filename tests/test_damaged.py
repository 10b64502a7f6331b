"""Damaged and hostile files end in a typed error or in success with warnings: no signal, no hang, no stump."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import child
import pytest
import transcode_py

import media

if TYPE_CHECKING:
    from pathlib import Path

    from media import Shelf

DAMAGED = [file for file in media.real_files() if not file.clean or file.kind.startswith("bad")]
# Complaints of these are about equal times that FFmpeg's null muxer refuses, not about damage.
UNHARMED = {"cursed-vfr.mp4"}
FAST: dict[str, Any] = {"video_codec": "h264", "audio_codec": "aac", "preset": "ultrafast"}


def survive(source: Path, out: Path, **options: Any) -> dict[str, Any]:
    """Run the job in a child and check how it ended."""
    target = out / "out.mp4"
    answer = child.transcode(source, target, **{**FAST, **options})
    if answer["kinds"]:
        assert "TranscodeError" in answer["kinds"], answer
        assert answer["kinds"][0] != "TranscodeError", f"no kind: {answer}"
        assert os.listdir(out) == []
    else:
        assert os.listdir(out) == ["out.mp4"]
    return answer


@pytest.mark.skipif(not DAMAGED, reason="no folder of real media here (TRANSCODE_MEDIA)")
@pytest.mark.parametrize("file", DAMAGED, ids=lambda file: file.name)
def test_real(file: media.RealFile, out: Path) -> None:
    """Files that broke other software; what FFmpeg complains of is in our warnings."""
    answer = survive(file.path, out)
    if not answer["kinds"] and not file.clean and file.name not in UNHARMED:
        assert answer["warnings"], "success in silence"


@pytest.mark.skipif(not DAMAGED, reason="no folder of real media here (TRANSCODE_MEDIA)")
@pytest.mark.parametrize("name", ["x264abort5.mp4", "x264abort8.mp4"])
@pytest.mark.parametrize("preset", ["ultrafast", "superfast", "veryfast"])
@pytest.mark.parametrize("video_filter", [None, "vflip"])
def test_samples_out_of_range(name: str, preset: str, video_filter: str | None, out: Path) -> None:
    """Samples beyond their bit depth make libx264 end the process; they must not reach it, whichever way the rows lie."""
    answer = survive(media.REAL / name, out, preset=preset, video_filter=video_filter)
    assert not answer["kinds"]


CUT = [
    "plain.mp4",
    "plain.mkv",
    "plain.ts",
    "plain.webm",
    "plain.avi",
    "plain.flv",
    "plain.mp3",
    "plain.flac",
    "plain.wav",
]


@pytest.mark.parametrize("name", CUT)
@pytest.mark.parametrize("share", [0.02, 0.5, 0.97])
def test_cut_short(name: str, share: float, shelf: Shelf, tmp_path: Path, out: Path) -> None:
    """A download that broke off."""
    data = shelf[name].read_bytes()
    source = tmp_path / name
    source.write_bytes(data[: int(len(data) * share)])
    survive(source, out)


@pytest.mark.parametrize("name", ["plain.mkv", "plain.mp4", "plain.avi", "plain.flac"])
def test_cut_short_is_said(name: str, shelf: Shelf, tmp_path: Path, out: Path) -> None:
    """Half a film is not success in silence, where the container tells how long it should be."""
    data = shelf[name].read_bytes()
    source = tmp_path / name
    source.write_bytes(data[: len(data) // 2])
    answer = survive(source, out)
    assert answer["kinds"] or answer["warnings"]


def hurt(shelf: Shelf, name: str, folder: Path) -> Path:
    """The clip with zeros in the middle of its packets."""
    data = bytearray(shelf[name].read_bytes())
    for at in range(len(data) // 4, len(data) * 3 // 4, 3000):
        data[at : at + 200] = bytes(200)
    source = folder / name
    source.write_bytes(data)
    return source


@pytest.mark.parametrize(
    "name", ["plain.mp4", "plain.mkv", "plain.ts", "plain.webm", "plain.avi", "plain.flac", "hevc.mp4"]
)
def test_zeroed_blocks(name: str, shelf: Shelf, tmp_path: Path, out: Path) -> None:
    """A disk that lost sectors."""
    survive(hurt(shelf, name, tmp_path), out)


def test_damage_is_counted(shelf: Shelf, tmp_path: Path, out: Path) -> None:
    """By default damage is counted and told; the rest of the film is there."""
    stats = transcode_py.transcode(hurt(shelf, "plain.ts", tmp_path), out / "out.mp4", video_codec="h264")
    assert stats.decode_errors > 0
    assert stats.warnings


def test_strict_raises(shelf: Shelf, tmp_path: Path, out: Path) -> None:
    """With `strict` the first damage ends the job."""
    with pytest.raises(transcode_py.InvalidMediaError):
        transcode_py.transcode(hurt(shelf, "plain.ts", tmp_path), out / "out.mp4", video_codec="h264", strict=True)
    assert os.listdir(out) == []


def test_strict_accepts_a_sound_file(shelf: Shelf, out: Path) -> None:
    """Nothing is wrong with these, and nothing is found."""
    for name in ("plain.mp4", "plain.mkv", "plain.webm", "plain.flac"):
        stats = transcode_py.transcode(shelf[name], out / f"{name}.mkv", strict=True)
        assert stats.decode_errors == 0


@pytest.mark.parametrize(("limit", "fits"), [(320 * 180, True), (320 * 180 - 1, False)])
def test_max_pixels(limit: int, fits: bool, shelf: Shelf, out: Path) -> None:
    """To the pixel."""
    target = out / "out.mp4"
    if fits:
        transcode_py.transcode(shelf["plain.mkv"], target, max_pixels=limit)
    else:
        with pytest.raises(transcode_py.LimitExceededError, match="max_pixels"):
            transcode_py.transcode(shelf["plain.mkv"], target, max_pixels=limit)
        assert os.listdir(out) == []


def test_picture_bomb(tmp_path: Path, out: Path) -> None:
    """135 bytes that would be a gigabyte: refused before the memory is taken."""
    screen = b"GIF89a" + (16000).to_bytes(2, "little") * 2 + b"\x80\x00\x00" + b"\x00\x00\x00\xff\xff\xff"
    image = b"\x2c\x00\x00\x00\x00" + (16000).to_bytes(2, "little") * 2 + b"\x00\x02\x02\x44\x01\x00"
    source = tmp_path / "bomb.gif"
    source.write_bytes(screen + image * 3 + b"\x3b")
    answer = survive(source, out)
    assert "LimitExceededError" in answer["kinds"]
