"""Child processes measured from outside, in turns, so that a slow minute of the machine hits all alike."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


@dataclass(frozen=True)
class Sample:
    """One run of one child process."""

    wall: float
    """Seconds from its start to its end."""
    cpu: float
    """Processor seconds, all threads together."""
    peak: float
    """The most memory it held, in bytes."""
    call: float
    """Seconds of the call alone, where the child says so; otherwise `wall`."""


def run(command: Sequence[str]) -> Sample:
    """Run a command to its end; what it prints is taken as the seconds of its call."""
    with tempfile.TemporaryFile() as said:
        started = time.perf_counter()
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=said)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            raise subprocess.CalledProcessError(process.returncode, list(command))
        said.seek(0)
        text = said.read().strip()
    unit = 1 if sys.platform == "darwin" else 1024
    return Sample(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * unit, float(text) if text else wall)


def alternate(contenders: Mapping[str, Callable[[], Sample]], runs: int) -> dict[str, list[Sample]]:
    """Run all contenders in turns, after one round that is not counted."""
    samples: dict[str, list[Sample]] = {name: [] for name in contenders}
    for turn in range(runs + 1):
        for name, contender in contenders.items():
            sample = contender()
            if turn > 0:
                samples[name].append(sample)
    return samples


def median(samples: Sequence[Sample]) -> Sample:
    """The median of each figure."""
    return Sample(
        wall=statistics.median(sample.wall for sample in samples),
        cpu=statistics.median(sample.cpu for sample in samples),
        peak=statistics.median(sample.peak for sample in samples),
        call=statistics.median(sample.call for sample in samples),
    )
