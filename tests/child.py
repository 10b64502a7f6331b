"""A job in a process of its own, for what could end or stop the process: limits, privileges, damage."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

_SCRIPT = """
import json, os, sys
import transcode_py
job = json.loads(sys.argv[1])
options, before = job["options"], job["before"]
transcode_py.build_info()  # all is loaded before privileges or limits are taken away
exec(before)
try:
    stats = transcode_py.transcode(job["source"], job["target"], **options)
except Exception as error:
    kinds = [kind.__name__ for kind in type(error).__mro__]
    answer = {"kinds": kinds, "text": str(error), "errno": getattr(error, "errno", None)}
    answer["stream_index"] = getattr(error, "stream_index", None)
    answer["path"] = str(getattr(error, "path", None))
else:
    answer = {"kinds": [], "warnings": list(stats.warnings), "decode_errors": stats.decode_errors}
print(json.dumps(answer))
"""


def transcode(source: Path, target: Path, *, before: str = "", limit: float = 60, **options: Any) -> dict[str, Any]:
    """Run one job in a child: `kinds` of the exception, empty where it went well, and what it said.

    `before` is code to run in the child after all is loaded. A signal or a hang fails the test.
    """
    job = {"source": str(source), "target": str(target), "options": options, "before": before}
    command = [sys.executable, "-c", _SCRIPT, json.dumps(job)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=limit, check=False)
    assert done.returncode == 0, f"exit status {done.returncode}\n{done.stderr[-3000:]}"
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer
