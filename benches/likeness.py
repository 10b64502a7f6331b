"""How near small pictures are to what a resampler should make of the large ones, before any encoder loses more of them.

The ideal is made by zimg (FFmpeg's `zscale`), which is neither our scaler nor FFmpeg's: the same bicubic weights, in
floating point, with the chroma where it belongs.
"""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING, Any

import report
import transcode_py

if TYPE_CHECKING:
    from jobs import Field

SIZE = (640, 360)
SECONDS = 10
IDEAL = "zscale={}:{}:filter=bicubic:param_a=0:param_b=0.6:dither=none".format(*SIZE)


def psnr(program: str, source: str, output: str) -> float:
    """Mean PSNR in dB over all planes and pictures of an output."""
    # By number, for containers round times in their own ways.
    graph = (
        f"[0:v]{IDEAL},format=yuv420p,settb=1/25,setpts=N[ideal];[1:v]settb=1/25,setpts=N[output];[output][ideal]psnr"
    )
    command = [program, "-nostdin", "-t", str(SECONDS), "-i", source, "-i", output, "-lavfi", graph, "-f", "null", "-"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stderr
    found = re.search(r"PSNR .*average:([0-9.]+)", said)
    if found is None:
        raise RuntimeError(said[-500:])
    return float(found[1])


def rows(field: Field, programs: dict[str, str]) -> list[report.Row]:
    """Our small pictures and those of the others, kept without loss."""
    source, target = str(field.clip), str(field.folder / "small.mkv")
    options: dict[str, Any] = {"video_codec": "ffv1", "audio": False, "duration": SECONDS, "overwrite": True}
    transcode_py.transcode(source, target, resolution=SIZE, **options)
    judge = programs["ffmpeg"]
    ours, out = psnr(judge, source, target), []
    for name, program in programs.items():
        scale = "scale={}:{}".format(*SIZE)
        command = [program, "-v", "error", "-nostdin", "-y", "-t", str(SECONDS), "-i", source]
        subprocess.run([*command, "-an", "-vf", scale, "-c:v", "ffv1", target], check=True)
        theirs = psnr(judge, source, target)
        out.append(
            report.Row("640x360 beside zimg's: PSNR", f"{ours:.2f} dB", name, f"{theirs:.2f} dB", theirs / ours, 1.0)
        )
    return out
