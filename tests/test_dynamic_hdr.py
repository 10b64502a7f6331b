"""HDR10+ and Dolby Vision: a copy keeps them, and no encoder here is given them, which is said by name before and after.

No program at hand makes either. HDR10+ is one message before each picture, which is written here bit by bit; the mark of
Dolby Vision is a box of an mp4 file.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

import pytest
import reference
import transcode_py
from transcode_py import TranscodeOptions, Transcoder

import media

if TYPE_CHECKING:
    from pathlib import Path

PLUS = "HDR Dynamic Metadata SMPTE2094-40 (HDR10+)"
DOLBY = "DOVI configuration record"
FAST: dict[str, dict[str, Any]] = {
    "h264": {"preset": "ultrafast"},
    "hevc": {"preset": "ultrafast"},
    "vp9": {"encoder_options": {"deadline": "realtime", "cpu-used": "8"}},
    "av1": {"preset": "12"},
}
PARAMETERS = "log-level=error:colorprim=bt2020:transfer=smpte2084:colormatrix=bt2020nc:repeat-headers=1"


def _message(brightest: int) -> bytes:
    """A unit of HEVC with the description of one picture by SMPTE ST 2094-40: one window, no curve."""
    fields = [(1, 2), (1000, 27), (0, 1), *[(brightest, 17)] * 3, (brightest // 2, 17), (0, 4), (0, 10), (0, 1)]
    bits = "".join(f"{value:0{width}b}" for value, width in [*fields, (0, 1), (0, 1)])
    bits += "0" * (-len(bits) % 8)
    body = bytes([0xB5, 0x00, 0x3C, 0x00, 0x01, 4, 1]) + int(bits, 2).to_bytes(len(bits) // 8, "big")
    plain, out = bytes([4, len(body)]) + body + b"\x80", bytearray()
    for byte in plain:
        if out[-2:] == b"\0\0" and byte <= 3:
            out.append(3)  # so that no start code stands in it
        out.append(byte)
    return b"\0\0\0\1\x4e\x01" + bytes(out)


def _with_messages(stream: bytes) -> bytes:
    """A stream of HEVC with a message before each picture."""
    units = [unit.rstrip(b"\0") for unit in stream.split(b"\0\0\1")[1:]]
    out = bytearray()
    for number, unit in enumerate(units):
        if unit[0] >> 1 < 32 and unit[2] & 0x80:
            out += _message(10_000 + number)
        out += b"\0\0\0\1" + unit
    return bytes(out)


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten pictures of HDR, as the bare stream."""
    path = tmp_path_factory.mktemp("dynamic") / "plain.hevc"
    coded = ["-c:v", "libx265", "-preset", "ultrafast", "-bf", "0", "-pix_fmt", "yuv420p10le"]
    reference.ffmpeg(*media.picture(size="128x128", seconds=0.4), *coded, "-x265-params", PARAMETERS, path)
    return path


@pytest.fixture(scope="module")
def plus(plain: Path) -> Path:
    """The same with HDR10+."""
    bare, path = plain.with_name("plus.hevc"), plain.with_name("plus.mp4")
    bare.write_bytes(_with_messages(plain.read_bytes()))
    reference.ffmpeg("-r", "25", "-i", bare, "-c", "copy", "-tag:v", "hvc1", path)
    assert marks(path, frames=True) == [PLUS] * 10
    return path


@pytest.fixture(scope="module", params=[5, 8])
def dolby(request: pytest.FixtureRequest, plain: Path) -> Path:
    """The same as a file that says of itself to be Dolby Vision, of a profile."""
    path = plain.with_name(f"dolby{request.param}.mp4")
    reference.ffmpeg("-r", "25", "-i", plain, "-c", "copy", "-tag:v", "hvc1", path)
    data = bytearray(path.read_bytes())
    numbers = request.param << 9 | 1 << 3 | 0b101  # profile, level 1, pictures with their description
    record = bytes([1, 0]) + struct.pack(">HB", numbers, 0x10 if request.param == 8 else 0) + bytes(19)
    box = struct.pack(">I4s", 32, b"dvcC" if request.param < 8 else b"dvvC") + record
    at = data.index(b"hvcC") - 4
    for name in (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd", b"hvc1"):
        start = (data.rindex(name) if name == b"moov" else data.index(name, data.rindex(b"moov"))) - 4
        data[start : start + 4] = struct.pack(">I", struct.unpack_from(">I", data, start)[0] + len(box))
    data[at:at] = box
    path.write_bytes(data)
    assert DOLBY in marks(path)
    return path


def marks(path: Path, *, frames: bool = False) -> list[str]:
    """The kinds of what is said beside the pixels: of the stream, or of each picture that has HDR10+."""
    answer = reference.probe(path, *(["-show_frames", "-select_streams", "v"] if frames else []))
    rows = answer["frames"] if frames else answer["streams"]
    found = [side["side_data_type"] for row in rows for side in row.get("side_data_list", [])]
    return [kind for kind in found if kind == PLUS] if frames else found


def told(source: Path, target: Path, **options: Any) -> str:
    """The warnings of a job, which are the plan's too."""
    planned = Transcoder(TranscodeOptions(input=source, output=target, **options)).plan().warnings
    stats = transcode_py.transcode(source, target, **options)
    assert set(planned) <= set(stats.warnings)
    return " | ".join(planned)


@pytest.mark.parametrize("target", ["mp4", "mov", "mkv", "ts"])
def test_a_copy_keeps_hdr10_plus(target: str, plus: Path, out: Path) -> None:
    made = out / f"out.{target}"
    assert "HDR10+" not in told(plus, made, video_codec="copy")
    assert marks(made, frames=True) == [PLUS] * 10


@pytest.mark.parametrize("codec", FAST)
def test_encoders_are_not_given_hdr10_plus(codec: str, plus: Path, out: Path) -> None:
    """FFmpeg's libx265 takes it from a file of its own alone, the others not at all: the loss has its name."""
    made = out / "out.mkv"
    assert "its HDR10+ is lost" in told(plus, made, video_codec=codec, **FAST[codec])
    assert marks(made, frames=True) == []
    assert reference.stream(made, "video")["color_transfer"] == "smpte2084"


def test_what_becomes_sdr_loses_it_too(plus: Path, out: Path) -> None:
    """Tone mapping does not look at it, and says so."""
    made = out / "out.mkv"
    assert "its HDR10+ or Dolby Vision is lost" in told(plus, made, hdr="sdr", preset="ultrafast")
    assert marks(made, frames=True) == []
    assert reference.stream(made, "video")["color_transfer"] == "bt709"


def test_pictures_without_it_lose_nothing(plain: Path, out: Path) -> None:
    assert "lost" not in told(plain, out / "out.mkv", video_codec="hevc", preset="ultrafast")


@pytest.mark.parametrize("target", ["mp4", "mkv", "mov", "ts"])
def test_a_copy_keeps_the_mark_of_dolby_vision(target: str, dolby: Path, out: Path) -> None:
    """Where the container has a place for it; otherwise that is said."""
    made = out / f"out.{target}"
    is_told = "no longer marked as Dolby Vision" in told(dolby, made, video_codec="copy")
    assert (DOLBY in marks(made)) is not is_told
    assert is_told is (target in ("mov", "ts"))


@pytest.mark.parametrize("codec", FAST)
def test_encoders_do_not_make_dolby_vision(codec: str, dolby: Path, out: Path) -> None:
    made = out / "out.mp4"
    warnings = told(dolby, made, video_codec=codec, **FAST[codec])
    assert "its Dolby Vision is lost" in warnings
    assert ("with profile 5 its colours" in warnings) is ("dolby5" in dolby.name)
    assert DOLBY not in marks(made)
