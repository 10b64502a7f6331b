"""Times stay what they are: variable rates, clocks that wrap or jump, streams without times, long sound with gaps."""

from __future__ import annotations

import math
import subprocess
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import clap
import numpy as np
import pytest
import reference
import transcode_py

import media

if TYPE_CHECKING:
    from pathlib import Path

    from media import Shelf

MS = Fraction(1, 1000)
# Seconds a tick, where a container has one for all streams.
TICKS = {
    "mkv": MS,
    "webm": MS,
    "flv": MS,
    "ts": Fraction(1, 90_000),
    "mp4": Fraction(1, 10_000),
    "mov": Fraction(1, 10_000),
}
X264 = ["-c:v", "libx264", "-preset", "veryfast", "-crf", "32", "-pix_fmt", "yuv420p"]


def times(path: Path, which: str = "V:0") -> list[Fraction]:
    """When each picture is shown, from the first one on."""
    (track,) = reference.frames(path, "-copyts", "-map", f"0:{which}").values()
    return [frame.time - track[0].time for frame in track]


def assert_same_times(came: list[Fraction], wanted: list[Fraction], tick: Fraction) -> None:
    """Each time to the nearest tick; and as the first one is rounded too, a tick between them."""
    assert len(came) == len(wanted)
    far = [(at, float(a), float(b)) for at, (a, b) in enumerate(zip(came, wanted, strict=True)) if abs(a - b) > tick]
    assert far == []


@pytest.fixture(scope="session")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pictures at ever other distances, in ticks of 1/90000 s, with B-frames among them."""
    path = tmp_path_factory.mktemp("odd") / "odd.mp4"
    spread = ["-vf", "settb=1/90000,setpts='N*3000+mod(N*N*977,2500)'", "-fps_mode", "passthrough"]
    reference.ffmpeg(
        *media.picture(size="64x64", rate="30", seconds=2),
        *[*spread, "-enc_time_base", "1:90000", *X264, "-bf", "3", "-video_track_timescale", "90000"],
        path,
    )
    return path


@pytest.mark.parametrize("target", ["mp4", "mov", "mkv", "webm", "ts", "flv"])
def test_variable_rate_encoded(target: str, odd: Path, out: Path) -> None:
    """Every picture keeps its time, to the tick of the container."""
    made = out / f"out.{target}"
    stats = transcode_py.transcode(odd, made)
    assert_same_times(times(made), times(odd), TICKS[target])
    assert (stats.dropped_frames, stats.duplicated_frames) == (0, 0)


@pytest.mark.parametrize("target", ["mp4", "mov", "mkv", "ts", "flv"])
def test_variable_rate_copied(target: str, odd: Path, out: Path) -> None:
    """And so when nothing is encoded; where the container counts as finely, to the tick itself."""
    made = out / f"out.{target}"
    transcode_py.remux(odd, made)
    exact = target in {"mp4", "mov", "ts"}
    assert_same_times(times(made), times(odd), Fraction(0) if exact else TICKS[target])


UNEVEN = ["cursed-vfr.mp4", "one_fps_numeroted_blue.mkv", "sample_sef_slow_motion.mp4", "edit_list_positive_shift.mp4"]


NEAREST = [
    *[("mkv", codec) for codec in ("h264", "hevc", "vp9", "vp8", "av1", "mpeg4", "ffv1", "mjpeg", "copy")],
    *[("webm", codec) for codec in ("vp8", "vp9")],
    *[("flv", codec) for codec in ("h264", "copy")],
    *[(target, codec) for target in ("mp4", "ts", "mov") for codec in ("h264", "copy")],
]


@pytest.mark.parametrize(("target", "codec"), NEAREST)
@pytest.mark.parametrize("thousandths", [0, 1], ids=["from-0", "late"])
def test_times_are_the_nearest(target: str, codec: str, thousandths: int, odd: Path, out: Path) -> None:
    """Half a tick of the container is the most that any time may be off; the first picture is at 0, which is exact."""
    source, made = odd, out / f"out.{target}"
    if thousandths:
        source = out.parent / "late.mkv"
        reference.ffmpeg("-i", odd, "-c", "copy", "-output_ts_offset", "7.123", source)
    fast: dict[str, Any] = (
        {"encoder_options": {"deadline": "realtime", "cpu-used": "8"}} if codec in {"vp8", "vp9"} else {}
    )
    fast = {"preset": "12"} if codec == "av1" else fast
    try:
        transcode_py.transcode(source, made, video_codec=codec, **fast)
    except transcode_py.InvalidOptionError as error:
        pytest.skip(str(error))
    assert_same_times(times(made), times(source), TICKS[target] / 2)


@pytest.mark.skipif(not media.REAL.is_dir(), reason="no folder of real media here (TRANSCODE_MEDIA)")
@pytest.mark.parametrize("name", UNEVEN)
@pytest.mark.parametrize("target", ["mp4", "mkv", "ts"])
@pytest.mark.parametrize("codec", ["h264", "copy"])
def test_variable_rate_of_real_files(name: str, target: str, codec: str, out: Path) -> None:
    """What phones and screen recorders make."""
    if codec == "copy" and name == "sample_sef_slow_motion.mp4":
        pytest.skip("a picture that its edit list hides is shown when it is copied")
    source, made = media.REAL / name, out / f"out.{target}"
    options: dict[str, Any] = {"video_codec": codec, "audio": False, "subtitles": False}
    options |= {"preset": "ultrafast"} if codec == "h264" else {}
    transcode_py.transcode(source, made, **options)
    assert_same_times(times(made), times(source), TICKS[target])


@pytest.mark.parametrize("fps", [10, 24, 60, Fraction(30000, 1001)], ids=str)
def test_constant_rate_counts_what_it_does(fps: int | Fraction, odd: Path, out: Path) -> None:
    """With `fps` pictures are evenly spaced, and those left out and shown twice make up the difference."""
    made = out / "out.mp4"
    stats = transcode_py.transcode(odd, made, fps=fps)
    came = times(made)
    assert came == [number / Fraction(fps) for number in range(len(came))]
    assert len(came) == len(times(odd)) - stats.dropped_frames + stats.duplicated_frames
    assert abs(len(came) / Fraction(fps) - 2) <= 2 / Fraction(fps)


def _clip(path: Path, offset: float, *options: str) -> Path:
    """A transport stream with a clap in it, on a clock that begins at `offset`."""
    given = ["-output_ts_offset", str(offset), "-muxdelay", "0", "-muxpreload", "0", *options]
    return clap.make(path, *given, pictures=clap.pictures(), sound=clap.sound())


def _flashes(path: Path) -> list[Fraction]:
    shown = clap.decode(path).pictures
    bright = [at for (at, mean), (_, before) in zip(shown[1:], shown, strict=False) if mean > 100 > before]
    return [at - shown[0][0] for at in bright]


@pytest.mark.parametrize("before", [100.0, 5.0, 0.0], ids=["back-far", "back", "again"])
@pytest.mark.parametrize("after", [0.0, 4000.0, 90_000.0], ids=["at-0", "an-hour-on", "a-day-on"])
@pytest.mark.parametrize("codec", ["h264", "copy"])
def test_clocks_that_jump(before: float, after: float, codec: str, out: Path) -> None:
    """Recordings put one after the other go on, and sound and picture of the second stay together."""
    parts = [_clip(out / "one.ts", before), _clip(out / "two.ts", after)]
    joined, made = out / "joined.ts", out / "out.mp4"
    joined.write_bytes(b"".join(part.read_bytes() for part in parts))
    sound = "copy" if codec == "copy" else None
    stats = transcode_py.transcode(joined, made, video_codec=codec, audio_codec=sound)
    assert any("jump" in warning for warning in stats.warnings) is (before + 2 > after or after - before > 12)
    first, second = _flashes(made)
    assert abs(first - clap.FLASH) <= Fraction(3, 100)
    assert abs(second - first - clap.LENGTH) <= Fraction(4, 100)
    own, came = clap.measure(parts[1]), clap.decode(made)
    later = next(at for at, mean in reversed(came.pictures) if mean < 100 and at < came.pictures[0][0] + second)
    tail = came.samples[round(0.9 * came.rate) :]
    lag = clap.find(clap.Decoded([], [], tail, came.rate)) + round(0.9 * came.rate)
    chirp, flash = came.time_of(lag), later + Fraction(1, 25)
    assert abs((chirp - flash) - own.apart) <= Fraction(1, 1000)


def test_a_clock_that_wraps(out: Path) -> None:
    """33 bits of a clock of 90 kHz last 26.5 hours: the film goes on, exactly."""
    source = _clip(out / "wrap.ts", 95_443.0)
    made = out / "out.mp4"
    transcode_py.transcode(source, made, video_codec="copy", audio_codec="copy")
    assert times(made) == [Fraction(number, 25) for number in range(30)]
    before, after = clap.measure(_clip(out / "plain.ts", 10)), clap.measure(made)
    assert abs(after.apart - before.apart) <= Fraction(1, after.rate)


@pytest.mark.parametrize("after", [0.0, 4000.0, 90_000.0], ids=["at-0", "an-hour-on", "a-day-on"])
@pytest.mark.parametrize("codec", ["h264", "copy"])
@pytest.mark.parametrize("target", ["mp4", "mkv"])
@pytest.mark.parametrize("start", [0.4, 1.5], ids=["before", "behind"])
def test_a_start_before_and_behind_a_jump(start: float, after: float, codec: str, target: str, out: Path) -> None:
    """It counts on the one line of what is shown, and not on the clock of the file."""
    parts = [_clip(out / "one.ts", 100), _clip(out / "two.ts", after)]
    joined, made = out / "joined.ts", out / f"out.{target}"
    joined.write_bytes(b"".join(part.read_bytes() for part in parts))
    options: dict[str, Any] = {"video_codec": codec, "trim": "keyframe"} if codec == "copy" else {}
    stats = transcode_py.transcode(joined, made, start=start, **options)
    moved = [float(text.split()[3]) for text in stats.warnings if text.startswith("the start moves")]
    wanted = [at - start + sum(moved) for at in (0.6, 1.8) if at > start]
    assert [float(at) for at in _flashes(made)] == pytest.approx(wanted, abs=0.045)
    own, came = clap.measure(parts[0]), clap.decode(made)
    chirp = came.time_of(clap.find(came)) - came.pictures[0][0]
    assert min(abs(chirp - flash - own.apart) for flash in _flashes(made)) <= Fraction(2, 1000)


@pytest.mark.parametrize("codec", ["h264", "copy"])
def test_a_start_before_a_clock_wraps(codec: str, out: Path) -> None:
    """A clock that comes round is the same line."""
    source, made = _clip(out / "wrap.ts", 95_443.0), out / "out.mp4"
    transcode_py.transcode(source, made, video_codec=codec, start=0.3, trim="keyframe" if codec == "copy" else "exact")
    assert [float(at) for at in _flashes(made)] == pytest.approx([0.3], abs=0.045)


@pytest.mark.parametrize("start", [0.2, 0.5])
def test_raw_streams_can_be_cut(start: float, shelf: Shelf, out: Path) -> None:
    """A stream without any time is counted, so that it can be cut like any other."""
    made = out / "out.mkv"
    transcode_py.transcode(shelf["raw.h264"], made, video_codec="ffv1", start=start)
    (whole,) = reference.frames(shelf["raw.h264"], "-map", "0:v").values()
    (came,) = reference.frames(made, "-map", "0:v").values()
    assert [frame.md5 for frame in came] == [frame.md5 for frame in whole][math.ceil(start * 25) :]
    assert times(made) == [Fraction(number, 25) for number in range(len(came))]


@pytest.mark.skipif(not media.REAL.is_dir(), reason="no folder of real media here (TRANSCODE_MEDIA)")
@pytest.mark.parametrize("name", ["BA_MW_D.264", "hevc.265"])
def test_real_raw_streams_can_be_cut(name: str, out: Path) -> None:
    """The same, of streams that others made."""
    made = out / "out.mkv"
    transcode_py.transcode(media.REAL / name, made, video_codec="ffv1", start=0.2)
    (whole,) = reference.frames(media.REAL / name, "-map", "0:v").values()
    (came,) = reference.frames(made, "-map", "0:v").values()
    assert [frame.md5 for frame in came] == [frame.md5 for frame in whole][-len(came) :]
    rate = Fraction(reference.stream(media.REAL / name, "video")["r_frame_rate"])
    assert len(whole) - len(came) == math.ceil(Fraction(1, 5) * rate)


def test_avi_without_presentation_times(out: Path) -> None:
    """AVI counts pictures as they are coded: those with B-frames among them are shown in their order."""
    source, made = out / "b.avi", out / "out.mp4"
    reference.ffmpeg(*media.picture(size="64x64", seconds=1), *X264, "-bf", "3", source)
    transcode_py.transcode(source, made)
    assert times(made) == [Fraction(number, 25) for number in range(25)]


@pytest.mark.parametrize("target", ["mp4", "mkv", "ts", "mov"])
def test_a_stream_that_starts_30_seconds_late(target: str, out: Path) -> None:
    """It still starts 30 s late, and nobody waited for it in vain."""
    source, made = out / "late.mkv", out / f"out.{target}"
    reference.ffmpeg(
        *media.picture(size="64x64", rate="5", seconds=31),
        *["-itsoffset", "30", *media.tone(1), *X264, "-c:a", "flac"],
        source,
    )
    transcode_py.transcode(source, made)
    began = [min(p.pts for p in reference.packets(made, which) if p.pts is not None) for which in ("v:0", "a:0")]
    assert float(began[1] - began[0]) == pytest.approx(30, abs=0.03)
    assert len(times(made)) == 155


@pytest.mark.parametrize("target", ["mp4", "mkv"])
def test_a_resolution_that_changes(target: str, shelf: Shelf, out: Path) -> None:
    """One size comes out, every picture at its time."""
    made = out / f"out.{target}"
    transcode_py.transcode(shelf["resize.ts"], made)
    assert_same_times(times(made), times(shelf["resize.ts"]), TICKS[target])
    assert len(times(made)) == 20


@pytest.mark.parametrize("target", ["mp4", "mkv", "webm", "ts", "avi", "flv", "gif"])
def test_one_picture(target: str, out: Path) -> None:
    """A film of one picture is a film of one picture."""
    source, made = out / "one.mkv", out / f"out.{target}"
    reference.ffmpeg(*media.picture(size="64x64"), "-frames:v", "1", *X264, source)
    transcode_py.transcode(source, made)
    assert len(times(made)) == 1


def test_no_picture(out: Path) -> None:
    """A film of none is an error that says so, and leaves nothing."""
    source, made = out / "none.mp4", out / "out.mp4"
    reference.ffmpeg(*media.picture(size="64x64"), "-frames:v", "0", *X264, source)
    with pytest.raises(transcode_py.TranscodeError):
        transcode_py.transcode(source, made)
    assert not made.exists()


def _ticking(path: Path, gaps: int, rate: int, seconds: int) -> list[int]:
    """Hours of sound in which a part is missing before each of the markers; the markers' true samples.

    The pieces are cut out of a steady stream of blocks by their times, as a receiver that loses packets
    does: one to three blocks of 30 ms every few seconds, and a marker soon after.
    """
    step, block = seconds // gaps, 3 * rate // 100
    markers = [number * rate * step + rate + 5 * block for number in range(gaps)]
    samples = np.zeros(seconds * rate, np.int16)
    samples[markers] = 16384
    raw = path.with_suffix(".s16")
    samples.tofile(raw)
    hole = f"round(mod(t,{step})*{rate})"
    lost = f"gte({hole},{rate})*lt({hole},{rate}+{block}*(1+mod(floor(t/{step}),3)))"
    cut = f"asetnsamples={block},aselect='not({lost})'"
    reference.ffmpeg("-f", "s16le", "-ar", str(rate), "-ac", "1", "-i", raw, "-af", cut, "-c:a", "pcm_s16le", path)
    raw.unlink()
    return markers


@pytest.mark.parametrize(("target", "codec"), [("wav", "pcm"), ("mkv", "flac")])
def test_no_drift_over_two_hours_with_500_gaps(target: str, codec: str, out: Path) -> None:
    """Every marker lies where its timestamp says, to less than a millisecond, at the end as at the beginning."""
    rate, source, made = 8000, out / "gaps.mkv", out / f"out.{target}"
    markers = _ticking(source, 500, rate, 7000)
    stats = transcode_py.transcode(source, made, audio_codec=codec)
    command = ["ffmpeg", "-v", "error", "-i", str(made), "-f", "s16le", "-"]
    samples = np.frombuffer(subprocess.run(command, capture_output=True, check=True).stdout, np.int16)
    found = np.flatnonzero(samples > 8000)
    assert len(found) == len(markers)
    assert np.abs(found - np.array(markers)).max() < rate / 1000
    (warning,) = [text for text in stats.warnings if "gaps" in text]
    assert "500" in warning
