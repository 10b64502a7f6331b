"""A terminal: what a program's output looks like on it, and programs that run in one."""

from __future__ import annotations

import errno
import os
import pty
import re
import subprocess
import sys
import termios
from unicodedata import east_asian_width

# A control sequence, or one letter.
_PIECE = re.compile(r"\x1b\[([?0-9;]*)([A-Za-z])|(.)", re.DOTALL)


class Terminal:
    """So much of a terminal as bars need. What it does not know is an error."""

    def __init__(self, columns: int, rows: int) -> None:
        self.columns, self.rows = columns, rows
        self.wraps = 0
        """How often a line was longer than the terminal is wide."""
        self.cursor_shown = True
        self._cells: list[list[str]] = [[]]
        self._row = self._column = 0

    @property
    def lines(self) -> list[str]:
        """All lines, those scrolled out of sight too."""
        return ["".join(cells).rstrip() for cells in self._cells]

    @property
    def on_a_fresh_line(self) -> bool:
        """Whether the next output would stand on a line of its own."""
        return self._column == 0 and not any(self.lines[self._row :])

    def feed(self, text: str) -> None:
        """Show output."""
        for numbers, kind, letter in _PIECE.findall(text):
            if kind:
                self._control(numbers, kind)
            elif letter == "\r":
                self._column = 0
            elif letter == "\n":
                self._down()
            else:
                assert letter.isprintable(), repr(letter)
                self._put(letter)

    def _down(self) -> None:
        self._row += 1
        if self._row == len(self._cells):
            self._cells.append([])

    def _put(self, letter: str) -> None:
        width = 2 if east_asian_width(letter) in "WF" else 1
        if self._column + width > self.columns:
            self.wraps += 1
            self._column = 0
            self._down()
        cells = self._cells[self._row]
        cells.extend(" " * (self._column + width - len(cells)))
        cells[self._column : self._column + width] = [letter, ""][:width]
        self._column += width

    def _control(self, numbers: str, kind: str) -> None:
        if kind == "A":
            top = max(0, len(self._cells) - self.rows)
            self._row = max(top, self._row - int(numbers or 1))
        elif kind in "JK":
            start = 0 if numbers == "2" else self._column
            del self._cells[self._row][start:]
            if kind == "J":
                del self._cells[self._row + 1 :]
        elif numbers == "?25":
            self.cursor_shown = kind == "h"
        else:
            assert kind == "m", (numbers, kind)


def run(code: str, *words: str, columns: int = 80, rows: int = 24, term: str = "xterm") -> tuple[Terminal, str]:
    """Run Python code in a terminal of its own; give what it looks like in the end, and the output as it came."""
    master, slave = pty.openpty()
    termios.tcsetwinsize(slave, (rows, columns))
    unset = {"COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR"}
    environment = {name: value for name, value in os.environ.items() if name not in unset} | {"TERM": term}
    command = [sys.executable, "-W", "error", "-c", code, *words]
    with subprocess.Popen(command, stdin=slave, stdout=slave, stderr=slave, env=environment) as child:
        os.close(slave)
        output = b""
        while chunk := _read(master):
            output += chunk
        os.close(master)
    text = output.decode()
    assert child.returncode == 0, text
    terminal = Terminal(columns or 80, rows or 24)
    terminal.feed(text)
    return terminal, text


def _read(master: int) -> bytes:
    try:
        return os.read(master, 65536)
    except OSError as error:
        if error.errno != errno.EIO:  # the last one to have the terminal open has left
            raise
        return b""
