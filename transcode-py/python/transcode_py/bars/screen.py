"""Where our own bars are drawn: the end of a terminal's output, or a log; and how much room there is."""

from __future__ import annotations

import os
from contextlib import suppress

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TextIO

__all__ = ["Screen", "cells", "fit", "printable", "reported"]


class Screen:
    """The stream that bars are drawn on.

    A bar is there to be seen, so it never stops a job: where there is no stream (`sys.stderr` is `None` in a program
    without a console), or it is closed, or whoever read it has left, nothing is drawn any more, and no error is raised.
    """

    def __init__(self, stream: TextIO | None) -> None:
        """Draw on `stream`, such as `sys.stderr`."""
        self._stream = stream
        self._height = 0
        self.redraws = _redraws(stream)
        """Whether lines can be drawn over: it is a terminal that knows how to move the cursor."""

    def shape(self) -> tuple[int, int]:
        """Give columns and rows, asked anew each time: windows are resized."""
        columns, rows = reported(self._stream)
        return columns or 80, rows or 24

    def printable(self, text: str) -> str:
        """Give `text` as this stream can show it in one line."""
        encoding = getattr(self._stream, "encoding", None) or "utf-8"
        return printable(text).encode(encoding, "replace").decode(encoding)

    def draw(self, lines: Sequence[str]) -> None:
        """Draw lines over those drawn before. Each must be shorter than the terminal is wide, or it would wrap."""
        up = f"\x1b[{self._height - 1}A" if self._height > 1 else ""
        # Every line erases what is right of it, and the last one what is below it.
        text = "\x1b[K\n".join(lines)
        self._write(f"\r{up}{text}\x1b[J")
        self._height = len(lines)

    def log(self, line: str) -> None:
        """Write a line that stays."""
        self._write(line + "\n")

    def close(self) -> None:
        """Leave the cursor on a fresh line."""
        if self._height:
            self._write("\n")
            self._height = 0

    def _write(self, text: str) -> None:
        if self._stream is None:
            return
        try:
            self._stream.write(text)
            self._stream.flush()
        except (OSError, ValueError):
            self._stream = None


def reported(stream: TextIO | None) -> tuple[int, int]:
    """Give a terminal's columns and rows; 0 where they are not known, as in containers where nobody told them."""
    if stream is not None:
        with suppress(AttributeError, OSError, ValueError):  # not a terminal of the system's, or closed
            return os.get_terminal_size(stream.fileno())
    return 0, 0


def _redraws(stream: TextIO | None) -> bool:
    try:
        return stream is not None and stream.isatty() and os.environ.get("TERM") != "dumb"
    except (AttributeError, ValueError):  # an object that only takes text, or a closed stream
        return False


def printable(text: str) -> str:
    """Give `text` without what would move the cursor: file names may hold anything."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)


def cells(text: str) -> int:
    """Tell how many columns `text` takes on a terminal, rather too many than too few."""
    if text.isascii():
        return len(text)
    from unicodedata import combining, east_asian_width

    return sum(0 if combining(letter) else 2 if east_asian_width(letter) in "WF" else 1 for letter in text)


def fit(text: str, width: int) -> str:
    """Give `text` in exactly `width` columns: filled up, or cut in the middle, where names matter least."""
    if cells(text) > width:
        gap = ".."[: max(width - 2, 0)]
        tail = _head(text[::-1], (width - len(gap)) // 2)[::-1]
        text = _head(text, width - len(gap) - cells(tail)) + gap + tail
    return text + " " * (width - cells(text))


def _head(text: str, width: int) -> str:
    end = 0
    while end < len(text) and cells(text[: end + 1]) <= width:
        end += 1
    return text[:end]
