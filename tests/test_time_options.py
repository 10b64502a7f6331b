"""start, end and duration: exact to the picture and to the sample."""

from __future__ import annotations

import os
import time
from datetime import timedelta
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import child
import numpy as np
import pytest
import reference
import transcode_py

if TYPE_CHECKING:
    from pathlib import Path

    from media import Shelf

CUTS: list[tuple[dict[str, Any], float, float]] = [
    ({"start": 0.48}, 0.48, 9),
    ({"start": 0.5}, 0.5, 9),
    ({"end": 1.0}, 0, 1.0),
    ({"end": 0.99}, 0, 0.99),
    ({"duration": 0.04}, 0, 0.04),
    ({"start": 0.48, "end": 1.0}, 0.48, 1.0),
    ({"start": 0.48, "duration": 0.52}, 0.48, 1.0),
    ({"start": "00:00:00.6", "end": "0:01"}, 0.6, 1.0),
    ({"start": timedelta(milliseconds=600), "duration": Fraction(1, 5)}, 0.6, 0.8),
    ({"start": 1.96}, 1.96, 9),
    ({"start": 0, "end": 100}, 0, 9),
]


@pytest.mark.parametrize(("options", "start", "end"), CUTS, ids=str)
@pytest.mark.parametrize("name", ["lossless.mkv", "bframes.mp4", "opengop.ts", "vfr.mkv"])
def test_pictures(name: str, options: dict[str, Any], start: float, end: float, shelf: Shelf, out: Path) -> None:
    """Every picture from `start` on and before `end`, each once, at its own time."""
    target = out / "out.mkv"
    transcode_py.transcode(shelf[name], target, video_codec="ffv1", audio=False, **options)
    source = reference.frames(shelf[name], "-map", "0:V")[0]
    nudge = 0.0005  # times of Matroska are rounded to a millisecond
    wanted = [frame for frame in source if start - nudge <= frame.time < end - nudge]
    came = reference.frames(target, "-copyts", "-map", "0:V")[0]
    assert [frame.md5 for frame in came] == [frame.md5 for frame in wanted]
    times = [float(frame.time) - start for frame in wanted]
    assert [float(frame.time) for frame in came] == pytest.approx(times, abs=0.0011)


@pytest.mark.parametrize(
    ("options", "first", "last"),
    [
        ({"start": 0.25, "end": 0.75}, 12000, 36000),
        ({"start": 0.25}, 12000, 96000),
        ({"duration": 0.5}, 0, 24000),
        ({"start": 0.1, "duration": 0.001}, 4800, 4848),
    ],
    ids=str,
)
def test_samples(options: dict[str, Any], first: int, last: int, shelf: Shelf, out: Path) -> None:
    """Sound is cut at the sample, not at the packet."""
    target = out / "out.wav"
    transcode_py.transcode(shelf["lossless.mkv"], target, video=False, **options)
    assert np.array_equal(reference.samples(target), reference.samples(shelf["lossless.mkv"])[first:last])


@pytest.mark.parametrize("name", ["lossless.mkv", "offset.ts", "late-sound.mkv", "late-picture.mkv"])
def test_sound_and_picture_stay_together(name: str, shelf: Shelf, out: Path) -> None:
    """After a cut the two begin as far apart as the picture and the sample at that time do."""
    target = out / "out.mkv"
    transcode_py.transcode(shelf[name], target, video_codec="ffv1", audio_codec="flac", start=0.4, end=0.8)
    which = ["-map", "0:V", "-map", "0:a"]
    source = reference.frames(shelf[name], *which)
    came = reference.frames(target, "-copyts", *which)
    for index, tolerance in ((0, 0.0011), (1, 0.0011)):
        start = float(source[index][0].time)
        own = min((float(frame.time) for frame in source[index] if frame.time >= 0.3999), default=start)
        expected = own - 0.4 if index == 0 else max(start - 0.4, 0)
        assert float(came[index][0].time) == pytest.approx(expected, abs=tolerance)


def test_a_file_that_starts_late(shelf: Shelf, out: Path) -> None:
    """`start` counts from where the file begins, not from zero of its clock."""
    target = out / "out.mkv"
    transcode_py.transcode(shelf["offset.ts"], target, video_codec="ffv1", start=0.4)
    source = reference.frames(shelf["offset.ts"], "-map", "0:V", "-map", "0:a")[0]
    came = reference.frames(target, "-map", "0:V")[0]
    assert [frame.md5 for frame in came] == [frame.md5 for frame in source if frame.time >= 0.3995]


def test_subtitles_and_chapters_move_along(shelf: Shelf, out: Path) -> None:
    """What is cut from the film is cut from its subtitles and chapters too."""
    target = out / "out.mkv"
    transcode_py.transcode(shelf["film.mkv"], target, audio=False, start=0.5)
    chapters = reference.probe(target)["chapters"]
    spans = [(float(chapter["start_time"]), float(chapter["end_time"])) for chapter in chapters]
    assert spans == [pytest.approx((0, 0.5), abs=0.03), pytest.approx((0.5, 1.5), abs=0.03)]
    second = reference.packets(target, "s:0")[-1]
    assert second.pts is not None
    assert float(second.pts) == pytest.approx(0.5, abs=0.03)


def test_copied_from_the_keyframe_before(shelf: Shelf, out: Path) -> None:
    """A copied stream begins at a keyframe, the last one up to `start`."""
    target = out / "out.mp4"
    transcode_py.transcode(shelf["bframes.mp4"], target, video_codec="copy", start=0.9, trim="keyframe")
    source = reference.frames(shelf["bframes.mp4"], "-map", "0:V")[0]
    came = reference.frames(target, "-copyts", "-map", "0:V")[0]
    exact = [frame.md5 for frame in source if frame.time >= Fraction(9, 10)]
    assert [frame.md5 for frame in came] == exact  # an edit list hides what the packets hold before `start`
    assert reference.packets(target, "v:0")[0].key


def test_copied_needs_to_say_keyframe(shelf: Shelf, out: Path) -> None:
    """No copied stream can be cut at any picture: it is asked for, not done in silence."""
    with pytest.raises(transcode_py.InvalidOptionError, match="keyframe"):
        transcode_py.transcode(shelf["bframes.mp4"], out / "out.mp4", video_codec="copy", start=0.9)
    assert list(out.iterdir()) == []


@pytest.mark.parametrize(
    "options",
    [
        {"end": 1, "duration": 1},
        {"start": 1, "end": 1},
        {"start": 1, "end": 0.5},
        {"start": -1},
        {"duration": 0},
        {"start": "one"},
        {"start": float("nan")},
        {"start": 100},
    ],
    ids=str,
)
def test_spans_that_hold_nothing(options: dict[str, Any], shelf: Shelf, out: Path) -> None:
    """A span without a picture is refused and leaves nothing, not an empty file."""
    with pytest.raises(transcode_py.TranscodeError) as caught:
        transcode_py.transcode(shelf["bframes.mp4"], out / "out.mp4", **options)
    assert isinstance(caught.value, ValueError)
    assert list(out.iterdir()) == []


@pytest.mark.alone
@pytest.mark.parametrize("options", [{"video_codec": "h264", "preset": "veryslow"}, {"video_codec": "av1"}], ids=str)
def test_timeout(options: dict[str, Any], shelf: Shelf, out: Path) -> None:
    """A job over its time ends then, whatever the encoder holds back, and leaves nothing."""
    begun = time.monotonic()
    with pytest.raises(transcode_py.TranscodeTimeoutError) as caught:
        transcode_py.transcode(shelf["noise.mkv"], out / "out.mp4", timeout=0.3, **options)
    assert time.monotonic() - begun < 1.3
    assert isinstance(caught.value, TimeoutError)
    assert list(out.iterdir()) == []


def test_timeout_of_a_source_that_never_answers(tmp_path: Path, out: Path) -> None:
    """Opening is under the limit too."""
    pipe = tmp_path / "pipe.mp4"
    os.mkfifo(pipe)
    answer = child.transcode(pipe, out / "out.mp4", limit=10, timeout=0.5)
    assert "TranscodeTimeoutError" in answer["kinds"]
    assert list(out.iterdir()) == []
