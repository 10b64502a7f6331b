"""Output mp4 plays: durations, rising dts, sound and picture together, index first."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest
import reference
import transcode_py

import media

if TYPE_CHECKING:
    from pathlib import Path

MILLISECOND = Fraction(1, 1000)

CONTAINERS = ["mp4", "mkv", "mov", "ts", "webm", "avi", "flv", "gif", "wav", "mp3", "flac", "m4a"]
HAZARDS = ["late-sound.mkv", "late-picture.mkv", "offset.ts", "vfr.mkv", "opengop.ts", "raw.h264", "film.mkv"]
# One real file of each container that the folder has.
REAL = [
    "sample.mp4",
    "sample_with_srt.mkv",
    "fixture-mjpeg.mov",
    "seg-2-v1-a1.ts",
    "tears_of_steel.webm",
    "sample.avi",
    "sample.flv",
    "pigs_in_a_polka.gif",
    "test.wav",
    "bear-vbr-xing-header.mp3",
    "bear_with_picture.flac",
    "has-tags.m4a",
]
WHICH = ["-map", "0:V?", "-map", "0:a?"]


def end(stream: reference.Json) -> Fraction:
    """When a stream ends; the ffmpeg program shows a late first picture from zero on, so its start says less."""
    return Fraction(stream["start_time"]) + Fraction(stream["duration"])


def first_times(path: Path) -> list[Fraction]:
    """When each stream's first picture or sample is presented, primed samples left out."""
    tracks = reference.frames(path, "-copyts", *WHICH)
    return [tracks[index][0].time for index in sorted(tracks)]


def check_plays(source: Path, folder: Path) -> None:
    """Hold our mp4 of the source against the one that the ffmpeg program makes."""
    ours, theirs = folder / "ours.mp4", folder / "theirs.mp4"
    transcode_py.transcode(source, ours, video_codec="h264", audio_codec="aac", preset="ultrafast")
    reference.ffmpeg("-i", source, *WHICH, "-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac", theirs)
    assert reference.complaints(ours) == ""

    kinds = ["video"] * len(reference.streams(source, "video")) + ["audio"] * len(reference.streams(source, "audio"))
    for kind in ("video", "audio"):
        for index in range(kinds.count(kind)):
            own, other = (reference.streams(path, kind)[index] for path in (ours, theirs))
            assert own["codec_name"] == ("h264" if kind == "video" else "aac")
            unit = 1 / Fraction(other["avg_frame_rate"]) if kind == "video" else Fraction(1024, int(own["sample_rate"]))
            assert abs(end(own) - end(other)) <= unit, "duration"
            times = [packet.dts for packet in reference.packets(ours, f"{'V' if kind == 'video' else 'a'}:{index}")]
            assert all(a is not None and b is not None and a < b for a, b in pairwise(times)), "dts must rise"

    wanted = reference.frames(source, *WHICH)
    came = reference.frames(ours, *WHICH)
    for index in range(kinds.count("video")):
        assert len(came[index]) == len(wanted[index]), "pictures"

    if len(set(kinds)) > 1:
        check_together(source, ours, theirs)


def check_together(source: Path, ours: Path, theirs: Path) -> None:
    """Sound begins as long after the picture as in their file, or at what the source says."""
    sound = len(reference.streams(source, "video"))
    times = {path: first_times(path) for path in (source, ours, theirs)}
    offset = {path: found[sound] - found[0] for path, found in times.items()}
    if abs(offset[ours] - offset[theirs]) > MILLISECOND:
        # An encoder's first samples may stand before the sound itself: what counts is when a wave is heard.
        moved = float(times[ours][0] - times[source][0])
        late = heard_later(source, ours, float(times[source][sound]), float(times[ours][sound]))
        assert late == pytest.approx(moved, abs=0.001), {path.name: float(value) for path, value in offset.items()}


def heard_later(source: Path, ours: Path, source_start: float, our_start: float) -> float:
    """How much later our sound is heard, in seconds, by where the two waves fit best."""
    rate = int(reference.streams(ours, "audio")[0]["sample_rate"])
    wanted, came = (reference.samples(path)[: 3 * rate].mean(axis=1) for path in (source, ours))
    size = len(wanted) + len(came)
    fit = np.fft.irfft(np.fft.rfft(came, size) * np.conj(np.fft.rfft(wanted, size)), size)
    at = int(np.argmax(fit))
    return (at if at < size // 2 else at - size) / rate + our_start - source_start


@pytest.mark.parametrize("name", [f"plain.{container}" for container in CONTAINERS] + HAZARDS)
def test_generated(name: str, shelf: media.Shelf, out: Path) -> None:
    """From every usual container, and with sound and picture that do not begin together."""
    check_plays(shelf[name], out)


@pytest.mark.skipif(not media.real_files(), reason="no folder of real media here (TRANSCODE_MEDIA)")
@pytest.mark.parametrize("name", REAL)
def test_real(name: str, out: Path) -> None:
    """From files of cameras, phones and stores."""
    check_plays(media.REAL / name, out)


@pytest.mark.parametrize("path", media.carried(), ids=lambda path: path.name)
def test_carried(path: Path, out: Path) -> None:
    """From the excerpt in the repository."""
    check_plays(path, out)


@pytest.mark.parametrize(("faststart", "first"), [(True, b"moov"), (False, b"mdat")])
@pytest.mark.parametrize("suffix", ["mp4", "mov", "m4a"])
def test_faststart(faststart: bool, first: bytes, suffix: str, shelf: media.Shelf, out: Path) -> None:
    """The index stands first, so that playing starts before all is loaded; and last where asked."""
    target = out / f"out.{suffix}"
    transcode_py.transcode(shelf["plain.mkv"], target, faststart=faststart)
    data = target.read_bytes()
    assert min((b"moov", b"mdat"), key=data.index) == first


def test_format_wins_over_the_name(shelf: media.Shelf, out: Path) -> None:
    """`format=` says what is written, whatever the output is called."""
    target = out / "out.data"
    transcode_py.transcode(shelf["plain.mkv"], target, format="mp4")
    assert "mp4" in reference.probe(target)["format"]["format_name"]


@pytest.mark.parametrize(
    ("suffix", "video", "audio"),
    [
        ("mp4", "h264", "aac"),
        ("mov", "h264", "aac"),
        ("mkv", "h264", "aac"),
        ("webm", "vp9", "opus"),
        ("gif", "gif", None),
        ("mp3", None, "mp3"),
        ("flac", None, "flac"),
        ("opus", None, "opus"),
        ("ogg", None, "vorbis"),
        ("wav", None, "pcm"),
        ("m4a", None, "aac"),
    ],
)
def test_usual_codecs(suffix: str, video: str | None, audio: str | None, shelf: media.Shelf, out: Path) -> None:
    """Nothing but a name is needed: each container gets the codecs that players expect in it."""
    target = out / f"out.{suffix}"
    transcode_py.transcode(shelf["plain.mkv"], target)
    found = {stream["codec_type"]: stream["codec_name"].partition("_")[0] for stream in reference.streams(target)}
    assert found == {kind: codec for kind, codec in (("video", video), ("audio", audio)) if codec}


def test_twice_the_same(shelf: media.Shelf, out: Path) -> None:
    """The same job gives the same bytes."""
    for name in ("one.mp4", "two.mp4"):
        transcode_py.transcode(shelf["plain.mkv"], out / name, preset="ultrafast")
    assert (out / "one.mp4").read_bytes() == (out / "two.mp4").read_bytes()
