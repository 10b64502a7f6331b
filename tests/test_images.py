"""Image files in and out of arrays, to the bit where the format can, against the ffmpeg program both ways."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import reference
from pictures import LOSSLESS, SIZES, by_ffmpeg, made_by_ffmpeg, noise, png, scene
from transcode_py import (
    InvalidMediaError,
    LimitExceededError,
    UnsupportedError,
    decode_image,
    encode_image,
    read_image,
    write_image,
)

from media import REAL

if TYPE_CHECKING:
    from pathlib import Path

    from twins import Arrays

    from media import Shelf


# To the bit


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("format", LOSSLESS)
def test_rgb_and_alpha_come_back_to_the_bit(format: Any, size: tuple[int, int], arrays: Arrays) -> None:
    for mode, channels in (("rgb", 3), ("rgba", 4)):
        image = noise(*size, channels)
        data = encode_image(arrays.of(image), format, **LOSSLESS[format])
        found = decode_image(data, mode=mode)  # type: ignore[arg-type]
        np.testing.assert_array_equal(arrays.to_numpy(found), image)
        assert (found.dtype, found.flags.writeable, found.flags.c_contiguous) == (np.dtype("uint8"), True, True)


@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("format", ["png", "tiff"])
def test_what_is_stored_comes_back_as_it_is(format: Any, channels: int, dtype: str, arrays: Arrays) -> None:
    image = noise(31, 23, channels, dtype)
    data = encode_image(arrays.of(image), format)
    found = decode_image(data, mode=None)
    assert found.dtype == image.dtype
    np.testing.assert_array_equal(arrays.to_numpy(found), image)
    given = arrays.of(np.zeros_like(image))
    assert decode_image(data, mode=None, out=given) is given
    np.testing.assert_array_equal(arrays.to_numpy(given), image)


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
    format: Any, pixels: str, channels: int, dtype: str, out: Path, arrays: Arrays
) -> None:
    image = noise(37, 53, channels, dtype)
    ours = out / f"ours.{format}"
    write_image(ours, arrays.of(image))
    np.testing.assert_array_equal(by_ffmpeg(ours, pixels, image), image)
    theirs = made_by_ffmpeg(out / f"theirs.{format}", image, pixels)
    np.testing.assert_array_equal(arrays.to_numpy(read_image(theirs, None)), image)


@pytest.mark.parametrize("format", ["bmp", "webp"])
def test_the_ffmpeg_program_reads_and_writes_the_same_rgb(format: Any, out: Path, arrays: Arrays) -> None:
    image = noise(37, 53, 3)
    ours = out / f"ours.{format}"
    write_image(ours, arrays.of(image), **LOSSLESS[format])
    np.testing.assert_array_equal(by_ffmpeg(ours, "rgb24", image), image)
    theirs = made_by_ffmpeg(out / f"theirs.{format}", image, "rgb24", *(["-lossless", "1"] * (format == "webp")))
    np.testing.assert_array_equal(arrays.to_numpy(read_image(theirs)), image)


def test_a_palette_becomes_its_colours_and_keeps_its_alpha(arrays: Arrays) -> None:
    colours = bytes([10, 20, 30, 200, 100, 50, 255, 0, 128])
    rows = bytes([0, 0, 1, 2, 0, 2, 1, 0])
    expected = np.frombuffer(colours, np.uint8).reshape(3, 3)[[[0, 1, 2], [2, 1, 0]]]
    plain = decode_image(png(3, 2, 8, 3, rows, (b"PLTE", colours)), None)
    np.testing.assert_array_equal(arrays.to_numpy(plain), expected)
    clear = png(3, 2, 8, 3, rows, (b"PLTE", colours), (b"tRNS", bytes([255, 40, 0])))
    seen = arrays.to_numpy(decode_image(clear, None))
    np.testing.assert_array_equal(seen[..., :3], expected)
    np.testing.assert_array_equal(seen[..., 3], np.array([[255, 40, 0], [0, 40, 255]]))
    np.testing.assert_array_equal(arrays.to_numpy(decode_image(clear)), expected)


def test_one_bit_becomes_black_and_white(arrays: Arrays) -> None:
    found = arrays.to_numpy(decode_image(png(9, 2, 1, 0, bytes([0, 0b10110010, 0b10000000, 0, 0b01001101, 0])), None))
    bits = [[1, 0, 1, 1, 0, 0, 1, 0, 1], [0, 1, 0, 0, 1, 1, 0, 1, 0]]
    np.testing.assert_array_equal(found[..., 0], np.array(bits) * 255)


def test_interlaced_and_filtered_files_are_read(out: Path, arrays: Arrays) -> None:
    image = scene(67, 93)
    path = made_by_ffmpeg(out / "a.png", image, "rgb24", "-pred", "mixed", "-flags", "+ildct")
    np.testing.assert_array_equal(arrays.to_numpy(read_image(path)), image)


@pytest.mark.parametrize("packing", ["raw", "packbits", "lzw", "deflate"])
def test_tiff_of_every_packing_is_read(packing: str, out: Path, arrays: Arrays) -> None:
    image = scene(67, 93)
    path = made_by_ffmpeg(out / "a.tiff", image, "rgb24", "-compression_algo", packing)
    np.testing.assert_array_equal(arrays.to_numpy(read_image(path)), image)
    # A cut file is an error, however it is packed.
    data = path.read_bytes()
    with pytest.raises(InvalidMediaError):
        decode_image(data[: len(data) // 2])


def test_of_a_moving_gif_the_first_picture_is_read(shelf: Shelf, arrays: Arrays) -> None:
    path = shelf["palette.gif"]
    found = arrays.to_numpy(read_image(path))
    assert found.shape == (120, 160, 3)
    np.testing.assert_array_equal(found, by_ffmpeg(path, "rgb24", found))


def test_of_a_moving_png_the_still_picture_is_read_with_a_warning(
    out: Path, caplog: pytest.LogCaptureFixture, arrays: Arrays
) -> None:
    path = out / "a.png"
    reference.ffmpeg("-f", "lavfi", "-i", "testsrc2=size=64x48:rate=10,trim=duration=0.5", "-f", "apng", path)
    found = arrays.to_numpy(read_image(path))
    np.testing.assert_array_equal(found, by_ffmpeg(path, "rgb24", found))
    assert [record.getMessage().split(":")[0] for record in caplog.records] == ["the PNG is animated"]


def test_a_moving_webp_is_told(out: Path) -> None:
    path = out / "a.webp"
    reference.ffmpeg("-f", "lavfi", "-i", "testsrc2=size=64x48:rate=10,trim=duration=0.5", "-c:v", "libwebp_anim", path)
    with pytest.raises(UnsupportedError, match="an animated WebP; expected a single picture"):
        read_image(path)


# Modes and depths


def test_modes_choose_the_channels(arrays: Arrays) -> None:
    image = noise(11, 7, 4)
    data = encode_image(arrays.of(image))
    np.testing.assert_array_equal(arrays.to_numpy(decode_image(data, "rgb")), image[..., :3])
    np.testing.assert_array_equal(arrays.to_numpy(decode_image(data, "rgba")), image)
    luma = image[..., :3].astype(float) @ [0.299, 0.587, 0.114]
    mono = arrays.to_numpy(decode_image(data, "mono"))
    assert mono.shape == (11, 7, 1)
    assert np.abs(mono[..., 0] - luma).max() <= 0.51
    gray = encode_image(arrays.of(image[..., 0]))
    np.testing.assert_array_equal(arrays.to_numpy(decode_image(gray, None)), image[..., :1])
    np.testing.assert_array_equal(arrays.to_numpy(decode_image(gray, "rgb")), image[..., :1].repeat(3, -1))
    np.testing.assert_array_equal(arrays.to_numpy(decode_image(gray, "rgba"))[..., 3], np.full((11, 7), 255))


def test_depths_are_chosen_and_white_stays_white(arrays: Arrays) -> None:
    deep = noise(20, 30, 3, "uint16")
    deep[0, 0] = 65535
    deep[0, 1] = 0
    data = encode_image(arrays.of(deep))
    assert arrays.to_numpy(decode_image(data)).dtype == np.uint16
    for name in ("uint8", np.uint8, np.dtype("uint8")):
        narrow = decode_image(data, dtype=name)
        np.testing.assert_array_equal(arrays.to_numpy(narrow), np.round(deep / 257).astype(np.uint8))
    wide = decode_image(encode_image(arrays.of(narrow)), dtype="uint16")
    np.testing.assert_array_equal(arrays.to_numpy(wide), narrow.astype(np.uint16) * 257)


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
def test_real_files_are_read_as_by_ffmpeg(name: str, shape: tuple[int, ...], arrays: Arrays) -> None:
    path = REAL / name
    if not path.exists():
        pytest.skip("the real media are not here")
    assert read_image(path, None).shape == shape
    found = arrays.to_numpy(read_image(path, upright=False))
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
