"""JPEG, WebP and AVIF: what they lose, how they store colours, and which way up they are."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import reference
from pictures import SIZES, by_ffmpeg, made_by_ffmpeg, png, scene
from transcode_py import UnsupportedError, decode_image, encode_image, read_image, write_image
from written import psnr

if TYPE_CHECKING:
    from pathlib import Path

    from pictures import Image
    from twins import Arrays

# JPEG, WebP, AVIF


@pytest.mark.parametrize(
    ("format", "quality", "least"),
    [
        ("jpeg", None, 42),
        ("jpeg", 100, 48),
        ("jpeg", 75, 33),
        ("webp", None, 34),
        ("webp", 100, 36),
        ("avif", None, 36),
        ("avif", 95, 45),
    ],
)
def test_what_loses_a_little_loses_no_more(
    format: Any, quality: int | None, least: float, out: Path, arrays: Arrays
) -> None:
    image = scene()
    path = out / f"a.{format}"
    write_image(path, arrays.of(image), quality)
    found = arrays.to_numpy(read_image(path))
    assert psnr(found, image) > least
    exact = ["-sws_flags", "accurate_rnd+full_chroma_int+full_chroma_inp+bicubic"]
    assert psnr(by_ffmpeg(path, "rgb24", image, *exact), image) > least - 1


@pytest.mark.parametrize("format", ["jpeg", "webp", "avif"])
def test_a_higher_quality_is_larger_and_better(format: Any, arrays: Arrays) -> None:
    image = scene(96, 128)
    files = [encode_image(arrays.of(image), format, quality) for quality in (0, 30, 60, 95)]
    errors = [-psnr(arrays.to_numpy(decode_image(data)), image) for data in files]
    assert sorted(map(len, files)) == [len(data) for data in files]
    assert sorted(errors, reverse=True) == errors


@pytest.mark.parametrize("format", ["jpeg", "avif"])
@pytest.mark.parametrize("size", SIZES, ids=str)
def test_odd_sizes_are_kept(format: Any, size: tuple[int, int], arrays: Arrays) -> None:
    image = np.full((*size, 3), (200, 60, 120), np.uint8)
    for quality in (50, 95):
        found = arrays.to_numpy(decode_image(encode_image(arrays.of(image), format, quality)))
        assert found.shape == image.shape
        assert np.abs(found.astype(int) - image).max() <= 6


def between(plane: Image, size: tuple[int, int]) -> Image:
    """A plane of chroma in the picture's size, each sample in the middle of the pixels that share it."""
    out = plane.astype(float)
    for axis, count in enumerate(size):
        share = round(count / plane.shape[axis])
        at = ((np.arange(count) + 0.5) / share - 0.5).clip(0, plane.shape[axis] - 1)
        low = np.floor(at).astype(int)
        part = (at - low).reshape((-1, 1) if axis == 0 else (1, -1))
        high = np.minimum(low + 1, plane.shape[axis] - 1)
        out = out.take(low, axis) * (1 - part) + out.take(high, axis) * part
    return out


@pytest.mark.parametrize(("pixels", "across", "down"), [("yuvj420p", 2, 2), ("yuvj422p", 2, 1), ("yuvj444p", 1, 1)])
def test_jpeg_is_of_full_range_and_has_its_chroma_in_the_middle(
    pixels: str, across: int, down: int, out: Path, arrays: Arrays
) -> None:
    height, width = 121, 203
    path = made_by_ffmpeg(out / "a.jpg", scene(height, width), "rgb24", "-pix_fmt", pixels, "-q:v", "2")
    raw = np.frombuffer(reference.ffmpeg("-i", path, "-f", "rawvideo", "-pix_fmt", pixels, "-"), np.uint8)
    small = (-(-height // down), -(-width // across))
    luma, blue, red = np.split(raw, [height * width, height * width + small[0] * small[1]])
    y = luma.reshape(height, width).astype(float)
    cb, cr = (between(plane.reshape(small), (height, width)) - 128 for plane in (blue, red))
    exact = np.stack([y + 1.402 * cr, y - 0.344136 * cb - 0.714136 * cr, y + 1.772 * cb], -1).clip(0, 255)
    assert np.abs(arrays.to_numpy(read_image(path)) - exact).max() <= 1
    np.testing.assert_array_equal(arrays.to_numpy(read_image(path, "mono"))[..., 0], y)


def test_jpeg_quality_is_that_of_the_independent_group(arrays: Arrays) -> None:
    """Its tables at 50 are the standard's own: luma's largest divisor is 121, chroma's 99; at 75 half of that."""
    image = arrays.of(scene(64, 64))
    for quality, luma, chroma in ((50, 121, 99), (75, 61, 50), (100, 1, 1)):
        data = encode_image(image, "jpeg", quality)
        tables = []
        at = data.index(b"\xff\xdb")
        length = struct.unpack(">H", data[at + 2 : at + 4])[0]
        block = data[at + 4 : at + 2 + length]
        while block:
            tables.append(block[1:65])
            block = block[65:]
        assert {max(table[1:]) for table in tables} == {luma, chroma}


def oriented(data: bytes, orientation: int) -> bytes:
    """The JPEG with an Exif block that says how it is to be turned."""
    tags = b"MM\0*" + struct.pack(">IHHHIHHI", 8, 1, 274, 3, 1, orientation, 0, 0)
    block = b"Exif\0\0" + tags
    return data[:2] + b"\xff\xe1" + struct.pack(">H", len(block) + 2) + block + data[2:]


TURNS = {
    1: lambda a: a,
    2: lambda a: a[:, ::-1],
    3: lambda a: a[::-1, ::-1],
    4: lambda a: a[::-1],
    5: lambda a: a.transpose(1, 0, 2),
    6: lambda a: np.rot90(a, -1),
    7: lambda a: a[::-1, ::-1].transpose(1, 0, 2),
    8: lambda a: np.rot90(a, 1),
}


@pytest.mark.parametrize("orientation", TURNS)
def test_exif_turns_the_picture_unless_it_is_told_not_to(orientation: int, arrays: Arrays) -> None:
    data = oriented(encode_image(arrays.of(scene(40, 56)), "jpeg", 95), orientation)
    stored = arrays.to_numpy(decode_image(data, upright=False))
    assert stored.shape == (40, 56, 3)
    np.testing.assert_array_equal(arrays.to_numpy(decode_image(data)), TURNS[orientation](stored))
    tags = data[data.index(b"MM\0*") :][:26]
    rows = b"".join(b"\0" + row.tobytes() for row in stored)
    found = arrays.to_numpy(decode_image(png(56, 40, 8, 2, rows, (b"eXIf", tags))))
    np.testing.assert_array_equal(found, TURNS[orientation](stored))


@pytest.mark.parametrize(
    ("name", "value", "orientation"),
    [(b"irot", 1, 8), (b"irot", 2, 3), (b"irot", 3, 6), (b"imir", 0, 4), (b"imir", 1, 2)],
)
def test_avif_is_turned_as_its_container_says(name: bytes, value: int, orientation: int, arrays: Arrays) -> None:
    data = bytearray(encode_image(arrays.of(scene(40, 56)), "avif", 95))
    stored = arrays.to_numpy(decode_image(data))
    # In the place of the property that tells the colours, which are BT.601's by default as well.
    at = data.index(b"colrnclx") - 4
    assert data[at : at + 4] == struct.pack(">I", 19)
    data[at : at + 19] = struct.pack(">I", 9) + name + bytes([value]) + struct.pack(">I", 10) + b"free" + bytes(2)
    np.testing.assert_array_equal(arrays.to_numpy(decode_image(data, upright=False)), stored)
    np.testing.assert_array_equal(arrays.to_numpy(decode_image(data)), TURNS[orientation](stored))


def four_inks(levels: tuple[int, int, int, int], adobe: bool) -> bytes:
    """A JPEG of 8x8 pixels of one colour of four inks: for each component a DC value, and no more."""

    def segment(marker: int, body: bytes) -> bytes:
        return bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body

    bits = ""
    for level in levels:
        value = (level - 128) * 8
        size = abs(value).bit_length()
        # The codes for sizes of 0 to 11 are those numbers in four bits; the one for the end of a block is 0.
        low = value if value > 0 else value + (1 << size) - 1
        bits += f"{size:04b}" + (f"{low:0{size}b}" if size else "") + "0"
    bits += "1" * (-len(bits) % 8)
    scan = int(bits, 2).to_bytes(len(bits) // 8, "big").replace(b"\xff", b"\xff\0")
    components = bytes(byte for n in range(1, 5) for byte in (n, 0x11, 0))
    return b"".join(
        [
            b"\xff\xd8",
            segment(0xEE, b"Adobe" + struct.pack(">HHHB", 100, 0, 0, 0)) if adobe else b"",
            segment(0xDB, bytes([0]) + bytes([1] * 64)),
            segment(0xC0, struct.pack(">BHHB", 8, 8, 8, 4) + components),
            segment(0xC4, bytes([0x00, 0, 0, 0, 12, *[0] * 12, *range(12)])),
            segment(0xC4, bytes([0x10, 1, *[0] * 15, 0])),
            segment(0xDA, bytes([4, 1, 0, 2, 0, 3, 0, 4, 0, 0, 63, 0])),
            scan,
            b"\xff\xd9",
        ]
    )


def test_four_inks_become_rgb_or_an_error_that_says_why(arrays: Arrays) -> None:
    # Adobe stores them the other way round: 255 is no ink.
    found = arrays.to_numpy(decode_image(four_inks((200, 100, 50, 128), adobe=True), None))
    assert found.shape == (8, 8, 3)
    expected = np.array([200, 100, 50]) * 128 / 255
    assert np.abs(found - expected).max() <= 1.5
    with pytest.raises(UnsupportedError, match="four inks; expected Adobe's mark"):
        decode_image(four_inks((200, 100, 50, 128), adobe=False))


def test_transparent_webp_keeps_its_alpha(arrays: Arrays) -> None:
    image = np.dstack([scene(60, 80), np.tile(np.arange(80, dtype=np.uint8) * 3, (60, 1))])
    for options in ({"quality": 90}, {"lossless": True}):
        found = arrays.to_numpy(decode_image(encode_image(arrays.of(image), "webp", **options), None))
        np.testing.assert_array_equal(found[..., 3], image[..., 3])
        assert psnr(found[:, 20:, :3], image[:, 20:, :3]) > 28
    opaque = encode_image(arrays.of(image[..., :3]), "webp", lossless=True)
    assert decode_image(opaque, None).shape == (60, 80, 3)


@pytest.mark.parametrize(("format", "stored"), [("avif", 1), ("jpeg", 3), ("webp", 3)])
def test_gray_stays_gray_to_the_eye(format: Any, stored: int, arrays: Arrays) -> None:
    gray = scene()[..., :1]
    data = encode_image(arrays.of(gray), format, 95)
    assert decode_image(data, None).shape == (*gray.shape[:2], stored)
    assert psnr(arrays.to_numpy(decode_image(data, "mono")), gray) > 38
    colours = arrays.to_numpy(decode_image(data)).astype(int)
    assert np.abs(colours - colours[..., :1]).max() <= 1
