"""Pictures to write, and what the ffmpeg program reads of what was written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import reference

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

Array = np.ndarray[Any, Any]


def noise(frames: int, *shape: int, dtype: Any = np.uint8, most: int | None = None, seed: int = 7) -> Array:
    """Pictures in which no sample is like its neighbour."""
    most = np.iinfo(dtype).max if most is None else most
    return np.random.default_rng(seed).integers(0, most + 1, (frames, *shape), dtype=dtype)


def scene(frames: int, height: int, width: int) -> NDArray[np.uint8]:
    """Soft shapes of every colour that move, in RGB."""
    y, x = np.mgrid[0:height, 0:width] / max(height, width) * 2 * np.pi
    waves = [
        np.stack([np.sin(x + t / 9), np.cos(y * 2 - t / 7), np.sin(x + y + t / 5)], axis=-1) for t in range(frames)
    ]
    return np.round(127.5 + 100 * np.stack(waves)).astype(np.uint8)


def raw(path: Path, pixel_format: str, dtype: Any = np.uint8) -> Array:
    """All samples of a video in a format, as the ffmpeg program decodes it, one after another."""
    flags = "bicubic+accurate_rnd+full_chroma_int+full_chroma_inp"
    command: list[str | Path] = [
        "-i",
        path,
        "-map",
        "0:v",
        "-fps_mode",
        "passthrough",
        "-sws_flags",
        flags,
        "-pix_fmt",
        pixel_format,
    ]
    return np.frombuffer(reference.ffmpeg(*command, "-f", "rawvideo", "-"), dtype)


def psnr(a: Array, b: Array, most: float = 255) -> float:
    """Decibels between two arrays of samples, in double precision."""
    error = np.mean((a.astype(np.float64).ravel() - b.astype(np.float64).ravel()) ** 2)
    return float("inf") if error == 0 else float(10 * np.log10(most**2 / error))
