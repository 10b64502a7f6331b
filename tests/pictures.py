"""Pictures to test images with, and what the ffmpeg program makes of them."""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING, Any

import numpy as np
import reference

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


def png(width: int, height: int, depth: int, kind: int, rows: bytes, *chunks: tuple[bytes, bytes]) -> bytes:
    """A PNG file of raw rows, each with its filter byte."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, 0)
    middle = b"".join(chunk(*each) for each in chunks)
    body = chunk(b"IDAT", zlib.compress(rows))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + middle + body + chunk(b"IEND", b"")
