"""`write_audio_file`: arrays come back from files as they were, and what does not fit is told before anything is left."""

from __future__ import annotations

import errno
import io
import json
import os
import subprocess
import sys
import textwrap
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import reference
import remains
import sounds
import transcode_py
from transcode_py import InvalidOptionError, OutputExistsError, TranscodeError, UnsupportedError, write_audio_file
from twins import both

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray
    from twins import Arrays

RATE = 48_000
EARLIER = b"an earlier file"


def noise(samples: int, *channels: int, seed: int = 3) -> NDArray[np.int16]:
    """Sound in which no sample is like its neighbour."""
    return np.random.default_rng(seed).integers(-(1 << 15), 1 << 15, (samples, *channels), dtype=np.int16)


def music(seconds: float = 4, channels: int = 2, rate: int = RATE) -> NDArray[np.float32]:
    """Chords that swell and fade, other ones in each channel."""
    t = np.arange(int(seconds * rate))[:, None] / rate
    base = 220 * 2 ** (np.arange(channels) * 5 / 12)
    tones = sum(np.sin(2 * np.pi * base * n * t + n * n) / n for n in range(1, 6))
    return (0.25 * tones * (0.6 + 0.4 * np.sin(2 * np.pi * 0.7 * t))).astype(np.float32)


def snr(sent: NDArray[Any], came: NDArray[Any]) -> float:
    """Decibels of the signal above what was changed of it, without the last frames, which are faded into the end."""
    count = min(len(sent), len(came)) - 4096
    signal, error = sent[:count].astype(np.float64), came[:count].astype(np.float64) - sent[:count]
    return float(10 * np.log10(np.mean(signal**2) / max(np.mean(error**2), 1e-30)))


@pytest.mark.parametrize("name", ["a.wav", "a.flac", "a.mka", "a.aiff", "a.caf", "a.m4a"])
@pytest.mark.parametrize("shape", [(), (1,), (2,), (6,)])
def test_int16_comes_back_to_the_bit(out: Path, name: str, shape: tuple[int, ...], arrays: Arrays) -> None:
    samples = noise(70_001, *shape)
    codec = {"a.m4a": "alac", "a.mka": "flac"}.get(name)
    stats = write_audio_file(out / name, arrays.of(samples), RATE, audio_codec=codec)
    expected = samples.reshape(len(samples), -1)
    assert np.array_equal(sounds.decoded(out / name, dtype="int16"), expected)
    assert np.array_equal(arrays.to_numpy(transcode_py.read_audio(out / name, dtype="int16")), expected)
    assert stats.output_size == (out / name).stat().st_size
    assert stats.duration == pytest.approx(len(samples) / RATE, abs=1e-3)
    assert stats.warnings == ()
    assert os.listdir(out) == [name]


def test_floats_come_back_to_the_bit(out: Path, arrays: Arrays) -> None:
    """Also those beyond full scale."""
    samples = music() * 8
    for name in ("a.wav", "a.caf"):
        write_audio_file(out / name, arrays.of(samples), RATE)
        assert np.array_equal(sounds.decoded(out / name), samples)
    assert abs(samples).max() > 1


def test_flac_keeps_24_bits_of_floats(out: Path, arrays: Arrays) -> None:
    samples = music()
    write_audio_file(out / "a.flac", arrays.of(samples), 96_000)
    assert sounds.first(out / "a.flac")["bits_per_raw_sample"] == "24"
    assert abs(sounds.decoded(out / "a.flac") - samples).max() <= 2**-23


# Name, codec, bits a second, and decibels that are left of the chords at the least.
LOSSY = [
    ("a.m4a", "aac", 192_000, 35),
    ("a.mp3", "mp3", 192_000, 30),
    ("a.opus", "opus", 160_000, 20),
    ("a.ogg", "vorbis", 192_000, 25),
    ("a.webm", "opus", 160_000, 20),
]


@pytest.mark.parametrize(("name", "codec", "bitrate", "least"), LOSSY)
@pytest.mark.parametrize("dtype", ["float32", "int16"])
def test_lossy_codecs_keep_most_of_it_in_its_place(
    out: Path, name: str, codec: str, bitrate: int, least: float, dtype: str, arrays: Arrays
) -> None:
    """A shift by one sample would leave 30 dB less."""
    samples = music()
    given = samples if dtype == "float32" else np.round(samples * 32767).astype(np.int16)
    write_audio_file(out / name, arrays.of(given), RATE, audio_codec=codec, audio_bitrate=bitrate)
    theirs, ours = sounds.decoded(out / name), transcode_py.read_audio(out / name)
    assert snr(samples, ours) > least
    assert np.array_equal(ours[: len(theirs)], theirs[: len(ours)])
    assert 0 <= len(ours) - len(samples) < 1024
    assert sounds.first(out / name)["sample_rate"] == str(RATE)


# The usual layouts of each; of those of ALAC and Vorbis some are others.
LAYOUTS = ["mono", "stereo", "2.1", "4.0", "5.0", "5.1", "6.1", "7.1"]


@pytest.mark.parametrize("count", range(1, 9))
def test_channels_are_written_as_they_are(out: Path, count: int, arrays: Arrays) -> None:
    """None is mixed into others, whatever speakers a codec knows of so many."""
    samples = noise(5000, count)
    for name, codec in (("a.wav", None), ("a.flac", None), ("alac.m4a", "alac")):
        write_audio_file(out / name, arrays.of(samples), 44_100, audio_codec=codec)
        told = sounds.first(out / name)
        assert (told["channels"], told["sample_rate"]) == (count, "44100")
        assert np.array_equal(sounds.decoded(out / name, dtype="int16"), samples)
        if name == "a.flac":
            assert told["channel_layout"] == LAYOUTS[count - 1]


@pytest.mark.parametrize("count", range(1, 9))
@pytest.mark.parametrize(("name", "codec"), [("a.opus", "opus"), ("a.m4a", "aac"), ("a.ogg", "vorbis")])
def test_each_channel_of_lossy_codecs_is_its_own(out: Path, count: int, name: str, codec: str, arrays: Arrays) -> None:
    """A tone of its own in each, which comes back as the loudest of that channel; of the one for low tones a low one."""
    t = np.arange(RATE) / RATE
    low = {3: 2, 6: 3, 7: 3, 8: 3}.get(count)
    tones = [60 if channel == low else 500 + 180 * channel for channel in range(count)]
    samples = np.stack([0.3 * np.sin(2 * np.pi * tone * t) for tone in tones], axis=1).astype(np.float32)
    write_audio_file(out / name, arrays.of(samples), RATE, audio_codec=codec, audio_bitrate=64_000 * count)
    assert loudest(out / name) == pytest.approx(expected(out, samples, tones, codec), abs=3)


def loudest(path: Path) -> list[float]:
    """The frequency of each channel that is loudest, in a file of a second."""
    spectra = abs(np.fft.rfft(sounds.decoded(path)[8000:40_000], axis=0))
    return [float(place) * RATE / 32_000 for place in spectra.argmax(axis=0)]


def expected(out: Path, samples: NDArray[np.float32], tones: list[int], codec: str) -> list[float]:
    """Those that were written; but FFmpeg's encoder of Opus shuffles five and seven channels, from whatever they come."""
    count = len(tones)
    if codec != "opus" or count not in {5, 7}:
        return [float(tone) for tone in tones]
    write_audio_file(out / "a.wav", samples, RATE)
    reference.ffmpeg("-i", out / "a.wav", "-c:a", "libopus", "-b:a", f"{64 * count}k", out / "theirs.opus")
    return loudest(out / "theirs.opus")


@pytest.mark.parametrize("name", ["a.wav", "a.flac", "a.mp3", "a.m4a", "a.opus"])
def test_one_sample(out: Path, name: str, arrays: Arrays) -> None:
    samples = np.array([1234], np.int16)
    write_audio_file(out / name, arrays.of(samples), RATE)
    came = transcode_py.read_audio(out / name, dtype="int16")
    assert came.shape[1] == 1
    assert len(came) >= 1
    if name in {"a.wav", "a.flac"}:
        assert came.tolist() == [[1234]]


# Torch has no strides below zero, and a buffer is none of its tensors.
NO_TENSORS = {"backwards", "channels backwards", "one channel backwards", "a buffer"}


def test_any_strides(arrays: Arrays) -> None:
    whole = noise(9000, 4)
    views: dict[str, Any] = {
        "every third": whole[::3],
        "backwards": whole[::-1],
        "two of the channels": whole[:, 1::2],
        "channels backwards": whole[:, ::-1],
        "Fortran order": np.asfortranarray(whole),
        "the same again": np.broadcast_to(whole[:1], (5000, 4)),
        "channels first, turned": np.ascontiguousarray(whole.T).T,
        "one channel": whole[::2, 3],
        "one channel backwards": whole[::-2, 3],
        "read-only": whole.copy(),
        "a buffer": memoryview(whole.data),
    }
    views["read-only"].flags.writeable = False
    for name, view in views.items():
        if arrays.name == "torch" and name in NO_TENSORS:
            continue
        data = write_audio_file(None, arrays.of(view), RATE, format="wav").data
        assert data is not None, name
        came = arrays.to_numpy(transcode_py.read_audio(data, dtype="int16"))
        assert np.array_equal(came, np.asarray(view).reshape(len(view), -1)), name


class Dlpack:
    """An object with DLPack and nothing else."""

    def __init__(self, array: NDArray[Any]) -> None:
        self.array = array

    def __dlpack__(self, **options: Any) -> Any:
        return self.array.__dlpack__(**options)

    def __dlpack_device__(self) -> tuple[int, int]:
        return self.array.__dlpack_device__()


def test_dlpack(out: Path) -> None:
    samples = music(0.5)
    write_audio_file(out / "a.wav", Dlpack(samples), RATE)
    assert np.array_equal(sounds.decoded(out / "a.wav"), samples)


def test_bytes_and_file_objects(out: Path, arrays: Arrays) -> None:
    samples = noise(30_000, 2)
    write_audio_file(out / "a.flac", arrays.of(samples), RATE)
    stats = write_audio_file(None, arrays.of(samples), RATE, format="flac")
    assert stats.data is not None
    assert np.array_equal(transcode_py.read_audio(stats.data, dtype="int16"), samples)
    file = io.BytesIO()
    assert write_audio_file(file, arrays.of(samples), RATE, format="flac").data is None
    assert np.array_equal(transcode_py.read_audio(file.getvalue(), dtype="int16"), samples)
    with (out / "b.mp3").open("wb") as real:
        write_audio_file(real, arrays.of(samples), RATE, format="mp3")
    assert sounds.first(out / "b.mp3")["codec_name"] == "mp3"


class BrokenError(Exception):
    """The file object's own."""


def test_what_a_file_object_raises_is_raised(arrays: Arrays) -> None:
    class Broken:
        def write(self, _: bytes) -> int:
            raise BrokenError

    with remains.nothing(), pytest.raises(BrokenError):
        write_audio_file(Broken(), arrays.of(noise(300_000, 2)), RATE, format="wav")


def test_options_of_the_sound_are_followed(out: Path, arrays: Arrays) -> None:
    samples = music(1, 6)
    stats = write_audio_file(out / "a.mp3", arrays.of(samples), RATE, channels=2, metadata={"title": "Chords"})
    assert sounds.first(out / "a.mp3")["channels"] == 2
    assert transcode_py.probe(out / "a.mp3").tags["title"] == "Chords"
    assert stats.warnings == ()
    write_audio_file(out / "a.wav", arrays.of(samples), RATE, audio_filter="volume=0.5")
    assert np.array_equal(sounds.decoded(out / "a.wav"), samples / 2)


def test_a_rate_that_the_codec_does_not_take_is_told(out: Path, arrays: Arrays) -> None:
    stats = write_audio_file(out / "a.opus", arrays.of(music(1, 1, 44_100)), 44_100)
    assert "44100 Hz become 48000 Hz" in stats.warnings[0]
    assert sounds.first(out / "a.opus")["sample_rate"] == "48000"
    assert stats.duration == pytest.approx(1, abs=0.02)


def test_progress_is_told(out: Path, arrays: Arrays) -> None:
    seen: list[transcode_py.Progress] = []
    write_audio_file(out / "a.m4a", arrays.of(np.tile(music(), (30, 1))), RATE, progress=seen.append)
    assert seen[-1].percent == 100
    assert any(0 < report.percent < 100 for report in seen)
    assert seen[-1].duration == pytest.approx(120)


def test_what_progress_raises_stops_it(out: Path, arrays: Arrays) -> None:
    def stop(_: transcode_py.Progress) -> None:
        raise BrokenError

    (out / "a.m4a").write_bytes(EARLIER)
    with remains.nothing(), pytest.raises(BrokenError):
        write_audio_file(out / "a.m4a", arrays.of(np.tile(music(), (15, 1))), RATE, overwrite=True, progress=stop)
    assert os.listdir(out) == ["a.m4a"]
    assert (out / "a.m4a").read_bytes() == EARLIER


BAD = music(3)
BAD[100_000, 1] = np.nan
WORSE = music(3)
WORSE[140_000, 0] = -np.inf
SOUND = "expected float32 or int16 array of shape .N, C. or .N,.; got"
WRONG: dict[str, tuple[Any, str]] = {
    "float64": (np.zeros((10, 2)), rf"{SOUND} float64 \(10, 2\); use array.astype\(.float32.\)"),
    "int32": (np.zeros((10, 2), np.int32), rf"{SOUND} int32 \(10, 2\); use array.astype\("),
    "uint8": (np.zeros(10, np.uint8), rf"{SOUND} uint8 \(10,\); use"),
    "swapped bytes": (np.zeros((10, 2), ">f4"), f"{SOUND} >f"),
    "objects": (np.full((10, 2), None), f"{SOUND} object"),
    "three axes": (np.zeros((1, 10, 2), np.float32), r"float32 \(1, 10, 2\); pass its items one by one"),
    "a number": (np.float32(1), "float32 array of shape|samples: expected"),
    "a list": ([0.0, 1.0], "got a list; use numpy.asarray"),
    "nothing": (None, "got a NoneType"),
    "no samples": (np.zeros((0, 2), np.float32), r"at least one sample; got float32 \[0, 2\]"),
    "no samples of one channel": (np.zeros(0, np.int16), r"at least one sample; got int16 \[0\]"),
    "no channels": (np.zeros((10, 0), np.int16), "at least one channel"),
    "channels first": (np.zeros((2, 480), np.int16), "at most 64 channels; got int16 .2, 480.; use samples.T"),
    "NaN": (BAD, r"samples: expected finite numbers; got NaN in sample 100000 of channel 1, .*; use numpy.nan_to_num"),
    "infinity": (WORSE, "got -inf in sample 140000 of channel 0"),
    "nine channels": (np.zeros((10, 9), np.int16), "channels; expected a number that FFmpeg has a layout of, 1, 2, 3"),
}


# No tensor has swapped bytes, and none objects.
@pytest.mark.parametrize(("arrays", "name"), both(WRONG, {"swapped bytes", "objects"}), indirect=["arrays"])
@pytest.mark.parametrize("earlier", [False, True])
def test_arrays_that_do_not_fit_leave_nothing(out: Path, name: str, earlier: bool, arrays: Arrays) -> None:
    samples, text = WRONG[name]
    if earlier:
        (out / "a.wav").write_bytes(EARLIER)
    with remains.nothing(), pytest.raises(InvalidOptionError, match=text):
        write_audio_file(out / "a.wav", arrays.of(samples), RATE, overwrite=True)
    assert os.listdir(out) == ["a.wav"] * earlier
    if earlier:
        assert (out / "a.wav").read_bytes() == EARLIER


REFUSED: list[tuple[dict[str, Any], type[Exception], str]] = [
    ({"video_codec": "h264"}, InvalidOptionError, "video_codec is about pictures, and sound has none"),
    ({"crf": 20}, InvalidOptionError, "crf is about pictures"),
    ({"resolution": "320x180"}, InvalidOptionError, "resolution is about pictures"),
    ({"fps": 25}, InvalidOptionError, "fps is about pictures"),
    ({"hdr": "sdr"}, InvalidOptionError, "hdr is about pictures"),
    ({"audio_codec": "copy"}, InvalidOptionError, 'audio_codec="copy" is about an input'),
    ({"start": 1}, InvalidOptionError, "start is about an input"),
    ({"audio": 0}, InvalidOptionError, "audio is about an input"),
    ({"input": "a.wav"}, InvalidOptionError, "input; expected none"),
    ({"volume": 2}, InvalidOptionError, "volume"),
    ({"sample_rate": None}, InvalidOptionError, "sample_rate; expected samples a second; got None"),
    ({"sample_rate": 0}, InvalidOptionError, "sample_rate"),
    ({"sample_rate": "fast"}, InvalidOptionError, "sample_rate"),
    ({"audio_codec": "h264"}, InvalidOptionError, "h264"),
    ({"audio_codec": "aac", "format": "flac"}, UnsupportedError, "flac"),
    ({"audio_codec": "mp3x"}, InvalidOptionError, "mp3"),
    ({"format": "gif"}, UnsupportedError, "gif has no place for audio"),
    ({"progress": 7}, InvalidOptionError, "progress"),
    ({"output": None}, InvalidOptionError, "format"),
]


@pytest.mark.parametrize(("options", "kind", "text"), REFUSED)
def test_options_that_do_not_fit_are_refused(
    out: Path, options: dict[str, Any], kind: type[Exception], text: str, arrays: Arrays
) -> None:
    chosen = {"output": out / "a.wav", "samples": arrays.of(noise(100, 2)), "sample_rate": RATE, **options}
    with pytest.raises(kind, match=text):
        write_audio_file(**chosen)
    assert not os.listdir(out)


@pytest.mark.parametrize("count", [3, 6, 8])
def test_more_channels_than_the_codec_takes(out: Path, count: int, arrays: Arrays) -> None:
    text = f"libmp3lame takes no {count} channels; expected one of mono, stereo; got {count}; choose another codec"
    with pytest.raises(InvalidOptionError, match=text):
        write_audio_file(out / "a.mp3", arrays.of(noise(100, count)), RATE)
    assert not os.listdir(out)


def test_what_is_there_stays(out: Path, arrays: Arrays) -> None:
    (out / "a.wav").write_bytes(EARLIER)
    with pytest.raises(OutputExistsError):
        write_audio_file(out / "a.wav", arrays.of(noise(100, 2)), RATE)
    assert (out / "a.wav").read_bytes() == EARLIER


def run(script: str, *arguments: Any) -> Any:
    """A script in a process of its own, and the JSON that it prints."""
    command = [sys.executable, "-c", textwrap.dedent(script), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, f"exit status {done.returncode}\n{done.stderr[-3000:]}"
    return json.loads(done.stdout)


def test_disk_full(out: Path) -> None:
    (out / "a.wav").write_bytes(EARLIER)
    script = """
        import json, resource, sys
        import numpy as np, transcode_py
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
        try:
            transcode_py.write_audio_file(sys.argv[1], np.ones((1_000_000, 2), np.int16), 48000, overwrite=True)
        except transcode_py.TranscodeError as error:
            print(json.dumps([type(error).__name__, error.errno, error.path]))
    """
    assert run(script, out / "a.wav") == ["MediaIOError", errno.EFBIG, str(out / "a.wav")]
    assert (out / "a.wav").read_bytes() == EARLIER
    assert os.listdir(out) == ["a.wav"]


@pytest.mark.alone
def test_no_second_copy_is_made(out: Path, arrays: Arrays) -> None:
    """300 MB of samples, of which no more than what waits in the queue is there twice."""
    script = """
        import json, resource, sys
        import transcode_py
        if sys.argv[2] == "numpy":
            from numpy import float32, ones
        else:
            from torch import float32, ones
        transcode_py.write_audio_file(sys.argv[1], ones((1000, 2), dtype=float32), 48000)
        samples = ones((38_000_000, 2), dtype=float32)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        transcode_py.write_audio_file(sys.argv[1], samples, 48000, overwrite=True)
        print(json.dumps((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024))
    """
    assert run(script, out / "a.wav", arrays.name) < 100


@pytest.mark.alone
def test_ctrl_c_leaves_nothing(out: Path) -> None:
    script = """
        import json, os, signal, sys, threading
        import numpy as np, transcode_py
        samples = np.random.default_rng(1).standard_normal((48_000 * 600, 2), np.float32) / 8
        threading.Timer(0.4, os.kill, (os.getpid(), signal.SIGINT)).start()
        try:
            transcode_py.write_audio_file(sys.argv[1], samples, 48000)
        except KeyboardInterrupt:
            print(json.dumps("stopped"))
    """
    assert run(script, out / "a.m4a") == "stopped"
    assert not os.listdir(out)


def test_a_timeout_ends_it(out: Path, arrays: Arrays) -> None:
    samples = np.broadcast_to(music(0.001, 6)[:1], (RATE * 1000, 6))
    with pytest.raises(transcode_py.TranscodeTimeoutError):
        write_audio_file(out / "a.m4a", arrays.of(samples), RATE, timeout=0.1)
    assert not os.listdir(out)


def test_an_array_of_more_samples_than_a_picture_has(out: Path, arrays: Arrays) -> None:
    """An hour and a half, and more: no limit of pictures holds for it."""
    samples = np.broadcast_to(np.zeros(1, np.int16), ((1 << 28) + 1,))

    def stop(_: transcode_py.Progress) -> None:
        raise BrokenError

    with pytest.raises((BrokenError, TranscodeError)) as caught:
        write_audio_file(out / "a.flac", arrays.of(samples), RATE, progress=stop)
    assert caught.type is BrokenError
