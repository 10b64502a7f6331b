"""What a resampler should do, as a float64 model: the independent side of the tests of scaling.

Bicubic weights (Keys' family, a = -0.6, the one that FFmpeg's scaler uses by default), widened where the picture shrinks,
edges repeated, and chroma kept where its samples lie among the luma.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import reference

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

A = -0.6

# pixel format -> bits, log2 of the chroma subsampling across and down, planes
FORMATS = {
    "yuv420p": (8, 1, 1, 3),
    "yuv422p": (8, 1, 0, 3),
    "yuv444p": (8, 0, 0, 3),
    "yuva420p": (8, 1, 1, 4),
    "gray": (8, 0, 0, 1),
    "yuv420p10le": (10, 1, 1, 3),
    "yuv422p12le": (12, 1, 0, 3),
    "gray10le": (10, 0, 0, 1),
    "gbrp10le": (10, 0, 0, 3),
}


def keys(distance: NDArray[np.float64]) -> NDArray[np.float64]:
    """Bicubic weights: R. Keys, "Cubic convolution interpolation for digital image processing", 1981, equation 4."""
    x = np.abs(distance)
    near = (A + 2) * x**3 - (A + 3) * x**2 + 1
    far = A * x**3 - 5 * A * x**2 + 8 * A * x - 4 * A
    return np.where(x < 1, near, np.where(x < 2, far, 0.0))


def weights(pixels: int, wanted: int, log2: int, site: float, log2_target: int | None = None) -> NDArray[np.float64]:
    """One direction as a matrix from the samples of the source to those of the target, which may be subsampled less."""
    group, ratio = 1 << log2, pixels / wanted
    group_target = group if log2_target is None else 1 << log2_target
    source, target = -(-pixels // group), -(-wanted // group_target)
    # The pixel that a sample of the target stands for, seen in the source, and the sample that stands for that.
    luma = (np.arange(target) * group_target + site * (group_target - 1) + 0.5) * ratio - 0.5
    centre = (luma - site * (group - 1)) / group
    wide = max(1.0, ratio * group_target / group)
    matrix = np.zeros((target, source))
    first = np.floor(centre - 2 * wide).astype(int)
    for step in range(int(4 * wide) + 3):
        at = first + step
        np.add.at(matrix, (np.arange(target), np.clip(at, 0, source - 1)), keys((at - centre) / wide))
    normal: NDArray[np.float64] = matrix / matrix.sum(axis=1, keepdims=True)
    return normal


def planes(path: Path, name: str, width: int, height: int) -> list[list[NDArray[np.int64]]]:
    """Every picture of a file as its planes, by the ffmpeg program."""
    bits, log2_w, log2_h, count = FORMATS[name]
    data = np.frombuffer(
        reference.ffmpeg("-i", path, "-fps_mode", "passthrough", "-pix_fmt", name, "-f", "rawvideo", "-"),
        np.uint8 if bits == 8 else np.dtype("<u2"),
    ).astype(np.int64)
    small = -(-width // (1 << log2_w)), -(-height // (1 << log2_h))
    sizes = [small if index in (1, 2) else (width, height) for index in range(count)]
    out = []
    while len(data):
        picture = []
        for w, h in sizes:
            picture.append(data[: w * h].reshape(h, w))
            data = data[w * h :]
        out.append(picture)
    return out


def scaled(
    picture: list[NDArray[np.int64]],
    name: str,
    source: tuple[int, int],
    target: tuple[int, int],
    site: tuple[float, float],
    log2_target: int | None = None,
) -> list[NDArray[np.float64]]:
    """The planes as the model scales them; `log2_target` is the subsampling of the result where it is another."""
    bits, log2_w, log2_h, _ = FORMATS[name]
    out = []
    for index, plane in enumerate(picture):
        subsampled = (log2_w, log2_h) if index in (1, 2) else (0, 0)
        across, down = (weights(source[i], target[i], subsampled[i], site[i], log2_target) for i in (0, 1))
        out.append(np.clip(down @ plane @ across.T, 0, (1 << bits) - 1))
    return out
