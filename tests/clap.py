"""A clap: a flash and a chirp at known times, and where FFmpeg's own programs find them.

The flash is the first bright picture; the chirp is found by correlation with the wave it was made of, to the
sample, however much a codec smears its beginning. Nothing here imports the library under test.
"""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
import reference

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

FLASH = Fraction(6, 10)
LENGTH = Fraction(12, 10)
CHIRP = 0.1  # seconds
ROUNDED = Fraction(11, 10_000)  # the coarsest containers round each time to a millisecond, up or down

# What is usual in a container: the arguments of the ffmpeg program.
X264 = ["-c:v", "libx264", "-preset", "veryfast", "-crf", "30", "-pix_fmt", "yuv420p"]
AAC = ["-c:a", "aac", "-b:a", "128k"]
USUAL: dict[str, list[str]] = {
    "mp4": [*X264, *AAC],
    "mkv": [*X264, "-c:a", "flac", "-sample_fmt", "s16"],
    "mov": [*X264, "-c:a", "pcm_s16le"],
    "webm": ["-c:v", "libvpx", "-deadline", "realtime", "-c:a", "libopus", "-b:a", "128k"],
    "ts": [*X264, *AAC],
    "avi": ["-c:v", "mpeg4", "-q:v", "5", "-c:a", "libmp3lame", "-b:a", "192k"],
    "flv": [*X264, "-c:a", "libmp3lame", "-b:a", "192k"],
}


def pictures(rate: str = "25", length: Fraction = LENGTH, flash: Fraction = FLASH) -> list[str]:
    """An input of black pictures, white for 0.2 s from the flash on."""
    white = f"drawbox=color=white:t=fill:enable='gte(t,{float(flash)}-0.001)*lt(t,{float(flash) + 0.199})'"
    return ["-f", "lavfi", "-i", f"color=black:size=64x64:rate={rate}:duration={float(length)},{white}"]


def sound(rate: int = 48000, length: Fraction = LENGTH, chirp: Fraction = FLASH) -> list[str]:
    """An input of silence with the chirp in it."""
    at = float(chirp)
    wave = f"if(gte(t,{at}-0.000001)*lt(t,{at + CHIRP}),sin(2*PI*(300*(t-{at})+15000*(t-{at})^2))/2,0)"
    return ["-f", "lavfi", "-i", f"aevalsrc='{wave}':s={rate}:d={float(length)}:c=mono"]


def _wave(rate: int) -> NDArray[np.float64]:
    t = np.arange(round(CHIRP * rate)) / rate
    found: NDArray[np.float64] = np.sin(2 * np.pi * (300 * t + 15000 * t**2)) / 2
    return found


@dataclass(frozen=True)
class Clap:
    """When a file shows the flash and sounds the chirp, on its own clock, in seconds."""

    flash: Fraction
    chirp: Fraction
    rate: int

    @property
    def apart(self) -> Fraction:
        """How much the sound is late."""
        return self.chirp - self.flash


@dataclass(frozen=True)
class Decoded:
    """What ffmpeg makes of the first pictures and the first sound of a file, on the file's own clock."""

    pictures: list[tuple[Fraction, float]]  # time and mean brightness of each
    blocks: list[tuple[Fraction, int]]  # time of each block of sound, and how many samples it has
    samples: NDArray[np.float32]
    rate: int

    def time_of(self, sample: int) -> Fraction:
        """When a sample is heard: players count on from the first one, as long as the times allow it."""
        at, first = self.blocks[0][0], 0
        for said, count in self.blocks:
            if abs(said - at - Fraction(first, self.rate)) > ROUNDED:
                at, first, sample = said, 0, sample - first
            first += count
            if sample < first:
                return at + Fraction(sample, self.rate)
        raise IndexError(sample)


def decode(path: Path, *, pictures: bool = True) -> Decoded:
    """Decode both in one run: of a transport stream ffmpeg moves the clock to the first stream it is asked for."""
    command = ["ffmpeg", "-nostdin", "-hide_banner", "-copyts", "-i", str(path)]
    if pictures:
        command += ["-map", "0:V:0", "-fps_mode", "passthrough", "-vf", "format=yuv420p,showinfo", "-f", "null", "-"]
    command += ["-map", "0:a:0", "-af", "ashowinfo", "-ac", "1", "-c:a", "pcm_f32le", "-f", "f32le", "pipe:1"]
    done = subprocess.run(command, capture_output=True, timeout=120, check=True)
    log = done.stderr.decode(errors="replace")
    seen: list[tuple[Fraction, float]] = []
    if pictures:
        unit = re.search(r"config in time_base: (\d+/\d+)", log)
        assert unit is not None, log
        shown = re.findall(r"_showinfo.*? pts:\s*(-?\d+) .*?mean:\[(\d+) ", log)
        seen = [(int(pts) * Fraction(unit[1]), float(mean)) for pts, mean in shown]
    heard = re.findall(r"_ashowinfo.*? pts:\s*(-?\d+) .*?rate:(\d+) nb_samples:(\d+)", log)
    rate = int(heard[0][1])
    blocks = [(Fraction(int(pts), rate), int(count)) for pts, _rate, count in heard]
    return Decoded(seen, blocks, np.frombuffer(done.stdout, np.float32), rate)


def find(found: Decoded) -> int:
    """The sample at which the chirp begins: where the sound is most like it."""
    wave = _wave(found.rate)
    match = np.correlate(found.samples.astype(np.float64), wave, "valid")
    first = int(np.argmax(match))
    assert match[first] > 0.5 * float(np.dot(wave, wave)), "no chirp in it"
    return first


def measure(path: Path) -> Clap:
    """Where the flash and the chirp of a file are."""
    found = decode(path)
    flash = next(at for at, mean in found.pictures if mean > 100)
    return Clap(flash, found.time_of(find(found)), found.rate)


def make(path: Path, *options: str, pictures: Sequence[str], sound: Sequence[str]) -> Path:
    """A clip of both inputs, with what is usual in its container."""
    usual = USUAL[path.suffix[1:]]
    reference.ffmpeg(*pictures, *sound, "-map", "0:v", "-map", "1:a", *usual, *options, path)
    return path
