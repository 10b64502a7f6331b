"""How long a job takes to start, from the call to the first byte of output.

`start.py CLIP SECOND CODEC` cuts CLIP to one second at SECOND and prints the median of many starts.
"""

from __future__ import annotations

import io
import statistics
import sys
import time
from typing import TYPE_CHECKING

import transcode_py

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

RUNS = 21


class FirstWrite(io.BytesIO):
    """A file in memory that notes when it is first written to."""

    at: float | None = None

    def write(self, data: ReadableBuffer, /) -> int:
        """Note the time of the first call."""
        if self.at is None:
            self.at = time.perf_counter()
        return super().write(data)


def main() -> None:
    """Start the same job again and again in one process, as a service does."""
    clip, second, codec = sys.argv[1:]
    transcode_py.transcode(clip, second, duration=1, preset="ultrafast", overwrite=True)
    waits = []
    for _ in range(RUNS):
        target = FirstWrite()
        started = time.perf_counter()
        transcode_py.transcode(second, target, format="matroska", video_codec=codec, audio_codec="copy")
        if target.at is None:
            message = "nothing was written"
            raise RuntimeError(message)
        waits.append(target.at - started)
    sys.stdout.write(f"{statistics.median(waits):.6f}\n")


if __name__ == "__main__":
    main()
