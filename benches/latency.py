"""What there is to wait for before any work is done: the import, and the start of a job."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import measure
import report

if TYPE_CHECKING:
    from jobs import Field

IMPORT_LIMIT = 0.030
START_LIMIT = 0.005
IMPORTS = 21


def _row(what: str, seconds: float, limit: float) -> report.Row:
    return report.Row(what, f"{seconds * 1000:.2f} ms", "limit", f"{limit * 1000:.0f} ms", seconds / limit, 1.0)


def imports() -> float:
    """Seconds that `import transcode_py` adds to an interpreter that does nothing."""

    def interpreter(code: str) -> measure.Sample:
        return measure.run([sys.executable, "-c", code])

    samples = measure.alternate(
        {"bare": partial(interpreter, "pass"), "ours": partial(interpreter, "import transcode_py")}, IMPORTS
    )
    return measure.median(samples["ours"]).wall - measure.median(samples["bare"]).wall


def rows(field: Field) -> list[report.Row]:
    """The import, and the way from the call to the first byte of output on a clip of one second."""
    script = str(Path(__file__).resolve().parent / "start.py")
    found = [_row("import transcode_py", imports(), IMPORT_LIMIT)]
    for how in ("copy", "h264"):
        started = measure.run([sys.executable, script, str(field.clip), str(field.folder / "second.mp4"), how]).call
        found.append(_row(f"start of a job, 1 s clip, {how}", started, START_LIMIT))
    return found
