"""Sound and picture stay together: a clap, from every container into every other.

The sound may be off by a sample, or by what a container's own clock rounds: Matroska, WebM and FLV tell
times in milliseconds, each to the nearest. Both sides are measured by FFmpeg's own programs.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

import clap
import pytest
import reference
import transcode_py

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

CONTAINERS = ["mp4", "mkv", "mov", "webm", "ts", "avi", "flv"]
MILLISECONDS = {"mkv", "webm", "flv"}
LATE = Fraction(2, 10)

Source = tuple[list[str], list[str], list[str]]  # pictures, sound, options of the output


def _plain(rate: int) -> Source:
    return clap.pictures(), clap.sound(rate), []


def _late_sound(rate: int) -> Source:
    return clap.pictures(), ["-itsoffset", str(float(LATE)), *clap.sound(rate)], []


def _late_picture(rate: int) -> Source:
    return ["-itsoffset", str(float(LATE)), *clap.pictures()], clap.sound(rate), []


def _late_both(rate: int) -> Source:
    return clap.pictures(), clap.sound(rate), ["-output_ts_offset", "7.123"]


def _gap(rate: int) -> Source:
    """0.15 s are missing in the sound, after which the chirp comes at its time."""
    cut = "aselect='not(between(t,0.2,0.35))'"
    found = clap.sound(rate)
    return clap.pictures(), [*found[:-1], f"{found[-1]},asetnsamples=480,{cut}"], []


SOURCES: dict[str, Callable[[int], Source]] = {
    "plain": _plain,
    "late-sound": _late_sound,
    "late-picture": _late_picture,
    "late-both": _late_both,
    "gap": _gap,
}
# A file that has no times for its sound cannot have been made with a gap in it, nor so that sound is late.
IMPOSSIBLE = {("gap", "avi"), ("gap", "mp4"), ("gap", "mov"), ("late-sound", "avi"), ("late-both", "avi")}


@pytest.fixture(scope="session")
def claps(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, str], tuple[Path, clap.Clap]]:
    """A clip with a clap and where that is in it, made and measured once a session."""
    folder = tmp_path_factory.mktemp("claps")
    made: dict[Path, clap.Clap] = {}

    def give(name: str, container: str) -> tuple[Path, clap.Clap]:
        path = folder / f"{name}.{container}"
        if path not in made:
            # FLV takes sound of 44.1 kHz only; which is also the harder rate for milliseconds.
            pictures, sound, options = SOURCES[name](44100 if container == "flv" else 48000)
            clap.make(path, *options, pictures=pictures, sound=sound)
            made[path] = clap.measure(path)
        return path, made[path]

    return give


def allowed(source: str, target: str, rate: int) -> Fraction:
    """A sample, or half a tick for the picture and, where it is rounded too, half a tick for the sound."""
    coarse = len({target} & MILLISECONDS) + len({source} & MILLISECONDS)
    return max(Fraction(1, rate), coarse * Fraction(1, 1000))


@pytest.mark.parametrize("target", CONTAINERS)
@pytest.mark.parametrize(
    ("name", "source"),
    [(name, source) for name in SOURCES for source in CONTAINERS if (name, source) not in IMPOSSIBLE],
)
def test_clap(
    name: str,
    source: str,
    target: str,
    claps: Callable[[str, str], tuple[Path, clap.Clap]],
    out: Path,
) -> None:
    """The chirp is as late after the flash as it was, whatever the codecs put in front and the containers begin with."""
    path, before = claps(name, source)
    made = out / f"out.{target}"
    transcode_py.transcode(path, made)
    after = clap.measure(made)
    assert abs(after.apart - before.apart) <= allowed(source, target, after.rate)


CODECS = [
    ("mp4", "aac"),
    ("mp4", "mp3"),
    ("mp4", "opus"),
    ("mp4", "alac"),
    ("mov", "pcm"),
    ("mkv", "opus"),
    ("mkv", "mp3"),
    ("mkv", "vorbis"),
    ("mkv", "flac"),
    ("mkv", "ac3"),
    ("ts", "mp3"),
    ("ts", "ac3"),
    ("ts", "opus"),
    ("avi", "mp3"),
    ("avi", "ac3"),
    ("avi", "pcm"),
]


@pytest.mark.parametrize(("target", "codec"), CODECS)
@pytest.mark.parametrize("rate", [44100, 48000])
def test_priming_of_every_encoder(
    target: str, codec: str, rate: int, claps: Callable[[str, str], tuple[Path, clap.Clap]], out: Path
) -> None:
    """What an encoder puts in front of the sound does not make it late."""
    path, before = claps("late-picture", "flv" if rate == 44100 else "mov")
    made = out / f"out.{target}"
    transcode_py.transcode(path, made, audio_codec=codec)
    after = clap.measure(made)
    assert abs(after.apart - before.apart) <= allowed("flv" if rate == 44100 else "mov", target, after.rate)


@pytest.mark.parametrize("source", [one for one in CONTAINERS if one != "avi"])
@pytest.mark.parametrize("target", ["mp4", "mkv", "mov", "ts", "flv"])
@pytest.mark.parametrize("name", ["plain", "late-sound", "late-picture"])
def test_copied(
    name: str, source: str, target: str, claps: Callable[[str, str], tuple[Path, clap.Clap]], out: Path
) -> None:
    """Streams that are copied keep their times to each other."""
    path, before = claps(name, source)
    made = out / f"out.{target}"
    try:
        transcode_py.remux(path, made)
    except transcode_py.UnsupportedError:
        pytest.skip(f"{target} does not hold what {source} usually has")
    after = clap.measure(made)
    assert abs(after.apart - before.apart) <= allowed(source, target, after.rate)


@pytest.mark.parametrize("target", ["mp4", "mkv", "ts", "avi", "flv"])
def test_edit_list_that_begins_inside(
    target: str, claps: Callable[[str, str], tuple[Path, clap.Clap]], out: Path
) -> None:
    """A file cut without encoding has an edit list that hides what comes before: here, times below zero."""
    path, _ = claps("plain", "mp4")
    cut = out / "cut.mp4"
    reference.ffmpeg("-ss", "0.3", "-i", path, "-c", "copy", cut)
    before = clap.measure(cut)
    made = out / f"out.{target}"
    transcode_py.transcode(cut, made)
    after = clap.measure(made)
    assert abs(after.apart - before.apart) <= allowed("mp4", target, after.rate)


@pytest.mark.parametrize("target", ["mp4", "mkv", "ts", "flv", "webm"])
@pytest.mark.parametrize("options", [{"start": 0.31}, {"start": 0.3, "end": 1.0}], ids=str)
def test_trimmed(
    target: str, options: dict[str, Any], claps: Callable[[str, str], tuple[Path, clap.Clap]], out: Path
) -> None:
    """A cut moves both by the same."""
    path, before = claps("plain", "mov")
    made = out / f"out.{target}"
    transcode_py.transcode(path, made, **options)
    after = clap.measure(made)
    assert abs(after.apart - before.apart) <= allowed("mov", target, after.rate)


@pytest.mark.parametrize("target", ["m4a", "mp3", "flac", "wav", "ogg"])
def test_gapless(target: str, out: Path) -> None:
    """What is encoded and decoded again has as many samples as before, and each at its place."""
    source = out / "source.wav"
    reference.ffmpeg(*clap.sound(44100), source)
    made = out / f"out.{target}"
    transcode_py.transcode(source, made)
    length = round(clap.LENGTH * 44100)
    found = clap.decode(made, pictures=False)
    assert abs(clap.find(found) - round(clap.FLASH * 44100)) <= 1
    # Vorbis and the mp4 of FFmpeg before 6 round the end up to a whole packet.
    assert 0 <= len(found.samples) - length <= (0 if target in {"flac", "wav", "mp3"} else 2048)
