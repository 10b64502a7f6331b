"""A batch in a process of its own: `many.py LIST FOLDER JSON_OPTIONS` prints the seconds that the call took."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import transcode_py


def main() -> None:
    """Every file of the list into the folder."""
    listing, folder, options = sys.argv[1:]
    names = Path(listing).read_text(encoding="utf-8").split("\n")
    base = transcode_py.TranscodeOptions(**json.loads(options), overwrite=True)
    jobs = [base.replace(input=name, output=Path(folder) / Path(name).name) for name in names]
    began = time.perf_counter()
    results = transcode_py.transcode_many(jobs)
    taken = time.perf_counter() - began
    if not all(result.ok for result in results):
        raise SystemExit(str(next(result.error for result in results if not result.ok)))
    sys.stdout.write(f"{taken:.6f}\n")


if __name__ == "__main__":
    main()
