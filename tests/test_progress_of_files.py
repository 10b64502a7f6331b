"""Progress over real files, whole and trimmed: it never falls, tells of the planned output, and ends at exactly 100."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from transcode_py import Finished, Planned, Progress, StageChanged, TranscodeError, TranscodeOptions, Transcoder

from media import real_files

if TYPE_CHECKING:
    from pathlib import Path

    from media import RealFile

# Of every kind that can be told apart by its name, the first few.
KINDS = (
    ".mp4",
    ".mkv",
    ".webm",
    ".mov",
    ".avi",
    ".ts",
    ".flv",
    ".mp3",
    ".flac",
    ".ogg",
    ".wav",
    ".gif",
    ".264",
    ".3gp",
)


def chosen() -> list[RealFile]:
    """Twenty clean files, of as many kinds as there are."""
    clean = [file for file in real_files() if file.clean and file.path.stat().st_size < 8_000_000]
    by_kind = [[file for file in clean if file.path.suffix == kind] for kind in KINDS]
    rounds = [file for turn in range(20) for files in by_kind for file in files[turn : turn + 1]]
    return rounds[:20]


FILES = chosen()

WAYS: dict[str, dict[str, Any]] = {
    "whole": {},
    "trimmed": {"start": 0.2, "duration": 0.5},
    "past the end": {"start": 0.1, "duration": 1000},
    "another rate": {"fps": 12},
}


def events_of(options: TranscodeOptions) -> list[object]:
    async def gather() -> list[object]:
        return [event async for event in Transcoder(options).events()]

    return asyncio.run(gather())


@pytest.mark.skipif(not FILES, reason="the folder of real media is not there")
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("file", FILES, ids=lambda file: file.path.name)
def test_progress(file: RealFile, way: str, tmp_path: Path) -> None:
    options = TranscodeOptions(input=file.path, output=tmp_path / "out.mkv", preset="ultrafast", width=160, **WAYS[way])
    try:
        events = events_of(options)
    except TranscodeError as error:
        # A file may end before the trim begins, or hold nothing that could be resized.
        assert way != "whole", error  # noqa: PT017 - the files are good
        return
    percents = [event.percent for event in events if isinstance(event, Progress)]
    assert percents == sorted(percents)
    assert percents.count(100.0) == 1
    assert percents[-1] == 100.0
    stages = [event.stage for event in events if isinstance(event, StageChanged)]
    assert stages == ["encode", "finish"]

    planned, finished = events[1], events[-1]
    assert isinstance(planned, Planned)
    assert isinstance(finished, Finished)
    last = [event for event in events if isinstance(event, Progress)][-1]
    assert last.size == finished.stats.output_size == (tmp_path / "out.mkv").stat().st_size
    assert last.eta == 0.0
    assert last.duration == planned.plan.duration
    for event in events:
        if isinstance(event, Progress) and event.duration and event.stage == "encode":
            # Of the planned output: what is trimmed away does not count.
            share = 100 * event.time / event.duration
            assert event.percent >= min(share, 99.9) - 0.01
    if way == "trimmed" and planned.plan.duration is not None:
        assert planned.plan.duration <= 0.5 + 0.01
