"""Colour bars by formula: what a picture's numbers are for a colour, and which colour its tags make of them.

All in float64 after ITU-T H.273, so that neither FFmpeg's scaler nor ours judges itself.
"""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import reference

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

WIDTH, HEIGHT = 256, 64

# Matrix -> share of red and blue in the luma; primaries and transfer that go with it.
SHARES = {
    "smpte170m": (0.299, 0.114),
    "bt470bg": (0.299, 0.114),
    "bt709": (0.2126, 0.0722),
    "bt2020nc": (0.2627, 0.0593),
}
PARTNERS = {
    "smpte170m": ("smpte170m", "smpte170m"),
    "bt470bg": ("bt470bg", "bt470bg"),
    "bt709": ("bt709", "bt709"),
    "bt2020nc": ("bt2020", "smpte2084"),
}
ORDER = [(1, 1, 1), (1, 1, 0), (0, 1, 1), (0, 1, 0), (1, 0, 1), (1, 0, 0), (0, 0, 1), (0, 0, 0)]


@dataclass(frozen=True)
class Coding:
    """How numbers stand for colours."""

    matrix: str
    range: str
    depth: int

    @property
    def layout(self) -> str:
        """The pixel format of bars coded so."""
        return "yuv420p" if self.depth == 8 else f"yuv420p{self.depth}le"

    @property
    def tags(self) -> dict[str, str]:
        """What ffprobe says of pictures coded so."""
        primaries, transfer = PARTNERS[self.matrix]
        return {
            "color_range": self.range,
            "color_space": self.matrix,
            "color_transfer": transfer,
            "color_primaries": primaries,
        }


def colours(width: int = WIDTH, height: int = HEIGHT) -> NDArray[np.float64]:
    """Eight bars, three quarters bright above and full below: height, width, red-green-blue from 0 to 1."""
    bars = np.array(ORDER, np.float64).repeat(width // 8, axis=0)
    return np.concatenate([np.broadcast_to(bars * level, (height // 2, width, 3)) for level in (0.75, 1)])


def spots(picture: NDArray[Any]) -> NDArray[Any]:
    """The middle of each bar, where no filter's ringing reaches: 16 values of as many components as there are."""
    height, width = picture.shape[:2]
    columns = [(2 * bar + 1) * width // 16 for bar in range(8)]
    return np.stack([picture[height * row // 4, column] for row in (1, 3) for column in columns])


def planes(coding: Coding) -> list[NDArray[np.float64]]:
    """Y, Cb and Cr of the bars, 4:2:0, before rounding."""
    red, blue = SHARES[coding.matrix]
    picture = colours()
    luma = picture @ [red, 1 - red - blue, blue]
    chroma = [(picture[..., 2] - luma) / (2 - 2 * blue), (picture[..., 0] - luma) / (2 - 2 * red)]
    unit, most = 2 ** (coding.depth - 8), 2**coding.depth - 1
    if coding.range == "tv":
        return [(16 + 219 * luma) * unit, *((128 + 224 * plane[::2, ::2]) * unit for plane in chroma)]
    return [luma * most, *(plane[::2, ::2] * most + 2 ** (coding.depth - 1) for plane in chroma)]


def rounded(values: NDArray[np.float64], depth: int) -> NDArray[Any]:
    """As the integers of a sample format."""
    return np.clip(np.rint(values), 0, 2**depth - 1).astype("<u2" if depth > 8 else "u1")


def write(path: Path, data: bytes, layout: str, size: tuple[int, int], *options: str) -> Path:
    """Have ffmpeg store raw pictures without loss."""
    command = ["ffmpeg", "-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", layout, "-s", f"{size[0]}x{size[1]}"]
    subprocess.run([*command, "-r", "25", "-i", "-", *options, str(path)], input=data, check=True)
    return path


def tagging(coding: Coding) -> list[str]:
    """Options of the ffmpeg program that mark frames and stream."""
    primaries, transfer = PARTNERS[coding.matrix]
    marks = (
        f"setparams=range={coding.range}:color_primaries={primaries}:color_trc={transfer}:colorspace={coding.matrix}"
    )
    own = {"bt470bg": "gamma28"}.get(transfer, transfer)
    named = ["-color_range", coding.range, "-colorspace", coding.matrix, "-color_primaries", primaries]
    return ["-vf", marks, *named, "-color_trc", own]


def clip(folder: Path, coding: Coding, frames: int = 2) -> Path:
    """A lossless clip of the bars, tagged; made once."""
    path = folder / f"bars-{coding.matrix}-{coding.range}-{coding.depth}.mkv"
    if not path.exists():
        data = b"".join(rounded(plane, coding.depth).tobytes() for plane in planes(coding)) * frames
        write(path, data, coding.layout, (WIDTH, HEIGHT), *tagging(coding), "-c:v", "ffv1")
    return path


def rgb_clip(folder: Path, depth: int = 8, width: int = WIDTH, height: int = HEIGHT) -> Path:
    """The bars as red, green and blue, untagged."""
    path = folder / f"bars-rgb{depth}-{width}.mkv"
    if not path.exists():
        picture = rounded(colours(width, height)[..., [1, 2, 0]] * (2**depth - 1), depth)
        data = np.ascontiguousarray(picture.transpose(2, 0, 1)).tobytes() * 2
        write(path, data, "gbrp" if depth == 8 else f"gbrp{depth}le", (width, height), "-c:v", "ffv1")
    return path


def first_planes(path: Path) -> tuple[dict[str, Any], list[NDArray[np.float64]]]:
    """What ffprobe says of a stream, and the samples of its first picture just as they are decoded."""
    stream = reference.stream(path, "video")
    layout, width, height = stream["pix_fmt"].replace("yuvj", "yuv"), stream["width"], stream["height"]
    data = reference.ffmpeg("-i", path, "-frames:v", "1", "-f", "rawvideo", "-")
    deep = layout.endswith("le")
    values = np.frombuffer(data, "<u2" if deep else "u1").astype(np.float64)
    stream["depth"] = int("".join(filter(str.isdigit, layout))[-2:]) if deep else 8
    if layout in {"bgr0", "bgra"}:
        return stream, list(values.reshape(height, width, 4)[..., [1, 0, 2]].transpose(2, 0, 1))
    across, down = {"420": (2, 2), "422": (2, 1)}.get(layout[3:6], (1, 1))
    shapes = [(height, width)]
    if not layout.startswith("gray"):
        shapes += [(height // down, width // across)] * 2
    ends = np.cumsum([rows * columns for rows, columns in shapes])
    parts = np.split(values, ends)[: len(shapes)]
    return stream, [part.reshape(shape) for part, shape in zip(parts, shapes, strict=True)]


def shown(path: Path) -> NDArray[np.float64]:
    """The colours of the first picture's bars as its tags mean them, 0 to 255: 16 spots of red, green and blue."""
    stream, parts = first_planes(path)
    depth = int(stream["depth"])
    most, unit = 2**depth - 1, 2 ** (depth - 8)
    values: list[NDArray[np.float64]] = [spots(part[..., None])[:, 0] for part in parts]
    if stream["pix_fmt"].startswith(("gbr", "bgr")):
        rgb: NDArray[np.float64] = np.stack([values[2], values[0], values[1]], axis=1) / most * 255
        return rgb
    full = stream.get("color_range") == "pc"
    luma = values[0] / most if full else (values[0] - 16 * unit) / (219 * unit)
    if len(values) == 1:
        gray: NDArray[np.float64] = np.stack([luma] * 3, axis=1) * 255
        return gray
    half = 2 ** (depth - 1)
    blues, reds = ((part - half) / (most if full else 224 * unit) for part in values[1:])
    red, blue = SHARES[stream["color_space"]]
    r, b = luma + (2 - 2 * red) * reds, luma + (2 - 2 * blue) * blues
    colour: NDArray[np.float64] = np.stack([r, (luma - red * r - blue * b) / (1 - red - blue), b], axis=1)
    return colour * 255


def expected(gray_by: str | None = None) -> NDArray[np.float64]:
    """What `shown` should give: the bars, or their brightness by a matrix."""
    wanted: NDArray[np.float64] = spots(colours())
    if gray_by:
        red, blue = SHARES[gray_by]
        wanted = np.repeat((wanted @ [red, 1 - red - blue, blue])[:, None], 3, axis=1)
    return wanted * 255
