"""Options of sound, heard in the output's samples."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import reference
import transcode_py

from media import SURROUND

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from media import Shelf


def loudest(samples: NDArray[np.float32], rate: int) -> float:
    """The frequency that is heard."""
    spectrum = np.abs(np.fft.rfft(samples[:, 0] * np.hanning(len(samples))))
    return float(np.argmax(spectrum) * rate / len(samples))


@pytest.mark.parametrize(
    ("name", "suffix", "codec"),
    [
        ("aac", "m4a", "aac"),
        ("mp3", "mp3", "mp3"),
        ("opus", "opus", "opus"),
        ("vorbis", "ogg", "vorbis"),
        ("flac", "flac", "flac"),
        ("alac", "m4a", "alac"),
        ("ac3", "mkv", "ac3"),
        ("eac3", "mkv", "eac3"),
        ("pcm", "wav", "pcm_s16le"),
        ("pcm_s24le", "wav", "pcm_s24le"),
        ("libmp3lame", "mkv", "mp3"),
        ("mp2", "ts", "mp2"),
    ],
)
def test_every_codec_name(name: str, suffix: str, codec: str, shelf: Shelf, out: Path) -> None:
    """Each name of the contract, and an encoder's own name, makes sound of the same pitch and length."""
    target = out / f"out.{suffix}"
    transcode_py.transcode(shelf["plain.wav"], target, audio_codec=name)
    sound = reference.stream(target, "audio")
    assert (sound["codec_name"], sound["sample_rate"], sound["channels"]) == (codec, "48000", 2)
    assert reference.complaints(target) == ""
    samples = reference.samples(target)
    assert loudest(samples, 48000) == pytest.approx(440, abs=3)
    assert len(samples) == pytest.approx(48000, abs=1600)


@pytest.mark.parametrize("name", ["plain.wav", "plain.flac", "deep.wav", "eight.wav", "lossless.m4a"])
@pytest.mark.parametrize(("codec", "suffix"), [("flac", "flac"), ("pcm", "mkv"), ("alac", "m4a")])
def test_lossless_is_lossless(name: str, codec: str, suffix: str, shelf: Shelf, out: Path) -> None:
    """Every sample and every bit of it, 24-bit sound too."""
    target = out / f"out.{suffix}"
    transcode_py.transcode(shelf[name], target, audio_codec=codec)
    assert np.array_equal(reference.samples(target), reference.samples(shelf[name]))


def test_uncompressed_float_is_kept(shelf: Shelf, out: Path) -> None:
    """Samples of floating point are not cut to 16 bits by `pcm`, or not without a word."""
    target = out / "out.wav"
    stats = transcode_py.transcode(shelf["float.wav"], target, audio_codec="pcm")
    assert np.array_equal(reference.samples(target), reference.samples(shelf["float.wav"])) or stats.warnings


@pytest.mark.parametrize(
    ("codec", "suffix", "rate", "tolerance"),
    [
        ("mp3", "mp3", 96_000, 0.01),
        ("aac", "m4a", 64_000, 0.35),
        ("opus", "opus", 96_000, 0.5),
        ("ac3", "mkv", 192_000, 0.01),
    ],
)
def test_audio_bitrate(codec: str, suffix: str, rate: int, tolerance: float, shelf: Shelf, out: Path) -> None:
    """The bits of the stream, as exact as the codec counts them."""
    target = out / f"out.{suffix}"
    transcode_py.transcode(shelf["plain.wav"], target, audio_codec=codec, audio_bitrate=rate)
    packets = reference.packets(target, "a:0")
    length = len(reference.samples(target)) / 48000
    measured = 8 * sum(packet.size for packet in packets[:-1]) / length
    declared = float(reference.stream(target, "audio").get("bit_rate", measured))
    assert rate in (pytest.approx(measured, rel=max(tolerance, 0.1)), pytest.approx(declared, rel=tolerance))


def test_audio_bitrate_makes_a_difference(shelf: Shelf, out: Path) -> None:
    """Also as text."""
    sizes = []
    for rate in ("32k", "256k"):
        transcode_py.transcode(shelf["plain.wav"], out / f"{rate}.mp3", audio_bitrate=rate)
        sizes.append((out / f"{rate}.mp3").stat().st_size)
    assert sizes[1] > 4 * sizes[0]


@pytest.mark.parametrize("rate", [8000, 22050, 44100, 96000])
def test_sample_rate(rate: int, shelf: Shelf, out: Path) -> None:
    """The rate changes, pitch and length do not."""
    target = out / "out.flac"
    transcode_py.transcode(shelf["plain.wav"], target, sample_rate=rate)
    assert int(reference.stream(target, "audio")["sample_rate"]) == rate
    samples = reference.samples(target)
    assert abs(len(samples) - rate) <= 2
    assert loudest(samples, rate) == pytest.approx(440, abs=2)


@pytest.mark.parametrize(
    ("name", "channels"), [("plain.wav", 1), ("plain.wav", 2), ("surround.mkv", 2), ("plain.wav", 6)]
)
def test_channels(name: str, channels: int, shelf: Shelf, out: Path) -> None:
    """Mixed as FFmpeg mixes."""
    target = out / "out.flac"
    transcode_py.transcode(shelf[name], target, channels=channels)
    assert reference.stream(target, "audio")["channels"] == channels
    expected = reference.ffmpeg("-i", shelf[name], "-ac", str(channels), "-c:a", "flac", "-f", "flac", "-")
    wanted = out / "wanted.flac"
    wanted.write_bytes(expected)
    ours, theirs = reference.samples(target), reference.samples(wanted)
    assert ours.shape == theirs.shape
    assert np.abs(ours - theirs).max() < 1e-3


@pytest.mark.parametrize(
    ("codec", "suffix"), [("aac", "mp4"), ("opus", "opus"), ("flac", "flac"), ("vorbis", "ogg"), ("ac3", "mkv")]
)
def test_surround_stays(codec: str, suffix: str, shelf: Shelf, out: Path) -> None:
    """Six channels come out as six, each where it was."""
    target = out / f"out.{suffix}"
    transcode_py.transcode(shelf["surround.mkv"], target, audio_codec=codec)
    samples = reference.samples(target)
    heard = [loudest(samples[:, channel : channel + 1], 48000) for channel in range(6)]
    assert heard == [pytest.approx(hertz, abs=3) for hertz in SURROUND]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [("volume=0.5", 0.5), ("volume=0.5,volume=0.5", 0.25), ("aeval=0|val(1):c=same", 0.0)],
)
def test_audio_filter(filters: str, expected: float, shelf: Shelf, out: Path) -> None:
    """FFmpeg's filters on the sound."""
    target = out / "out.wav"
    transcode_py.transcode(shelf["plain.wav"], target, audio_filter=filters)
    ours, source = reference.samples(target), reference.samples(shelf["plain.wav"])
    assert np.abs(ours[:, 0] - expected * source[:, 0]).max() < 1e-4


@pytest.mark.parametrize(("codec", "suffix", "rate"), [("opus", "opus", "48000"), ("mp3", "mp3", "48000")])
def test_a_rate_the_codec_lacks(codec: str, suffix: str, rate: str, shelf: Shelf, out: Path) -> None:
    """96 kHz has no place in these codecs: the nearest is taken, and said."""
    target = out / f"out.{suffix}"
    stats = transcode_py.transcode(shelf["deep.wav"], target, audio_codec=codec)
    assert reference.stream(target, "audio")["sample_rate"] == rate
    assert any("96000" in warning and "48000" in warning for warning in stats.warnings)


@pytest.mark.parametrize(
    ("codec", "suffix"),
    [
        ("aac", "mp4"),
        ("aac", "m4a"),
        ("mp3", "mp3"),
        ("opus", "webm"),
        ("opus", "opus"),
        ("vorbis", "ogg"),
    ],
)
def test_priming_is_not_heard(codec: str, suffix: str, out: Path) -> None:
    """The silence that an encoder puts first is marked, and a player leaves it out: a click stays where it was."""
    source, target = out / "click.wav", out / f"out.{suffix}"
    click = "aevalsrc='if(between(t,0.5,0.505),sin(2*PI*1000*t),0)':s=48000:d=1"
    reference.ffmpeg("-f", "lavfi", "-i", click, "-c:a", "pcm_s16le", source)
    transcode_py.transcode(source, target, audio_codec=codec)
    samples = reference.samples(target)[:, 0]
    assert np.argmax(np.abs(samples)) / 48000 == pytest.approx(0.5025, abs=0.004)


@pytest.mark.parametrize(
    ("name", "suffix"), [("plain.mp3", "mkv"), ("plain.flac", "mkv"), ("plain.m4a", "mov"), ("opus.opus", "mkv")]
)
def test_copy(name: str, suffix: str, shelf: Shelf, out: Path) -> None:
    """Copied sound is the very bytes."""
    target = out / f"out.{suffix}"
    transcode_py.transcode(shelf[name], target, audio_codec="copy")
    assert reference.copied(target, "a:0") == reference.copied(shelf[name], "a:0")


@pytest.mark.parametrize(
    "options", [{"sample_rate": 12_345_678}, {"channels": 0}, {"channels": 65}, {"audio_bitrate": -1}], ids=str
)
def test_values_out_of_range(options: dict[str, Any], shelf: Shelf, out: Path) -> None:
    """No number passes that can't be meant."""
    with pytest.raises(ValueError, match=next(iter(options))) as caught:
        transcode_py.transcode(shelf["plain.wav"], out / "out.flac", **options)
    assert isinstance(caught.value, transcode_py.TranscodeError)
    assert list(out.iterdir()) == []
