"""Arrays written in a process of its own: `writing.py FRAMES TARGET [PROGRAM]` prints the seconds that it took.

With a program, that is given the same arrays through a pipe.
"""

from __future__ import annotations

import subprocess
import sys
import time
from typing import TYPE_CHECKING

import numpy as np
import transcode_py

if TYPE_CHECKING:
    from numpy.typing import NDArray

WIDTH, HEIGHT, COUNT = 640, 480, 900
PRESET, CRF = "veryfast", 23


def frames(path: str) -> NDArray[np.uint8]:
    """Pictures of a real film."""
    return np.fromfile(path, np.uint8).reshape(-1, HEIGHT, WIDTH, 3)


def ours(film: NDArray[np.uint8], target: str) -> None:
    """By the writer."""
    with transcode_py.VideoWriter(target, fps=30, video_codec="h264", preset=PRESET, crf=CRF, overwrite=True) as writer:
        for n in range(COUNT):
            writer.write(film[n % len(film)])


def theirs(film: NDArray[np.uint8], target: str, program: str) -> None:
    """By the program."""
    words = [program, "-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{WIDTH}x{HEIGHT}"]
    words += ["-r", "30", "-i", "pipe:0", "-c:v", "libx264", "-pix_fmt", "yuv420p", "-movflags", "+faststart"]
    words += ["-preset", PRESET, "-crf", str(CRF)]
    process = subprocess.Popen([*words, target], stdin=subprocess.PIPE)
    assert process.stdin is not None
    for n in range(COUNT):
        process.stdin.write(film[n % len(film)].data)
    process.stdin.close()
    if process.wait():
        raise subprocess.CalledProcessError(process.returncode, words)


def main() -> None:
    """Load FFmpeg's libraries first: a program does that once, not once a video."""
    film, target = frames(sys.argv[1]), sys.argv[2]
    transcode_py.build_info()
    started = time.perf_counter()
    if len(sys.argv) > 3:
        theirs(film, target, sys.argv[3])
    else:
        ours(film, target)
    sys.stdout.write(f"{time.perf_counter() - started:.6f}\n")


if __name__ == "__main__":
    main()
