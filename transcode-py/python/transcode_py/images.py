"""Single pictures: image files read into arrays, and arrays written as image files."""

from __future__ import annotations

from . import _native
from .arguments import dtype_name, is_whole
from .arrays import from_memory
from .errors import InvalidOptionError
from .files import Opened
from .media import source, target
from .watch import watch

TYPE_CHECKING = False
if TYPE_CHECKING:
    from os import PathLike
    from typing import Any, Literal, Unpack

    import numpy
    from numpy.typing import NDArray

    from .typed import Input, ReadImageOptions

    _Mode = Literal["rgb", "rgba", "mono"] | None
    _Format = Literal["jpeg", "png", "webp", "avif", "tiff", "bmp"]

__all__ = [
    "decode_image",
    "encode_image",
    "read_image",
    "read_image_avif",
    "read_image_bmp",
    "read_image_jpeg",
    "read_image_png",
    "read_image_tiff",
    "read_image_webp",
    "write_image",
]

_BEST = 100
# What the native module counts pixels in.
_MOST_PIXELS = (1 << 32) - 1


def read_image(
    input: Input,
    mode: _Mode = "rgb",
    *,
    dtype: Any = None,
    upright: bool = True,
    max_pixels: int = 67_108_864,
    out: Any = None,
) -> NDArray[Any]:
    """Read an image file: JPEG, PNG, WebP, AVIF, TIFF, BMP, or the first picture of a GIF, told by what is in it.

    Samples are those that are stored: colour profiles are not applied, gray and RGB come out to the bit, and only what is
    stored as luma and colour differences (JPEG, AVIF, most WebP) is converted. A damaged file is an error, and never part
    of a picture. The GIL is free meanwhile.

    Args:
        input: A local path, `bytes`-like data or a binary file object.
        mode: `"rgb"`, `"rgba"`, `"mono"`, or `None` for the channels that are stored: 1 gray, 2 gray and alpha, 3 RGB,
            4 RGB and alpha. Alpha that is not asked for is left out, and the colours beneath it stay as they are;
            colours become gray by their luma.
        dtype: `"uint8"` or `"uint16"`; `None` takes `uint16` where more than 8 bits are stored.
        upright: Turn the picture as its Exif orientation says that it is to be shown.
        max_pixels: Refuse a picture of more pixels, before memory is taken for it.
        out: An array of the picture's shape and type to fill and return, in place of a new one.

    Returns:
        An array of shape (H, W, C), writable, in memory of its own.

    Raises:
        InputNotFoundError: There is no such file.
        InvalidMediaError: It is no image, or damaged.
        InvalidOptionError: A mode, dtype or `out` is wrong.
        LimitExceededError: It has more than `max_pixels`.
        UnsupportedError: This FFmpeg cannot decode it, or NumPy is not installed.

    Example:
        ```python
        image = transcode_py.read_image("photo.jpg")
        print(image.shape, image.dtype)
        ```
    """
    return _read(None, input, mode, dtype=dtype, upright=upright, max_pixels=max_pixels, out=out)


def decode_image(
    data: bytes | bytearray | memoryview, mode: _Mode = "rgb", **options: Unpack[ReadImageOptions]
) -> NDArray[Any]:
    """Decode an image file that is in memory, as `read_image()` reads one.

    Args:
        data: All bytes of the file, as `bytes` or anything like it.
        mode: `"rgb"`, `"rgba"`, `"mono"`, or `None` for the channels that are stored.
        **options: Those of `read_image()`.

    Returns:
        An array of shape (H, W, C).

    Raises:
        TranscodeError: One of its kinds, as from `read_image()`.
    """
    try:
        data = data if isinstance(data, bytes) else bytes(memoryview(data))
    except TypeError as error:
        message = f"data; expected the bytes of an image file; got a {type(data).__name__}; read_image() takes paths"
        raise InvalidOptionError(message) from error
    return _read(None, data, mode, **options)


def read_image_avif(input: Input, mode: _Mode = "rgb", **options: Unpack[ReadImageOptions]) -> NDArray[Any]:
    """Read an AVIF file as `read_image()` does, and refuse other formats."""
    return _read("avif", input, mode, **options)


def read_image_bmp(input: Input, mode: _Mode = "rgb", **options: Unpack[ReadImageOptions]) -> NDArray[Any]:
    """Read a BMP file as `read_image()` does, and refuse other formats."""
    return _read("bmp", input, mode, **options)


def read_image_jpeg(input: Input, mode: _Mode = "rgb", **options: Unpack[ReadImageOptions]) -> NDArray[Any]:
    """Read a JPEG file as `read_image()` does, and refuse other formats."""
    return _read("jpeg", input, mode, **options)


def read_image_png(input: Input, mode: _Mode = "rgb", **options: Unpack[ReadImageOptions]) -> NDArray[Any]:
    """Read a PNG file as `read_image()` does, and refuse other formats."""
    return _read("png", input, mode, **options)


def read_image_tiff(input: Input, mode: _Mode = "rgb", **options: Unpack[ReadImageOptions]) -> NDArray[Any]:
    """Read a TIFF file, of several pages the first, as `read_image()` does, and refuse other formats."""
    return _read("tiff", input, mode, **options)


def read_image_webp(input: Input, mode: _Mode = "rgb", **options: Unpack[ReadImageOptions]) -> NDArray[Any]:
    """Read a WebP file as `read_image()` does, and refuse other formats."""
    return _read("webp", input, mode, **options)


def encode_image(
    array: Any, format: _Format = "png", quality: int | None = None, *, lossless: bool | None = None
) -> bytes:
    """Encode an array as the bytes of an image file.

    Args:
        array: `uint8` of shape (H, W, C) or (H, W), of 1 gray, 2 gray and alpha, 3 RGB, or 4 RGB and alpha channels;
            `uint16` for PNG and TIFF. Any strides, NumPy or whatever has the buffer protocol or DLPack, such as tensors
            of torch on the CPU.
        format: `"jpeg"`, `"png"`, `"webp"`, `"avif"`, `"tiff"` or `"bmp"`.
        quality: From 0 (smallest) to 100 (best), of JPEG, WebP and AVIF; by default 90, 80 and 70. JPEG's is that of the
            Independent JPEG Group's library. From 90 on JPEG and AVIF keep the full size of colour.
        lossless: Whether WebP keeps every sample; by default it does not. PNG, TIFF and BMP always do.

    Returns:
        The bytes of the file.

    Raises:
        InvalidOptionError: The array is no such picture, or the format takes no such option.
        LimitExceededError: The format has no pictures of that size.
        UnsupportedError: This FFmpeg cannot encode the format.

    Example:
        ```python
        data = transcode_py.encode_image(image, "jpeg", quality=85)
        ```
    """
    _check(quality, lossless)
    with _native.write_image(array, None, _format(format), quality, lossless, False) as task:
        data: bytes = watch(task, None)
    return data


def write_image(
    path: str | PathLike[str] | PathLike[bytes],
    array: Any,
    quality: int | None = None,
    *,
    format: _Format | None = None,
    lossless: bool | None = None,
    overwrite: bool = False,
) -> None:
    """Write an array as an image file. The name holds either what it held before or all of the new file.

    Args:
        path: Where to. Its extension says the format.
        array: As `encode_image()` takes it.
        quality: As in `encode_image()`.
        format: The format, where the name does not say it.
        lossless: As in `encode_image()`.
        overwrite: Replace a file of that name.

    Raises:
        InvalidOptionError: As from `encode_image()`, or the name says no format.
        MediaIOError: The file cannot be written.
        OutputExistsError: It is there, and `overwrite` is off.
        TranscodeError: Another of its kinds, as from `encode_image()`.
    """
    if not isinstance(path, str) and not hasattr(path, "__fspath__"):
        got = "None" if path is None else f"a {type(path).__name__}"
        message = f"path; expected the path of a file; got {got}; encode_image() gives the bytes to write elsewhere"
        raise InvalidOptionError(message)
    _check(quality, lossless)
    named = None if format is None else _format(format)
    with _native.write_image(array, target(path), named, quality, lossless, bool(overwrite)) as task:
        watch(task, None)


def _read(
    format: str | None,
    input: Any,
    mode: Any,
    *,
    dtype: Any = None,
    upright: bool = True,
    max_pixels: int = 67_108_864,
    out: Any = None,
) -> NDArray[Any]:
    if mode is not None and not isinstance(mode, str):
        message = f'mode; expected "rgb", "rgba", "mono" or None; got {mode!r}; name one as text'
        raise InvalidOptionError(message)
    if not is_whole(max_pixels, 1, _MOST_PIXELS):
        message = f"max_pixels; expected a count from 1 to {_MOST_PIXELS}; got {max_pixels!r}; pass one of these"
        raise InvalidOptionError(message)
    deep = _deep(dtype)
    with (
        Opened(source(input)) as (media, _),
        _native.read_image(media, format, mode, deep, bool(upright), max_pixels) as task,
    ):
        memory: _native.Memory = watch(task, None)
    if out is None:
        image: NDArray[numpy.uint8 | numpy.uint16] = from_memory(memory)
        return image
    _native.fill(memory, out)
    filled: NDArray[Any] = out
    return filled


def _deep(dtype: Any) -> bool | None:
    if dtype is None:
        return None
    name = dtype_name(dtype)
    if name not in ("uint8", "uint16"):
        message = f'dtype; expected "uint8", "uint16" or None; got {name!r}; convert the array afterwards'
        raise InvalidOptionError(message)
    return bool(name == "uint16")


def _format(format: Any) -> str:
    if not isinstance(format, str):
        message = f'format; expected the name of an image format such as "png"; got {format!r}; name one as text'
        raise InvalidOptionError(message)
    return format


def _check(quality: Any, lossless: Any) -> None:
    if quality is not None and not is_whole(quality, 0, _BEST):
        message = f"quality; expected a whole number from 0 to 100; got {quality!r}; 100 is the best"
        raise InvalidOptionError(message)
    if lossless is not None and not isinstance(lossless, bool):
        message = f"lossless; expected True, False or None; got {lossless!r}; pass one of these"
        raise InvalidOptionError(message)
