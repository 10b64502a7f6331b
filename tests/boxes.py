"""What a container itself says of a video stream, read from its bytes: ffprobe mixes that with what the codec says."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# Boxes of mp4 that hold others, each with the bytes before them.
HOLDERS = {"moov": 0, "trak": 0, "mdia": 0, "minf": 0, "stbl": 0, "stsd": 8}
ENTRIES = {"avc1", "hvc1", "hev1", "av01", "vp09", "mp4v", "apch", "apcn", "FFV1", "m2v1"}
ENTRY_HEAD = 78

# Elements of Matroska that hold others, on the way to a video track and in its description of colours.
MASTERS = {0x18538067, 0x1654AE6B, 0xAE, 0xE0, 0x55B0, 0x55D0}
NAMES = {
    0x55B1: "matrix",
    0x55B9: "range",
    0x55BA: "transfer",
    0x55BB: "primaries",
    0x55B7: "siting across",
    0x55B8: "siting down",
    0x55BC: "max light",
    0x55BD: "average light",
    0x9A: "interlaced",
    0x9D: "field order",
    0x53B8: "stereo",
    0x53C0: "alpha",
}


def mp4(path: Path) -> dict[str, bytes]:
    """The boxes within the sample entry of the video track, by name."""
    return dict(_boxes(path.read_bytes(), inside=False))


def _boxes(data: bytes, *, inside: bool) -> Iterator[tuple[str, bytes]]:
    at = 0
    while at + 8 <= len(data):
        size, name = struct.unpack_from(">I4s", data, at)
        start = at + 8
        if size == 1:
            size, start = struct.unpack_from(">Q", data, start)[0], start + 8
        size = size or len(data) - at
        text = name.decode("latin-1")
        body = data[start : at + size]
        if text in ENTRIES:
            yield from _boxes(body[ENTRY_HEAD:], inside=True)
        elif text in HOLDERS:
            yield from _boxes(body[HOLDERS[text] :], inside=False)
        elif inside:
            yield text, body
        if size < 8:
            return
        at += size


def colr(path: Path) -> tuple[int, int, int, bool | None]:
    """Primaries, transfer, matrix and whether the range is full, as an mp4 or mov says; no range in mov."""
    body = mp4(path)["colr"]
    numbers = struct.unpack_from(">3H", body, 4)
    return *numbers, bool(body[10] & 0x80) if body[:4] == b"nclx" else None


def mkv(path: Path) -> dict[str, int]:
    """What the video track's element says, by name: the numbers of `NAMES` that are there."""
    return dict(_elements(path.read_bytes()))


def _number(data: bytes, at: int, *, marked: bool) -> tuple[int, int]:
    length = 9 - data[at].bit_length()
    value = int.from_bytes(data[at : at + length], "big")
    return value if marked else value & ((1 << 7 * length) - 1), at + length


def _elements(data: bytes) -> Iterator[tuple[str, int]]:
    at = 0
    while at < len(data):
        name, at = _number(data, at, marked=True)
        size, at = _number(data, at, marked=False)
        body = data[at : at + size]
        if name in MASTERS:
            yield from _elements(body)
        elif name in NAMES:
            yield NAMES[name], int.from_bytes(body, "big")
        if name == 0x1F43B675:  # the first cluster: the tracks were before it
            return
        at += size
