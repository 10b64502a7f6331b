"""Reports as text for people: what the command prints without `--json`."""

from __future__ import annotations

import textwrap

from transcode_py.info import AudioStream, VideoStream
from transcode_py.units import clock, size

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from transcode_py.comparison import Comparison
    from transcode_py.info import Capabilities, MediaInfo, Stream
    from transcode_py.reports import Plan, TranscodeStats

    from .doctor import Examination

__all__ = ["codecs", "columns", "command", "compare", "doctor", "done", "plan", "probe"]


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


def command(plan: Plan) -> str:
    """Give the nearest equal command of the ffmpeg program, as a shell takes it."""
    import shlex

    return shlex.join(plan.ffmpeg_command())


def done(output: str, stats: TranscodeStats) -> str:
    """Give what a job did, in a line."""
    return (
        f"{output}: {size(stats.output_size)} of {size(stats.input_size)} ({stats.compression_ratio:.2f}x), "
        f"{clock(stats.duration)} in {stats.elapsed:.1f} s ({stats.speed:.1f}x), "
        f"{stats.frames_encoded} frames encoded, {stats.packets_processed} packets"
    )


def compare(found: Comparison) -> str:
    """Give what a comparison found over all frames, a line a metric, and the worst frame of each."""
    planes = list(dict.fromkeys(plane for pooled in found.pooled.values() for plane in pooled))
    rows = []
    for metric, pooled in found.pooled.items():
        values = found.values[metric]["all"]
        worst = min(values)
        cells = [f"{pooled[plane]:.4f}" if plane in pooled else None for plane in planes]
        rows.append((metric, *cells, f"{worst:.4f} at {found.times[values.index(worst)]:.3f} s"))
    return "\n".join(
        [
            f"{found.frames} frames of {found.width}x{found.height} {found.pixel_format}",
            columns(("metric", *planes, "worst"), rows),
        ]
    )


def probe(info: MediaInfo) -> str:
    """Give what a file holds, a line a stream."""
    facts = [info.format]
    if info.duration is not None:
        facts.append(("" if info.duration_is_exact else "about ") + clock(info.duration))
    if info.size is not None:
        facts.append(size(info.size))
    if info.bitrate is not None:
        facts.append(f"{info.bitrate / 1000:.0f} kbit/s")
    rows = [
        (stream.index, stream.kind, stream.codec, _details(stream), stream.language, " ".join(stream.disposition))
        for stream in info.streams
    ]
    return "\n".join(
        [
            ", ".join(facts),
            columns(("stream", "kind", "codec", "details", "language", "disposition"), rows),
            *(f"chapter {clock(one.start)} - {clock(one.end)}  {one.title or ''}".rstrip() for one in info.chapters),
            *(f"tag {name}: {text}" for name, text in info.tags.items()),
        ]
    )


def _details(stream: Stream) -> str:
    facts: list[object] = [stream.profile]
    if isinstance(stream, VideoStream):
        facts += [f"{stream.width}x{stream.height}", stream.pixel_format]
        if (stream.display_width, stream.display_height) != (stream.width, stream.height):
            facts.append(f"shown {stream.display_width}x{stream.display_height}")
        if stream.frame_rate is not None:
            facts.append(f"{float(stream.frame_rate):.5g} fps" + (" (varies)" if stream.is_vfr else ""))
        facts.append(stream.hdr)
    elif isinstance(stream, AudioStream):
        facts += [f"{stream.sample_rate} Hz", stream.channel_layout or f"{stream.channels} channels"]
    if stream.bitrate is not None:
        facts.append(f"{stream.bitrate / 1000:.0f} kbit/s")
    return ", ".join(str(fact) for fact in facts if fact)


def codecs(found: Capabilities) -> str:
    """Give every codec name and what comes of it here, then the containers."""
    rows = [
        (one.codec, one.kind, one.encoder, "yes" if one.opens else "no", one.reason or "") for one in found.encoders
    ]
    head = ("codec", "kind", "encoder", "works", "")
    containers = textwrap.fill(", ".join(found.containers), width=100)
    return f"{columns(head, rows)}\n\ncontainers:\n{containers}"


def doctor(found: Examination) -> str:
    """Give the checks, a line each."""
    return columns(("check", "verdict", "found"), [(one.name, one.verdict, one.detail) for one in found.checks])
