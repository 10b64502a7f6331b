"""Image files in and out of arrays: to the bit where the format can, against the ffmpeg program both ways, and never half."""

from __future__ import annotations

import io
import struct
import subprocess
import sys
import threading
import zlib
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import reference
import remains
import transcode_py
from transcode_py import (
    InputNotFoundError,
    InvalidMediaError,
    InvalidOptionError,
    LimitExceededError,
    MediaIOError,
    OutputExistsError,
    UnsupportedError,
    decode_image,
    encode_image,
    read_image,
    write_image,
)

from media import REAL

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    Image = NDArray[Any]

SIZES = [(1, 1), (1, 9), (9, 1), (13, 17), (64, 48), (121, 67)]
LOSSLESS: dict[str, dict[str, Any]] = {"png": {}, "tiff": {}, "bmp": {}, "webp": {"lossless": True}}


def noise(height: int, width: int, channels: int, dtype: str = "uint8") -> Image:
    most = np.iinfo(dtype).max
    # Alpha of 0 would let WebP change the colours beneath it.
    return np.random.default_rng(height * width).integers(1, most, (height, width, channels), dtype, endpoint=True)


def scene(height: int = 180, width: int = 320) -> Image:
    """Smooth colours, with edges here and there."""
    y, x = np.mgrid[0:height, 0:width]
    red, green = x * 255 / width, y * 255 / height
    blue = 127 + 100 * np.sin(x / 25) * np.cos(y / 18)
    image = np.stack([red, green, blue], -1)
    image[height // 4 : height // 2, width // 4 : width // 2] = 230, 200, 40
    return image.round().astype(np.uint8)


def by_ffmpeg(path: Path, pixels: str, image: Image, *options: str) -> Image:
    """What the ffmpeg program decodes a file to, in the shape and type of `image`."""
    data = reference.ffmpeg("-i", path, "-frames:v", "1", *options, "-f", "rawvideo", "-pix_fmt", pixels, "-")
    return np.frombuffer(data, image.dtype).reshape(image.shape)


def made_by_ffmpeg(path: Path, image: Image, pixels: str, *options: str) -> Path:
    raw = path.with_suffix(".raw")
    raw.write_bytes(np.ascontiguousarray(image).tobytes())
    size = f"{image.shape[1]}x{image.shape[0]}"
    reference.ffmpeg("-f", "rawvideo", "-pix_fmt", pixels, "-s", size, "-i", raw, "-frames:v", "1", *options, path)
    return path


def psnr(a: Image, b: Image) -> float:
    error = ((a.astype(float) - b.astype(float)) ** 2).mean()
    return float("inf") if error == 0 else float(10 * np.log10(255**2 / error))


# To the bit


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("format", LOSSLESS)
def test_rgb_and_alpha_come_back_to_the_bit(format: Any, size: tuple[int, int]) -> None:
    for mode, channels in (("rgb", 3), ("rgba", 4)):
        image = noise(*size, channels)
        found = decode_image(encode_image(image, format, **LOSSLESS[format]), mode=mode)  # type: ignore[arg-type]
        np.testing.assert_array_equal(found, image)
        assert (found.dtype, found.flags.writeable, found.flags.c_contiguous) == (np.dtype("uint8"), True, True)


@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("format", ["png", "tiff"])
def test_what_is_stored_comes_back_as_it_is(format: Any, channels: int, dtype: str) -> None:
    image = noise(31, 23, channels, dtype)
    found = decode_image(encode_image(image, format), mode=None)
    assert found.dtype == image.dtype
    np.testing.assert_array_equal(found, image)


@pytest.mark.parametrize(
    ("pixels", "channels", "dtype"),
    [
        ("gray", 1, "uint8"),
        ("ya8", 2, "uint8"),
        ("rgb24", 3, "uint8"),
        ("rgba", 4, "uint8"),
        ("gray16le", 1, "uint16"),
        ("rgb48le", 3, "uint16"),
        ("rgba64le", 4, "uint16"),
    ],
)
@pytest.mark.parametrize("format", ["png", "tiff"])
def test_the_ffmpeg_program_reads_and_writes_the_same(
    format: Any, pixels: str, channels: int, dtype: str, out: Path
) -> None:
    image = noise(37, 53, channels, dtype)
    ours = out / f"ours.{format}"
    write_image(ours, image)
    np.testing.assert_array_equal(by_ffmpeg(ours, pixels, image), image)
    theirs = made_by_ffmpeg(out / f"theirs.{format}", image, pixels)
    np.testing.assert_array_equal(read_image(theirs, None), image)


@pytest.mark.parametrize("format", ["bmp", "webp"])
def test_the_ffmpeg_program_reads_and_writes_the_same_rgb(format: Any, out: Path) -> None:
    image = noise(37, 53, 3)
    ours = out / f"ours.{format}"
    write_image(ours, image, **LOSSLESS[format])
    np.testing.assert_array_equal(by_ffmpeg(ours, "rgb24", image), image)
    theirs = made_by_ffmpeg(out / f"theirs.{format}", image, "rgb24", *(["-lossless", "1"] * (format == "webp")))
    np.testing.assert_array_equal(read_image(theirs), image)


def png(width: int, height: int, depth: int, kind: int, rows: bytes, *chunks: tuple[bytes, bytes]) -> bytes:
    """A PNG file of raw rows, each with its filter byte."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, 0)
    middle = b"".join(chunk(*each) for each in chunks)
    body = chunk(b"IDAT", zlib.compress(rows))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + middle + body + chunk(b"IEND", b"")


def test_a_palette_becomes_its_colours_and_keeps_its_alpha() -> None:
    colours = bytes([10, 20, 30, 200, 100, 50, 255, 0, 128])
    rows = bytes([0, 0, 1, 2, 0, 2, 1, 0])
    expected = np.frombuffer(colours, np.uint8).reshape(3, 3)[[[0, 1, 2], [2, 1, 0]]]
    np.testing.assert_array_equal(decode_image(png(3, 2, 8, 3, rows, (b"PLTE", colours)), None), expected)
    seen = decode_image(png(3, 2, 8, 3, rows, (b"PLTE", colours), (b"tRNS", bytes([255, 40, 0]))), None)
    np.testing.assert_array_equal(seen[..., :3], expected)
    np.testing.assert_array_equal(seen[..., 3], np.array([[255, 40, 0], [0, 40, 255]]))
    np.testing.assert_array_equal(
        decode_image(png(3, 2, 8, 3, rows, (b"PLTE", colours), (b"tRNS", bytes([255, 40, 0])))), expected
    )


def test_one_bit_becomes_black_and_white() -> None:
    found = decode_image(png(9, 2, 1, 0, bytes([0, 0b10110010, 0b10000000, 0, 0b01001101, 0])), None)
    bits = [[1, 0, 1, 1, 0, 0, 1, 0, 1], [0, 1, 0, 0, 1, 1, 0, 1, 0]]
    np.testing.assert_array_equal(found[..., 0], np.array(bits) * 255)


def test_interlaced_and_filtered_files_are_read(out: Path) -> None:
    image = scene(67, 93)
    path = made_by_ffmpeg(out / "a.png", image, "rgb24", "-pred", "mixed", "-flags", "+ildct")
    np.testing.assert_array_equal(read_image(path), image)


# Modes and depths


def test_modes_choose_the_channels() -> None:
    image = noise(11, 7, 4)
    data = encode_image(image)
    np.testing.assert_array_equal(decode_image(data, "rgb"), image[..., :3])
    np.testing.assert_array_equal(decode_image(data, "rgba"), image)
    luma = image[..., :3].astype(float) @ [0.299, 0.587, 0.114]
    mono = decode_image(data, "mono")
    assert mono.shape == (11, 7, 1)
    assert np.abs(mono[..., 0] - luma).max() <= 0.51
    gray = encode_image(image[..., 0])
    np.testing.assert_array_equal(decode_image(gray, None), image[..., :1])
    np.testing.assert_array_equal(decode_image(gray, "rgb"), image[..., :1].repeat(3, -1))
    np.testing.assert_array_equal(decode_image(gray, "rgba")[..., 3], np.full((11, 7), 255))


def test_depths_are_chosen_and_white_stays_white() -> None:
    deep = noise(20, 30, 3, "uint16")
    deep[0, 0] = 65535
    deep[0, 1] = 0
    data = encode_image(deep)
    assert decode_image(data).dtype == np.uint16
    for name in ("uint8", np.uint8, np.dtype("uint8")):
        narrow = decode_image(data, dtype=name)
        np.testing.assert_array_equal(narrow, np.round(deep / 257).astype(np.uint8))
    wide = decode_image(encode_image(narrow), dtype="uint16")
    np.testing.assert_array_equal(wide, narrow.astype(np.uint16) * 257)


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
def test_what_loses_a_little_loses_no_more(format: Any, quality: int | None, least: float, out: Path) -> None:
    image = scene()
    path = out / f"a.{format}"
    write_image(path, image, quality)
    found = read_image(path)
    assert psnr(found, image) > least
    exact = ["-sws_flags", "accurate_rnd+full_chroma_int+full_chroma_inp+bicubic"]
    assert psnr(by_ffmpeg(path, "rgb24", image, *exact), image) > least - 1


@pytest.mark.parametrize("format", ["jpeg", "webp", "avif"])
def test_a_higher_quality_is_larger_and_better(format: Any) -> None:
    image = scene(96, 128)
    files = [encode_image(image, format, quality) for quality in (0, 30, 60, 95)]
    errors = [-psnr(decode_image(data), image) for data in files]
    assert sorted(map(len, files)) == [len(data) for data in files]
    assert sorted(errors, reverse=True) == errors


@pytest.mark.parametrize("format", ["jpeg", "avif"])
@pytest.mark.parametrize("size", SIZES, ids=str)
def test_odd_sizes_are_kept(format: Any, size: tuple[int, int]) -> None:
    image = np.full((*size, 3), (200, 60, 120), np.uint8)
    for quality in (50, 95):
        found = decode_image(encode_image(image, format, quality))
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
def test_jpeg_is_of_full_range_and_has_its_chroma_in_the_middle(pixels: str, across: int, down: int, out: Path) -> None:
    height, width = 121, 203
    path = made_by_ffmpeg(out / "a.jpg", scene(height, width), "rgb24", "-pix_fmt", pixels, "-q:v", "2")
    raw = np.frombuffer(reference.ffmpeg("-i", path, "-f", "rawvideo", "-pix_fmt", pixels, "-"), np.uint8)
    small = (-(-height // down), -(-width // across))
    luma, blue, red = np.split(raw, [height * width, height * width + small[0] * small[1]])
    y = luma.reshape(height, width).astype(float)
    cb, cr = (between(plane.reshape(small), (height, width)) - 128 for plane in (blue, red))
    exact = np.stack([y + 1.402 * cr, y - 0.344136 * cb - 0.714136 * cr, y + 1.772 * cb], -1).clip(0, 255)
    assert np.abs(read_image(path) - exact).max() <= 1
    np.testing.assert_array_equal(read_image(path, "mono")[..., 0], y)


def test_jpeg_quality_is_that_of_the_independent_group() -> None:
    """Its tables at 50 are the standard's own: luma's largest divisor is 121, chroma's 99; at 75 half of that."""
    image = scene(64, 64)
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
def test_exif_turns_the_picture_unless_it_is_told_not_to(orientation: int) -> None:
    data = oriented(encode_image(scene(40, 56), "jpeg", 95), orientation)
    stored = decode_image(data, upright=False)
    assert stored.shape == (40, 56, 3)
    np.testing.assert_array_equal(decode_image(data), TURNS[orientation](stored))
    tags = data[data.index(b"MM\0*") :][:26]
    rows = b"".join(b"\0" + row.tobytes() for row in stored)
    np.testing.assert_array_equal(decode_image(png(56, 40, 8, 2, rows, (b"eXIf", tags))), TURNS[orientation](stored))


@pytest.mark.parametrize(
    ("name", "value", "orientation"), [(b"irot", 1, 8), (b"irot", 2, 3), (b"irot", 3, 6), (b"imir", 0, 4), (b"imir", 1, 2)]
)
def test_avif_is_turned_as_its_container_says(name: bytes, value: int, orientation: int) -> None:
    data = bytearray(encode_image(scene(40, 56), "avif", 95))
    stored = decode_image(data)
    # In the place of the property that tells the colours, which are BT.601's by default as well.
    at = data.index(b"colrnclx") - 4
    assert data[at : at + 4] == struct.pack(">I", 19)
    data[at : at + 19] = struct.pack(">I", 9) + name + bytes([value]) + struct.pack(">I", 10) + b"free" + bytes(2)
    np.testing.assert_array_equal(decode_image(data, upright=False), stored)
    np.testing.assert_array_equal(decode_image(data), TURNS[orientation](stored))


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


def test_four_inks_become_rgb_or_an_error_that_says_why() -> None:
    # Adobe stores them the other way round: 255 is no ink.
    found = decode_image(four_inks((200, 100, 50, 128), adobe=True), None)
    assert found.shape == (8, 8, 3)
    expected = np.array([200, 100, 50]) * 128 / 255
    assert np.abs(found - expected).max() <= 1.5
    with pytest.raises(UnsupportedError, match="four inks; expected Adobe's mark"):
        decode_image(four_inks((200, 100, 50, 128), adobe=False))


def test_transparent_webp_keeps_its_alpha() -> None:
    image = np.dstack([scene(60, 80), np.tile(np.arange(80, dtype=np.uint8) * 3, (60, 1))])
    for options in ({"quality": 90}, {"lossless": True}):
        found = decode_image(encode_image(image, "webp", **options), None)
        np.testing.assert_array_equal(found[..., 3], image[..., 3])
        assert psnr(found[:, 20:, :3], image[:, 20:, :3]) > 28
    assert decode_image(encode_image(image[..., :3], "webp", lossless=True), None).shape == (60, 80, 3)


# Real files


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("london.jpg", (768, 1020, 3)),
        ("first_frame_1920x1080.png", (1080, 1920, 4)),
        ("fire.webp", (235, 320, 3)),
        ("kodim03_yuv420_8bpc.avif", (512, 768, 3)),
        ("non-motion-photo-shortened-cropped.bmp", (98, 176, 4)),
        ("pigs_in_a_polka.gif", (273, 314, 4)),
    ],
)
def test_real_files_are_read_as_by_ffmpeg(name: str, shape: tuple[int, ...]) -> None:
    path = REAL / name
    if not path.exists():
        pytest.skip("the real media are not here")
    assert read_image(path, None).shape == shape
    found = read_image(path, upright=False)
    exact = ["-sws_flags", "accurate_rnd+full_chroma_int+full_chroma_inp+bilinear"]
    difference = np.abs(found.astype(int) - by_ffmpeg(path, "rgb24", found, *exact))
    assert difference.max() == 0 if name.endswith(("png", "bmp", "gif")) else difference.mean() < 1.2
    again = decode_image(path.read_bytes(), upright=False)
    np.testing.assert_array_equal(again, found)
    with path.open("rb") as file:
        np.testing.assert_array_equal(read_image(file, upright=False), found)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("sample_still_photo.heic", UnsupportedError),
        ("clusterfuzz-testcase-minimized-avif-4914209301856256.avif", InvalidMediaError),
        ("black_large.webp", LimitExceededError),
    ],
)
def test_real_files_that_cannot_be_read_say_why(name: str, kind: type[Exception]) -> None:
    path = REAL / name
    if not path.exists():
        pytest.skip("the real media are not here")
    with pytest.raises(kind, match="expected"):
        read_image(path)


# What goes wrong


def test_what_follows_a_picture_is_passed_over() -> None:
    """Phones put a second, smaller JPEG behind the first."""
    data = encode_image(scene(40, 56), "jpeg")
    np.testing.assert_array_equal(decode_image(data + encode_image(scene(8, 8), "jpeg")), decode_image(data))
    np.testing.assert_array_equal(decode_image(data + bytes(1000)), decode_image(data))


def test_a_wrong_checksum_is_damage() -> None:
    data = bytearray(encode_image(noise(9, 9, 3)))
    data[data.index(b"IDAT") + 20] ^= 1
    with pytest.raises(InvalidMediaError, match="expected a whole png file"):
        decode_image(data)


def test_what_a_file_object_raises_comes_out_itself() -> None:
    class Broken(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            raise KeyError(size)

    with pytest.raises(KeyError):
        read_image(Broken(b"data"))


def test_a_forked_child_reads_and_writes() -> None:
    script = """
import os, sys
import numpy as np, transcode_py
image = np.arange(48, dtype=np.uint8).reshape(4, 4, 3)
data = transcode_py.encode_image(image)
child = os.fork()
if child == 0:
    found = transcode_py.decode_image(transcode_py.encode_image(image[::-1]))
    os._exit(0 if (found == image[::-1]).all() else 1)
_, status = os.waitpid(child, 0)
assert (transcode_py.decode_image(data) == image).all()
sys.exit(os.waitstatus_to_exitcode(status))
"""
    subprocess.run([sys.executable, "-W", "ignore", "-c", script], check=True, timeout=60)


@pytest.mark.parametrize("format", ["png", "jpeg", "webp", "avif", "tiff", "bmp"])
def test_part_of_a_file_is_an_error_and_never_part_of_a_picture(format: Any) -> None:
    image = noise(60, 80, 3)
    data = encode_image(image, format)
    whole = decode_image(data)
    for share in (0.1, 0.3, 0.6, 0.9):
        with pytest.raises((InvalidMediaError, UnsupportedError)):
            decode_image(data[: int(len(data) * share)])
    # Flipped bits may go unseen; what comes is then a whole picture, and the process lives.
    chance = np.random.default_rng(3)
    for _ in range(40):
        broken = bytearray(data)
        for place in chance.integers(0, len(data), 8):
            broken[place] ^= 1 << int(chance.integers(8))
        try:
            found = decode_image(bytes(broken), max_pixels=1 << 20)
        except (InvalidMediaError, UnsupportedError, LimitExceededError):
            continue
        assert found.shape[2] == 3
    np.testing.assert_array_equal(decode_image(data), whole)


def test_what_is_no_image_is_told_with_its_first_bytes(out: Path) -> None:
    with pytest.raises(InvalidMediaError, match=r"no image that is known here; .* 11 bytes that begin with 6e 6f 74"):
        decode_image(b"not a photo")
    with pytest.raises(InvalidMediaError, match="empty"):
        decode_image(b"")
    (out / "a.png").write_bytes(b"")
    with pytest.raises(InvalidMediaError, match="empty"):
        read_image(out / "a.png")
    with pytest.raises(InputNotFoundError):
        read_image(out / "none.png")
    with pytest.raises(MediaIOError):
        read_image(out)
    with pytest.raises(InvalidOptionError, match=r"read_image\(\) takes paths"):
        decode_image("a.png")  # type: ignore[arg-type]


def test_a_wrong_extension_is_no_matter_to_reading(out: Path) -> None:
    image = noise(5, 6, 3)
    path = out / "a.jpg"
    path.write_bytes(encode_image(image, "png"))
    np.testing.assert_array_equal(read_image(path), image)
    with pytest.raises(InvalidMediaError, match="expected jpeg; got png"):
        transcode_py.read_image_jpeg(path)
    np.testing.assert_array_equal(transcode_py.read_image_png(path, "rgb", dtype="uint8"), image)


@pytest.mark.parametrize("format", ["jpeg", "png", "webp", "avif", "tiff", "bmp"])
def test_a_reader_of_one_format_reads_that_one(format: Any, out: Path) -> None:
    path = out / "a.file"
    write_image(path, scene(24, 32), format=format)
    reader = getattr(transcode_py, f"read_image_{format}")
    np.testing.assert_array_equal(reader(path), read_image(path))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"mode": "bgr"}, 'expected "rgb", "rgba" or "mono"; got \'bgr\''),
        ({"mode": 3}, 'expected "rgb", "rgba", "mono" or None; got 3'),
        ({"dtype": "float32"}, 'expected "uint8", "uint16" or None; got \'float32\''),
        ({"max_pixels": 0}, "max_pixels; expected a count from 1"),
        ({"out": np.zeros((2, 2, 3), np.uint8)}, r"out: expected uint8 array of shape (5, 6, 3); got uint8 (2, 2, 3)"),
    ],
    ids=str,
)
def test_wrong_options_of_reading_are_told(options: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidOptionError) as caught:
        decode_image(encode_image(noise(5, 6, 3)), **options)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("channels", "dtype", "options", "said"),
    [
        (3, "uint8", {"format": "jpg2"}, "unknown image format; expected jpeg, png"),
        (3, "uint8", {"format": "gif"}, "GIF files are only read"),
        (3, "uint8", {"format": "png", "quality": 90}, "png keeps every sample; expected no quality"),
        (3, "uint8", {"format": "bmp", "lossless": False}, "bmp keeps every sample"),
        (3, "uint8", {"format": "jpeg", "lossless": True}, "jpeg files are not made lossless"),
        (3, "uint8", {"format": "webp", "lossless": True, "quality": 3}, "expected one of the two"),
        (3, "uint8", {"format": "jpeg", "quality": 101}, "expected a whole number from 0 to 100; got 101"),
        (3, "uint8", {"format": "jpeg", "quality": -1}, "expected a whole number from 0 to 100; got -1"),
        (3, "uint8", {"format": "jpeg", "quality": 80.5}, "expected a whole number from 0 to 100; got 80.5"),
        (3, "uint8", {"format": 3}, "format; expected the name of an image format"),
        (4, "uint8", {"format": "jpeg"}, "jpeg files have no alpha here; expected 1 or 3 channels; got 4"),
        (4, "uint8", {"format": "avif"}, "avif files have no alpha here"),
        (3, "uint16", {"format": "jpeg"}, "jpeg files are of 8 bits here; expected uint8; got uint16"),
        (3, "uint16", {"format": "webp"}, "webp files are of 8 bits here"),
    ],
    ids=str,
)
def test_wrong_options_of_writing_are_told(channels: int, dtype: str, options: dict[str, Any], said: str) -> None:
    with pytest.raises((InvalidOptionError, UnsupportedError)) as caught:
        encode_image(noise(5, 6, channels, dtype), **options)
    assert said in str(caught.value)


def test_too_large_pictures_are_refused_before_memory_is_taken(tmp_path: Path) -> None:
    rows = zlib.compress(b"\0" * 100)
    data = png(100_000, 100_000, 8, 2, rows)
    with pytest.raises(LimitExceededError, match="100000x100000"):
        decode_image(data)
    with pytest.raises(LimitExceededError, match="max_pixels=29"):
        decode_image(encode_image(noise(5, 6, 3)), max_pixels=29)
    assert decode_image(encode_image(noise(5, 6, 3)), max_pixels=30).shape == (5, 6, 3)
    with pytest.raises(LimitExceededError, match="at most 16383 pixels a side; got 16384x1"):
        encode_image(np.zeros((1, 16384), np.uint8), "webp")
    assert list(tmp_path.iterdir()) == []


# Files


def test_a_file_is_written_whole_or_not_at_all(out: Path) -> None:
    path = out / "a.png"
    image = noise(9, 9, 3)
    write_image(path, image)
    before = path.read_bytes()
    with pytest.raises(OutputExistsError):
        write_image(path, noise(4, 4, 3))
    with pytest.raises(InvalidOptionError):
        write_image(path, noise(4, 4, 3), 50, overwrite=True)
    assert path.read_bytes() == before
    write_image(path, noise(4, 4, 3), overwrite=True)
    assert read_image(path).shape == (4, 4, 3)
    with pytest.raises(InvalidOptionError, match="the name says no image format"):
        write_image(out / "a.mp4", image)
    with pytest.raises(FileNotFoundError):
        write_image(out / "none" / "a.png", image)
    with pytest.raises(InvalidOptionError, match="expected the path of a file; got a BytesIO"):
        write_image(io.BytesIO(), image)  # type: ignore[arg-type]
    assert [entry.name for entry in out.iterdir()] == ["a.png"]


def test_threads_read_and_write_at_once(out: Path) -> None:
    images = [noise(40 + n, 50, 3) for n in range(8)]
    wrong: list[object] = []

    def work(n: int) -> None:
        try:
            for turn in range(6):
                path = out / f"{n}-{turn}.png"
                write_image(path, images[n])
                if not (read_image(path) == images[n]).all():
                    wrong.append((n, turn))
        except BaseException as error:  # noqa: BLE001 - told by the test
            wrong.append(error)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_nothing_is_left_open_and_numpy_waits_until_it_is_needed(out: Path) -> None:
    path = out / "a.png"
    write_image(path, noise(9, 9, 3))
    with remains.nothing():
        for _ in range(20):
            read_image(path)
            with pytest.raises(InvalidMediaError):
                decode_image(path.read_bytes()[:90])
    script = "import sys, transcode_py; transcode_py.read_image; assert 'numpy' not in sys.modules"
    subprocess.run([sys.executable, "-c", script], check=True)
