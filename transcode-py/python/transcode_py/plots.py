"""Comparisons as pictures. Only `Comparison.plot()` imports this, and matplotlib with it."""

from __future__ import annotations

from functools import partial
from io import BytesIO
from math import isfinite

from matplotlib.figure import Figure

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from .comparison import Comparison

__all__ = ["draw"]

_COLOURS = {"y": "0.6", "u": "tab:blue", "v": "tab:red", "r": "tab:red", "g": "tab:green", "b": "tab:blue"}
_DECIBELS = frozenset({"psnr", "xpsnr"})


def draw(comparison: Comparison) -> Figure:
    """Draw each metric over time, one below the other."""
    metrics = comparison.metrics
    figure = Figure(figsize=(9, 1 + 2.5 * len(metrics)), layout="constrained")
    every: Any = figure.subplots(len(metrics), sharex=True, squeeze=False)
    for (axes,), metric in zip(every, metrics, strict=True):
        _lines(axes, comparison.times, comparison.values[metric], comparison.pooled[metric]["all"])
        axes.set_ylabel(f"{metric} (dB)" if metric in _DECIBELS else metric)
        axes.grid(visible=True, alpha=0.3)
        axes.legend(loc="lower right", ncols=5, fontsize="small")
    every[-1][0].set_xlabel("seconds")
    figure.suptitle(f"{comparison.a or 'data'} against {comparison.b or 'data'}", fontsize="medium")
    # A notebook shows it by itself, whatever else of matplotlib was imported there.
    figure.__dict__["_repr_png_"] = partial(_png, figure)
    return figure


def _png(figure: Figure) -> bytes:
    data = BytesIO()
    figure.savefig(data, format="png")
    return data.getvalue()


def _lines(axes: Any, times: tuple[float, ...], planes: Mapping[str, tuple[float, ...]], pooled: float) -> None:
    # A single frame is a dot.
    marker = "." if len(times) == 1 else None
    for plane, values in planes.items():
        if plane != "all" and len(planes) > 2:  # noqa: PLR2004 - one plane is all there is
            axes.plot(times, _finite(values), color=_COLOURS[plane], linewidth=0.8, marker=marker, label=plane)
    axes.plot(times, _finite(planes["all"]), color="black", linewidth=1.4, marker=marker, label="all")
    if isfinite(pooled):
        axes.axhline(pooled, color="black", linestyle=":", linewidth=1, label=f"pooled {pooled:.4g}")
    else:
        axes.plot([], [], color="black", linestyle=":", label="pooled: identical")


def _finite(values: tuple[float, ...]) -> list[float]:
    """Leave gaps where nothing differs."""
    return [value if isfinite(value) else float("nan") for value in values]
