"""What was measured, as a table."""

from __future__ import annotations

import datetime
import os
import platform
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

RESULTS = Path(__file__).resolve().parent / "results"


@dataclass(frozen=True)
class Row:
    """One figure of ours beside one of somebody else's, or beside a limit alone."""

    what: str
    ours: str
    against: str
    theirs: str
    ratio: float | None = None
    limit: float | None = None
    """The most that the ratio may be; None where the row only informs."""

    def cells(self) -> list[str]:
        """The row as text."""
        ratio = "" if self.ratio is None else f"{self.ratio:.3f}"
        if self.limit is None or self.ratio is None:
            return [self.what, self.ours, self.against, self.theirs, ratio, "", ""]
        verdict = "yes" if self.ratio <= self.limit else "NO"
        return [self.what, self.ours, self.against, self.theirs, ratio, f"<= {self.limit:g}", verdict]


HEAD = ["what", "ours", "against", "theirs", "ratio", "limit", "kept"]


def table(rows: Sequence[Row]) -> str:
    """The rows as a Markdown table with even columns."""
    lines = [HEAD, *(row.cells() for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEAD))]
    texts = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |" for line in lines
    ]
    texts.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(texts)


def processor() -> str:
    """The name of this machine's processor."""
    try:
        found = re.search(r"model name\s*:\s*(.+)", Path("/proc/cpuinfo").read_text(encoding="utf-8"))
    except OSError:
        found = None
    return found[1].strip() if found else platform.processor() or platform.machine()


def page(rows: Sequence[Row], heading: Sequence[str]) -> str:
    """A page for `benches/results`."""
    today = datetime.datetime.now(tz=datetime.UTC).date().isoformat()
    facts = [f"{processor()}, {os.cpu_count()} cores", f"{platform.system()} {platform.release()}", *heading]
    return f"# {today}\n\n" + "\n".join(f"- {fact}" for fact in facts) + f"\n\n{table(rows)}\n"


def write(text: str) -> Path:
    """Keep a page under the processor's name and the day."""
    name = re.sub(r"[^a-z0-9]+", "-", processor().lower()).strip("-")
    today = datetime.datetime.now(tz=datetime.UTC).date().isoformat()
    target = RESULTS / f"{name}-{today}.md"
    target.parent.mkdir(exist_ok=True)
    target.write_text(text, encoding="utf-8")
    return target
