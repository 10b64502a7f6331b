"""Sound as the ffmpeg program gives it, and long sound of each codec."""

from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import reference

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from media import Shelf

Dtype = Literal["float32", "int16"]


def source(rate: int, seconds: int) -> NDArray[np.float32]:
    """Music, noise and silence in turns: what each codec handles in its own way, and no second like another."""
    t = np.arange(rate * seconds) / rate
    left = np.sin(2 * np.pi * (200 + 40 * np.sin(t / 3)) * t) + np.sin(2 * np.pi * (977 + t) * t) * (t // 7 % 2)
    right = np.sin(2 * np.pi * (330 + 9 * t) * t) / 3 * (t % 13 < 12)
    right += (np.random.default_rng(5).random(len(t)) - 0.5) / 8 * (t % 5 < 2)
    return np.stack([left / 4 * (t % 11 < 10), right], axis=1).astype("<f4")


# name -> rate and arguments of the encoder
CODECS: dict[str, tuple[int, list[str]]] = {
    "aac.m4a": (44100, ["-c:a", "aac", "-b:a", "128k", "-aac_pns", "0"]),
    "aac.adts": (48000, ["-c:a", "aac", "-b:a", "96k", "-aac_pns", "0"]),
    "mp3.mp3": (44100, ["-c:a", "libmp3lame", "-b:a", "128k"]),
    "mp3-vbr.mp3": (44100, ["-c:a", "libmp3lame", "-q:a", "4"]),
    "mp3-low.mp3": (24000, ["-c:a", "libmp3lame", "-b:a", "16k"]),
    "opus.opus": (48000, ["-c:a", "libopus", "-b:a", "64k"]),
    "opus-speech.webm": (48000, ["-c:a", "libopus", "-b:a", "20k", "-application", "voip"]),
    "vorbis.ogg": (44100, ["-c:a", "libvorbis", "-q:a", "4"]),
    "flac.flac": (44100, ["-c:a", "flac", "-sample_fmt", "s16"]),
    "alac.m4a": (44100, ["-c:a", "alac"]),
    # Those that are decoded by one thread.
    "noise.m4a": (44100, ["-c:a", "aac", "-b:a", "64k"]),
    "ac3.ac3": (48000, ["-c:a", "ac3", "-b:a", "192k"]),
    "wma.wma": (44100, ["-c:a", "wmav2"]),
}


def long(shelf: Shelf, name: str, seconds: int = 75) -> Path:
    """A file that is long enough to be decoded in parts."""
    path = shelf.folder / f"long-{seconds}-{name}"
    if not path.exists():
        rate, encoder = CODECS[name]
        # Another worker may be making the same.
        made = path.with_name(f"{os.getpid()}-{path.name}")
        samples = made.with_suffix(".f32")
        source(rate, seconds).tofile(samples)
        raw: list[str | Path] = ["-f", "f32le", "-ar", str(rate), "-ac", "2", "-i", samples]
        reference.ffmpeg(*raw, *encoder, "-flags", "+bitexact", made)
        samples.unlink()
        made.replace(path)
    return path


def channels(path: Path) -> int:
    """Channels of the first stream of sound."""
    return int(first(path)["channels"])


def first(path: Path) -> dict[str, Any]:
    """What ffprobe says of the first stream of sound; nothing where there is none."""
    command = ["ffprobe", "-v", "error", "-of", "json", "-select_streams", "a:0", "-show_streams", str(path)]
    streams = json.loads(subprocess.run(command, capture_output=True, check=True, timeout=60).stdout)["streams"]
    return dict(streams[0]) if streams else {}


def decoded(path: Path, *arguments: str, dtype: Dtype = "float32", count: int | None = None) -> NDArray[Any]:
    """All samples of the first stream of sound, as the ffmpeg program decodes them."""
    form, kind = {"float32": ("f32le", "<f4"), "int16": ("s16le", "<i2")}[dtype]
    # What is damaged does not end it.
    command = ["ffmpeg", "-nostdin", "-v", "quiet", "-i", str(path), "-map", "0:a:0", *arguments, "-f", form, "-"]
    data = subprocess.run(command, capture_output=True, check=False, timeout=240).stdout
    return np.frombuffer(data, kind).reshape(-1, count or channels(path))
