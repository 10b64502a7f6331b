"""`Comparison`: what `compare()` found."""

from __future__ import annotations

from .errors import UnsupportedError
from .values import FrozenDict, Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, ClassVar

    from matplotlib.figure import Figure

__all__ = ["Comparison"]

_INFINITE = float("inf")


def _numbers(value: Any) -> Any:
    """Make numbers of what JSON has for them: an infinite one is text there."""
    if isinstance(value, dict):
        return FrozenDict((name, _numbers(item)) for name, item in value.items())
    if isinstance(value, (list, tuple)):
        return tuple(_numbers(item) for item in value)
    return float(value)


def _written(value: Any) -> Any:
    """Make what JSON has of numbers."""
    if isinstance(value, dict):
        return {name: _written(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_written(item) for item in value]
    return "inf" if value == _INFINITE else value


class Comparison(Value):
    """How much the pictures of `a` differ from those of the reference `b`, frame by frame and over all.

    Two comparisons of the same pictures are equal. A value in dB is infinite where nothing differs; in `to_dict()` and
    in JSON, which has no such number, it is `"inf"`.
    """

    _make: ClassVar = {"times": _numbers, "values": _numbers, "pooled": _numbers}

    a: str | None
    """The path or address of the distorted input; `None` for bytes and file objects."""
    b: str | None
    """The path or address of the reference; `None` for bytes and file objects."""
    frames: int
    """Pairs of frames that were measured."""
    unpaired_a: int
    """Frames of `a` that `b` has none for, within half a frame of their time. They are not measured."""
    unpaired_b: int
    """Frames of `b` that `a` has none for: those that were dropped on the way. They are not measured."""
    width: int
    """Width in pixels."""
    height: int
    """Height in pixels."""
    pixel_format: str
    """What was measured, by FFmpeg's name: the format of `b`, or the nearest to it that can be measured."""
    times: tuple[float, ...]
    """When each measured frame is shown, in seconds from the first of `b`."""
    values: Mapping[str, Mapping[str, tuple[float, ...]]]
    """Values by metric and plane, one for each of `times`: `values["psnr"]["y"][0]`.

    The planes are `"y"`, `"u"` and `"v"`, or `"r"`, `"g"` and `"b"`, and before them `"all"`: for psnr by the error of
    all samples together, for ssim and ms_ssim the mean by their number, for xpsnr the least. ms_ssim has only planes
    of the picture's full size.
    """
    pooled: Mapping[str, Mapping[str, float]]
    """One value for all frames, by metric and plane.

    psnr is that of the mean error, ssim and ms_ssim are means, and xpsnr is that of the mean of the errors' roots.
    """
    warnings: tuple[str, ...]
    """What was converted, left out, not paired or found damaged."""

    @property
    def metrics(self) -> tuple[str, ...]:
        """What was measured."""
        return tuple(self.pooled)

    @property
    def psnr(self) -> float | None:
        """The pooled psnr of all planes, in dB; `None` where it was not measured."""
        return self._pooled("psnr")

    @property
    def ssim(self) -> float | None:
        """The pooled ssim of all planes; `None` where it was not measured."""
        return self._pooled("ssim")

    @property
    def ms_ssim(self) -> float | None:
        """The pooled ms_ssim; `None` where it was not measured."""
        return self._pooled("ms_ssim")

    @property
    def xpsnr(self) -> float | None:
        """The pooled xpsnr of the worst plane, in dB; `None` where it was not measured."""
        return self._pooled("xpsnr")

    def _pooled(self, metric: str) -> float | None:
        return self.pooled[metric]["all"] if metric in self.pooled else None

    def plot(self) -> Figure:
        """Draw every metric over time.

        Returns:
            A figure of matplotlib's, to save with `savefig()` or to change. In a notebook it shows itself.

        Raises:
            UnsupportedError: matplotlib is not installed.
        """
        try:
            from .plots import draw
        except ImportError as error:
            message = f"plot(); expected matplotlib to be installed; got {error}; pip install matplotlib"
            raise UnsupportedError(message) from error
        return draw(self)

    def to_dict(self) -> dict[str, Any]:
        """Give the fields as a plain `dict` of JSON's types, to keep or to change."""
        fields = super().to_dict()
        return fields | {name: _written(fields[name]) for name in ("values", "pooled")}

    def __str__(self) -> str:
        told = ", ".join(f"{metric} {planes['all']:.4g}" for metric, planes in self.pooled.items())
        return f"{told} ({self.frames} frames)"

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={value!r}" for name, value in self.to_dict().items())
        return f"{type(self).__name__}({shown})"
