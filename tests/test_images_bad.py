"""Images that are damaged, wrong or too large, and files that are written whole or not at all."""

from __future__ import annotations

import io
import subprocess
import sys
import threading
import zlib
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import remains
import transcode_py
from pictures import noise, png, scene
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

if TYPE_CHECKING:
    from pathlib import Path

    from twins import Arrays


# What goes wrong


def test_what_follows_a_picture_is_passed_over(arrays: Arrays) -> None:
    """Phones put a second, smaller JPEG behind the first."""
    data = encode_image(arrays.of(scene(40, 56)), "jpeg")
    whole = decode_image(data)
    for more in (encode_image(arrays.of(scene(8, 8)), "jpeg"), bytes(1000)):
        np.testing.assert_array_equal(arrays.to_numpy(decode_image(data + more)), whole)


def test_a_wrong_checksum_is_damage(arrays: Arrays) -> None:
    data = bytearray(encode_image(arrays.of(noise(9, 9, 3))))
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
def test_part_of_a_file_is_an_error_and_never_part_of_a_picture(format: Any, arrays: Arrays) -> None:
    image = noise(60, 80, 3)
    data = encode_image(arrays.of(image), format)
    whole = decode_image(data)
    given = arrays.of(np.full_like(image, 9))
    for share in (0.1, 0.3, 0.6, 0.9):
        with pytest.raises((InvalidMediaError, UnsupportedError)):
            decode_image(data[: int(len(data) * share)], out=given)
    assert (given == 9).all()
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
    np.testing.assert_array_equal(arrays.to_numpy(decode_image(data)), whole)


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


def test_a_wrong_extension_is_no_matter_to_reading(out: Path, arrays: Arrays) -> None:
    image = noise(5, 6, 3)
    path = out / "a.jpg"
    path.write_bytes(encode_image(arrays.of(image), "png"))
    np.testing.assert_array_equal(arrays.to_numpy(read_image(path)), image)
    with pytest.raises(InvalidMediaError, match="expected jpeg; got png"):
        transcode_py.read_image_jpeg(path)
    found = transcode_py.read_image_png(path, "rgb", dtype="uint8")
    np.testing.assert_array_equal(arrays.to_numpy(found), image)


@pytest.mark.parametrize("format", ["jpeg", "png", "webp", "avif", "tiff", "bmp"])
def test_a_reader_of_one_format_reads_that_one(format: Any, out: Path, arrays: Arrays) -> None:
    path = out / "a.file"
    write_image(path, arrays.of(scene(24, 32)), format=format)
    reader = getattr(transcode_py, f"read_image_{format}")
    given = arrays.of(np.zeros((24, 32, 3), np.uint8))
    assert reader(path, out=given) is given
    for found in (reader(path), given):
        np.testing.assert_array_equal(arrays.to_numpy(found), read_image(path))


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
def test_wrong_options_of_reading_are_told(options: dict[str, Any], said: str, arrays: Arrays) -> None:
    options = {name: arrays.of(value) for name, value in options.items()}
    with pytest.raises(InvalidOptionError) as caught:
        decode_image(encode_image(arrays.of(noise(5, 6, 3))), **options)
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
def test_wrong_options_of_writing_are_told(
    channels: int, dtype: str, options: dict[str, Any], said: str, arrays: Arrays
) -> None:
    with pytest.raises((InvalidOptionError, UnsupportedError)) as caught:
        encode_image(arrays.of(noise(5, 6, channels, dtype)), **options)
    assert said in str(caught.value)


def test_too_large_pictures_are_refused_before_memory_is_taken(tmp_path: Path, arrays: Arrays) -> None:
    rows = zlib.compress(b"\0" * 100)
    data = png(100_000, 100_000, 8, 2, rows)
    with pytest.raises(LimitExceededError, match="100000x100000"):
        decode_image(data)
    with pytest.raises(LimitExceededError, match="max_pixels=29"):
        decode_image(encode_image(arrays.of(noise(5, 6, 3))), max_pixels=29)
    assert decode_image(encode_image(arrays.of(noise(5, 6, 3))), max_pixels=30).shape == (5, 6, 3)
    with pytest.raises(LimitExceededError, match="at most 16383 pixels a side; got 16384x1"):
        encode_image(arrays.of(np.zeros((1, 16384), np.uint8)), "webp")
    assert list(tmp_path.iterdir()) == []


# Files


def test_a_file_is_written_whole_or_not_at_all(out: Path, arrays: Arrays) -> None:
    path = out / "a.png"
    image, other = arrays.of(noise(9, 9, 3)), arrays.of(noise(4, 4, 3))
    write_image(path, image)
    before = path.read_bytes()
    with pytest.raises(OutputExistsError):
        write_image(path, other)
    with pytest.raises(InvalidOptionError):
        write_image(path, other, 50, overwrite=True)
    assert path.read_bytes() == before
    write_image(path, other, overwrite=True)
    assert read_image(path).shape == (4, 4, 3)
    with pytest.raises(InvalidOptionError, match="the name says no image format"):
        write_image(out / "a.mp4", image)
    with pytest.raises(FileNotFoundError):
        write_image(out / "none" / "a.png", image)
    with pytest.raises(InvalidOptionError, match="expected the path of a file; got a BytesIO"):
        write_image(io.BytesIO(), image)  # type: ignore[arg-type]
    with pytest.raises(InvalidOptionError, match=f"expected the path of a file; got a {arrays.type.__name__}"):
        write_image(image, out / "b.png")
    assert [entry.name for entry in out.iterdir()] == ["a.png"]


def test_threads_read_and_write_at_once(out: Path, arrays: Arrays) -> None:
    images = [noise(40 + n, 50, 3) for n in range(8)]
    wrong: list[object] = []

    def work(n: int) -> None:
        try:
            for turn in range(6):
                path = out / f"{n}-{turn}.png"
                write_image(path, arrays.of(images[n]))
                if not (arrays.to_numpy(read_image(path)) == images[n]).all():
                    wrong.append((n, turn))
        except BaseException as error:  # noqa: BLE001 - told by the test
            wrong.append(error)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_nothing_is_left_open_and_numpy_waits_until_it_is_needed(out: Path, arrays: Arrays) -> None:
    path = out / "a.png"
    given = arrays.of(noise(9, 9, 3))
    write_image(path, given)
    with remains.nothing():
        for _ in range(20):
            read_image(path, out=given)
            read_image(path)
            with pytest.raises(InvalidMediaError):
                decode_image(path.read_bytes()[:90])
    script = "import sys, transcode_py; transcode_py.read_image; assert 'numpy' not in sys.modules"
    subprocess.run([sys.executable, "-c", script], check=True)
