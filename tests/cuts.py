"""What a trimmed file is held against: a decode of the whole, by FFmpeg's own program."""

from __future__ import annotations

import random
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import reference

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TICK = Fraction(1, 1000)  # times of Matroska are rounded to a millisecond, and so may be those that are cut


def decoded(path: Path, *options: str) -> list[reference.Frame]:
    """All pictures of the first video, at the times that `start` counts in: the whole file decides where 0 is."""
    return reference.frames(path, *options, "-map", "0:V:0", "-map", "0:a?")[0]


def spans(name: str, frames: list[reference.Frame], count: int) -> Iterator[tuple[float, float]]:
    """Starts and ends drawn for one file, away from the very time of a picture where rounding would decide."""
    rng = random.Random(name)  # noqa: S311
    times = [frame.time for frame in frames]
    while count:
        start, end = sorted(round(rng.uniform(0, float(times[-1])), 3) for _ in range(2))
        near = any(abs(time - Fraction(at)) <= TICK for time in times for at in (start, end))
        # FFmpeg's decoder keeps the last picture back where few follow an H.264 keyframe that is no IDR picture.
        short = name == "opengop.ts" and end - start < 0.4
        if not near and not short and any(start < time < end for time in times):
            count -= 1
            yield start, end


def within(frames: list[reference.Frame], start: float, end: float) -> list[reference.Frame]:
    """The pictures of a span."""
    return [frame for frame in frames if start <= frame.time < end]


def check_times(came: list[reference.Frame], wanted: list[reference.Frame], start: float, tolerance: float) -> None:
    """Each picture lies where it lay after `start`."""
    expected = [float(frame.time) - start for frame in wanted]
    assert [float(frame.time) for frame in came] == pytest.approx(expected, abs=tolerance)


# The least likeness of a picture that was encoded again, in decibels.
LIKE = 38


def likeness(came: np.ndarray[Any, Any], wanted: np.ndarray[Any, Any]) -> list[float]:
    """The PSNR of each picture."""
    errors = ((came.astype(np.float64) - wanted) ** 2).mean(axis=(1, 2))
    return [float(10 * np.log10(255**2 / max(error, 1e-9))) for error in errors]
