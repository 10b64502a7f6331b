"""Reports as text for people: what the command prints without `--json`."""

from __future__ import annotations

from .progress import clock, size

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .reports import Plan, TranscodeStats

__all__ = ["columns", "done", "plan"]


def columns(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Give rows under their heads, each column as wide as it must be; `None` is a dash."""
    lines = [list(head), *(["-" if cell is None else str(cell) for cell in row] for row in rows)]
    widths = [max(len(line[place]) for line in lines) for place in range(len(head))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines
    )


def plan(plan: Plan) -> str:
    """Give what a job would do, a line a stream."""
    rows = [
        (
            stream.input_index,
            stream.output_index,
            stream.kind,
            stream.action,
            stream.codec,
            stream.encoder,
            stream.filters,
            stream.reason,
        )
        for stream in plan.streams
    ]
    lasting = "" if plan.duration is None else f", {clock(plan.duration)}"
    return "\n".join(
        [
            f"{plan.input or 'data'} -> {plan.output or 'data'} ({plan.format}{lasting})",
            columns(("in", "out", "kind", "action", "codec", "encoder", "filters", "reason"), rows),
            *(f"warning: {warning}" for warning in plan.warnings),
        ]
    )


def done(output: str, stats: TranscodeStats) -> str:
    """Give what a job did, in a line."""
    return (
        f"{output}: {size(stats.output_size)} of {size(stats.input_size)} ({stats.compression_ratio:.2f}x), "
        f"{clock(stats.duration)} in {stats.elapsed:.1f} s ({stats.speed:.1f}x), "
        f"{stats.frames_encoded} frames encoded, {stats.packets_processed} packets"
    )
