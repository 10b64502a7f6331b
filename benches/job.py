"""One job in a process of its own: `job.py INPUT OUTPUT JSON_OPTIONS` prints the seconds that the call took."""

from __future__ import annotations

import json
import sys
import time

import transcode_py


def main() -> None:
    """Load FFmpeg's libraries first: a program does that once, not once a job."""
    source, target, options = sys.argv[1:]
    transcode_py.build_info()
    started = time.perf_counter()
    transcode_py.transcode(source, target, **json.loads(options))
    sys.stdout.write(f"{time.perf_counter() - started:.6f}\n")


if __name__ == "__main__":
    main()
