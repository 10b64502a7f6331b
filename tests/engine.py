"""A job run in a chosen executor: the library picks one itself, tests need both."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from transcode_py import _native
from transcode_py.tasks import finish

if TYPE_CHECKING:
    from pathlib import Path


Executor = Literal["sequential", "threaded"]


def run(executor: Executor, source: Path, target: Path, **options: Any) -> Any:
    """Run one job of `options` from path to path, "sequential" or "threaded"."""
    values = {name: value for name, value in options.items() if value is not None}
    return finish(_native.run(("path", source), ("path", target), values, executor=executor))
