"""How near the small pictures are to what a resampler should make of the large ones.

The ideal is made by zimg (FFmpeg's `zscale`), which is neither our scaler nor FFmpeg's: the same bicubic weights, in
floating point, with the chroma where it belongs.
"""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING

import report

if TYPE_CHECKING:
    from jobs import Field, Job

IDEAL = "zscale=640:360:filter=bicubic:param_a=0:param_b=0.6:dither=none"


def psnr(program: str, source: str, output: str) -> float:
    """Mean PSNR in dB over all planes and pictures of an output."""
    graph = f"[0:v]{IDEAL},format=yuv420p[ideal];[1:v][ideal]psnr"
    command = [program, "-nostdin", "-i", source, "-i", output, "-lavfi", graph, "-f", "null", "-"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stderr
    found = re.search(r"PSNR .*average:([0-9.]+)", said)
    if found is None:
        raise RuntimeError(said[-500:])
    return float(found[1])


def rows(field: Field, job: Job, programs: dict[str, str]) -> list[report.Row]:
    """Our small pictures and those of the others, after the same encoder."""
    source = str(field.clip)
    ours = psnr(programs["ffmpeg"], source, field.target("python", job))
    out = []
    for name in programs:
        theirs = psnr(programs["ffmpeg"], source, field.target(name.split()[0], job))
        out.append(report.Row(f"{job.name}: PSNR", f"{ours:.2f} dB", name, f"{theirs:.2f} dB", theirs / ours, 1.0))
    return out
