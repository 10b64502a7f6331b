"""Our own bars in a Jupyter notebook: HTML, updated in place. IPython is never imported, only used where it runs."""

from __future__ import annotations

import sys
from html import escape

from transcode_py.units import clock

from .own import counts, facts
from .screen import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from transcode_py.reports import BatchProgress, Progress

__all__ = ["Bar", "BatchBar"]

# A row: what it is of, percent, what is told beside it.
_Row = tuple[str, float, str]


class _Area:
    """A piece of the cell's output that is written again and again."""

    def __init__(self) -> None:
        self._handle: Any = None

    def draw(self, rows: Sequence[_Row]) -> None:
        content = {"text/html": _table(rows), "text/plain": "\n".join(_plain(*row) for row in rows)}
        if self._handle is None:
            self._handle = sys.modules["IPython.display"].display(content, raw=True, display_id=True)
        else:
            self._handle.update(content, raw=True)

    def close(self) -> None:
        """Leave what was drawn last."""


class Bar(_Area):
    """The bar of one job."""

    def show(self, progress: Progress) -> None:
        """Draw how far the job is."""
        self.draw([("", progress.percent, _told(facts(progress), progress.eta))])


class BatchBar(_Area):
    """The bars of a batch: one of the whole, and below it one of each job at work."""

    def show(self, progress: BatchProgress) -> None:
        """Draw how far the batch is."""
        rows: list[_Row] = [("", progress.percent, _told([counts(progress)], progress.eta))]
        for job in progress.running:
            told = job.progress
            text = _told(facts(told)[:1], told.eta) if told else ""
            rows.append((printable(job.name), told.percent if told else 0.0, text))
        self.draw(rows)


def _told(known: Sequence[str], eta: float | None) -> str:
    return ", ".join([*known, *([] if eta is None else [f"eta {clock(eta)}"])])


def _plain(name: str, percent: float, text: str) -> str:
    return "  ".join(part for part in (f"{percent:5.1f}%", name, text) if part)


def _table(rows: Sequence[_Row]) -> str:
    return "".join(
        f'<div style="display: flex; gap: 1em; align-items: center; white-space: nowrap; font-family: monospace">'
        f'<progress max="100" value="{percent:.1f}"></progress><span>{percent:.1f}%</span>'
        f"<span>{escape(name)}</span><span>{escape(text)}</span></div>"
        for name, percent, text in rows
    )
