"""What a job may leave behind: nothing. Threads and descriptors are counted as Linux shows them."""

from __future__ import annotations

import os
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

TASKS, DESCRIPTORS = "/proc/self/task", "/proc/self/fd"


def count(folder: str) -> int:
    """Threads or descriptors of this process; 0 where they cannot be counted."""
    return len(os.listdir(folder)) if os.path.exists(folder) else 0


@contextmanager
def nothing() -> Iterator[None]:
    """After the block there are as many threads and open files as before."""
    before = count(TASKS), count(DESCRIPTORS)
    yield
    # A joined thread may stand in the list for another moment.
    until = time.monotonic() + 2
    while (count(TASKS), count(DESCRIPTORS)) > before and time.monotonic() < until:
        time.sleep(0.01)
    after = count(TASKS), count(DESCRIPTORS)
    assert after[0] <= before[0], f"{after[0] - before[0]} threads are left"
    assert after[1] <= before[1], f"{after[1] - before[1]} files are left open"
