"""Smart trims of codecs beside H.264, VP8 and VP9: only the edges are encoded again, whatever the groups lean on."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
import reference
import transcode_py
from cuts import LIKE, check_times, decoded, likeness, spans, within

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray
    from transcode_py import TranscodeStats

    from media import Shelf

# Each codec in the containers that hold it; groups that are closed, and such that lean on the one before.
PAIRS = [
    *[("hevc-groups.mkv", container) for container in ("mp4", "mov", "mkv", "ts")],
    *[("hevc-open.mp4", container) for container in ("mp4", "mov", "mkv", "ts")],
    *[("hevc-open.ts", container) for container in ("mp4", "mkv", "ts")],
    ("hevc-tenbit.mkv", "mp4"),
    ("hevc-vfr.mkv", "mp4"),
    ("hevc-vfr.mkv", "mkv"),
    *[("mpeg2-groups.ts", container) for container in ("mp4", "mov", "mkv", "ts")],
    *[("mpeg2-groups.mkv", container) for container in ("mp4", "ts")],
    ("mpeg2-groups.mp4", "mov"),
    ("mpeg2-fields.ts", "ts"),
    ("mpeg2-fields.ts", "mp4"),
    ("mpeg2-matrices.mkv", "mkv"),
    *[("mpeg4-groups.mp4", container) for container in ("mp4", "mov", "mkv", "ts")],
    *[("mpeg4-groups.ts", container) for container in ("mp4", "ts")],
    ("mpeg4-qpel.mkv", "mp4"),
    ("mpeg4-fields.mkv", "mkv"),
    *[("av1-groups.mp4", container) for container in ("mp4", "mkv")],
    ("av1-vfr.mkv", "mkv"),
    ("av1-vfr.mkv", "mp4"),
]
# Containers that begin where their first sound or decoding begins.
LATE = {"ts", "flv"}


class Whole:
    """A source, decoded once."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.frames = decoded(path)
        self.pixels: NDArray[np.uint8] = reference.gray(path)

    def check(self, target: Path, start: float, end: float, stats: TranscodeStats) -> int:
        """Hold a trim against the same pictures of the whole; says how many were copied."""
        container = target.suffix[1:]
        assert stats.streams[0].action == "copy"
        assert not [text for text in stats.warnings if "did not rise" in text]
        assert reference.complaints(target) == ""
        wanted = within(self.frames, start, end)
        came = decoded(target, "-copyts")
        assert len(came) == len(wanted), (start, end)
        offset = float(came[0].time) - (float(wanted[0].time) - start)
        assert offset == pytest.approx(0, abs=0.0011) or container in LATE
        check_times(came, wanted, start - offset, 0.0011)
        # What is copied lies in one piece, bit for bit as it was.
        copied = len(wanted) - stats.frames_encoded
        same = "".join("=" if one.md5 == other.md5 else "x" for one, other in zip(came, wanted, strict=True))
        assert "=" * copied in same, (start, end, same)
        places = [place for place, frame in enumerate(self.frames) if start <= frame.time < end]
        assert min(likeness(reference.gray(target), self.pixels[places])) > LIKE, (start, end)
        decoding = [packet.dts for packet in reference.packets(target, "V:0") if packet.dts is not None]
        # Matroska stores no decoding times, and FFmpeg makes up some.
        assert container == "mkv" or all(one < other for one, other in pairwise(decoding))
        return copied


@pytest.fixture(scope="module")
def wholes() -> dict[str, Whole]:
    """Sources that were decoded already."""
    return {}


def whole_of(name: str, shelf: Shelf, wholes: dict[str, Whole]) -> Whole:
    """A source, decoded once in all tests."""
    if name not in wholes:
        wholes[name] = Whole(shelf[name])
    return wholes[name]


def cut(source: Path, target: Path, start: float, end: float | None, threads: int = 0) -> TranscodeStats:
    """A smart trim."""
    return transcode_py.transcode(
        source,
        target,
        video_codec="copy",
        audio_codec="copy",
        start=start,
        end=end,
        trim="smart",
        threads=threads,
    )


@pytest.mark.parametrize(("name", "container"), PAIRS)
def test_smart(name: str, container: str, shelf: Shelf, wholes: dict[str, Whole], out: Path) -> None:
    """Every picture is there, at its time, and decodes clean; those between the edges are the source's own."""
    whole = whole_of(name, shelf, wholes)
    copied = 0
    for number, (start, end) in enumerate([(0.23, 1.71), *spans(name, whole.frames, 1)]):
        target = out / f"{number}.{container}"
        stats = cut(whole.path, target, start, end)
        copied += whole.check(target, start, end, stats)
    assert copied > 10


ONE_EACH = ["hevc-open.mp4", "mpeg2-groups.mkv", "mpeg4-groups.mp4", "av1-groups.mp4"]


@pytest.mark.parametrize("name", ONE_EACH)
def test_smart_at_the_ends(name: str, shelf: Shelf, wholes: dict[str, Whole], out: Path) -> None:
    """One picture, the first, the last, a part of one group, and edges that lie on groups or one picture beside."""
    whole = whole_of(name, shelf, wholes)
    times = [float(frame.time) for frame in whole.frames]
    half = (times[1] - times[0]) / 2
    last = len(times) - 1
    ways = [(0, 0), (1, 1), (last, last), (14, 14), (12, 17), (1, last), (0, 24), (9, 29), (10, 30)]
    for number, (first, final) in enumerate(ways):
        start, end = max(times[first] - half, 0), times[final] + half
        target = out / f"{number}.mp4"
        whole.check(target, start, end, cut(whole.path, target, start, end))


@pytest.mark.parametrize("name", ONE_EACH)
@pytest.mark.parametrize("threads", [1, 5])
def test_smart_with_threads(name: str, threads: int, shelf: Shelf, wholes: dict[str, Whole], out: Path) -> None:
    """On one thread the stages run in turn; both ways give the same pictures."""
    whole = whole_of(name, shelf, wholes)
    stats = cut(whole.path, out / "out.mp4", 0.5, 1.7, threads)
    assert whole.check(out / "out.mp4", 0.5, 1.7, stats) >= 10


@pytest.mark.parametrize("name", ["hevc-open.mp4", "mpeg2-groups.ts", "mpeg4-groups.mp4"])
def test_smart_to_the_end(name: str, shelf: Shelf, wholes: dict[str, Whole], out: Path) -> None:
    """Without an end all is copied from the first whole group on, of which nothing leans on what was cut."""
    whole = whole_of(name, shelf, wholes)
    stats = cut(whole.path, out / "out.mkv", 0.53, None)
    assert whole.check(out / "out.mkv", 0.53, 1e9, stats) >= 25


@pytest.mark.parametrize("container", ["mp4", "mkv"])
@pytest.mark.parametrize("name", ONE_EACH)
def test_seeking_into_what_was_copied(
    name: str, container: str, shelf: Shelf, wholes: dict[str, Whole], out: Path
) -> None:
    """Decoding can begin at a copied group: nothing there leans on what was encoded before it."""
    whole = whole_of(name, shelf, wholes)
    target = out / f"out.{container}"
    cut(whole.path, target, 0.23, 1.71)
    came = reference.frames(target, "-map", "0:V", inputs=["-ss", "1.1"])[0]
    ours = [frame.md5 for frame in came[:3]]
    near = [frame.md5 for frame in whole.frames if 1.2 < frame.time < 1.5]
    assert ours[0] in near
    assert near[near.index(ours[0]) :][:3] == ours
