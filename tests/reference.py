"""What FFmpeg's own programs say of a file: the independent side of every comparison.

Nothing here imports the library under test. Times are exact fractions of a second, so that a
tolerance stands in the test that needs it and nowhere else.
"""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

Json = dict[str, Any]


@dataclass(frozen=True)
class Frame:
    """One decoded picture or block of samples, by its checksum."""

    time: Fraction
    size: int
    md5: str


@dataclass(frozen=True)
class Packet:
    """One stored packet: times in seconds, None where the file gives none."""

    pts: Fraction | None
    dts: Fraction | None
    size: int
    key: bool


class ReferenceFailedError(AssertionError):
    """FFmpeg's own program failed where the test counts on it."""


def ffmpeg(*arguments: str | Path, limit: float = 240) -> bytes:
    """Run the ffmpeg program and give what it wrote to its standard output."""
    command = ["ffmpeg", "-nostdin", "-hide_banner", "-v", "error", "-y", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, timeout=limit, check=False)
    if done.returncode:
        text = done.stderr.decode(errors="replace")[-2000:]
        raise ReferenceFailedError(f"{' '.join(command)}\n{text}")
    return done.stdout


def complaints(path: Path) -> str:
    """Everything that a full decode of the file has to complain of; empty for a sound file."""
    command = ["ffmpeg", "-nostdin", "-v", "error", "-i", str(path)]
    command += ["-map", "0:v?", "-map", "0:a?", "-f", "null", "-"]
    done = subprocess.run(command, capture_output=True, timeout=240, check=False)
    return done.stderr.decode(errors="replace")


def probe(path: Path, *options: str) -> Json:
    """All that ffprobe tells, given these options: format, streams and chapters."""
    command = ["ffprobe", "-v", "error", "-of", "json", "-show_format", "-show_streams"]
    done = subprocess.run(
        [*command, "-show_chapters", *options, str(path)], capture_output=True, timeout=60, check=True
    )
    answer: Json = json.loads(done.stdout)
    return answer


def kind(stream: Json) -> str:
    """What a stream of ffprobe is: its codec type, and "cover" for a picture that is no video."""
    return "cover" if stream["disposition"].get("attached_pic") else str(stream.get("codec_type"))


def streams(path: Path, wanted: str | None = None) -> list[Json]:
    """The streams of one kind, by ffprobe."""
    return [found for found in probe(path)["streams"] if wanted in (None, kind(found))]


def stream(path: Path, wanted: str) -> Json:
    """The only stream of this kind, as ffprobe sees it."""
    (only,) = streams(path, wanted)
    return only


def frames(path: Path, *options: str, inputs: Sequence[str] = (), ticks: bool = True) -> dict[int, list[Frame]]:
    """Checksums of everything decoded, by output stream: `-f framemd5` over `options`.

    No frame is repeated or dropped to please a rate, and with `ticks` times keep the input
    stream's own unit. Sound is turned to 16-bit samples unless the options name another codec.
    """
    own = ["-enc_time_base", "-1"] if ticks else []
    text = ffmpeg(*inputs, "-i", path, "-fps_mode", "passthrough", *own, *options, "-f", "framemd5", "-")
    return dict(_framemd5(text.decode()))


def _framemd5(text: str) -> Iterator[tuple[int, list[Frame]]]:
    units: dict[int, Fraction] = {}
    rows: dict[int, list[Frame]] = {}
    for line in text.splitlines():
        if line.startswith("#tb "):
            index, unit = line[4:].split(":")
            units[int(index)] = Fraction(unit.strip())
        elif line and not line.startswith("#"):
            index, _dts, pts, _duration, size, md5 = (part.strip() for part in line.split(",")[:6])
            frame = Frame(int(pts) * units[int(index)], int(size), md5)
            rows.setdefault(int(index), []).append(frame)
    yield from rows.items()


def packets(path: Path, which: str) -> list[Packet]:
    """The stored packets of one stream (`v:0`, `a:1`, ...), in file order."""
    command = ["ffprobe", "-v", "error", "-of", "json", "-select_streams", which]
    done = subprocess.run(
        [*command, "-show_packets", "-show_streams", str(path)],
        capture_output=True,
        timeout=120,
        check=True,
    )
    answer = json.loads(done.stdout)
    unit = Fraction(answer["streams"][0]["time_base"])

    def seconds(row: Json, name: str) -> Fraction | None:
        return row[name] * unit if name in row else None

    return [
        Packet(seconds(row, "pts"), seconds(row, "dts"), int(row["size"]), "K" in row["flags"])
        for row in answer["packets"]
    ]


def copied(path: Path, which: str) -> str:
    """One checksum over the stored bytes of one stream's packets, nothing decoded."""
    return ffmpeg("-i", path, "-map", f"0:{which}", "-c", "copy", "-f", "md5", "-").decode().strip()


def rgb(path: Path, *options: str, which: str = "V:0") -> NDArray[np.uint8]:
    """All pictures of a stream as shown (rotation applied): frames, height, width, red-green-blue."""
    return _pictures(path, "ppm", "rgb24", which, options)


def gray(path: Path, *options: str, which: str = "V:0") -> NDArray[np.uint8]:
    """All pictures of a stream as shown, brightness only: frames, height, width."""
    return _pictures(path, "pgm", "gray", which, options)[..., 0]


def _pictures(path: Path, codec: str, layout: str, which: str, options: Sequence[str]) -> NDArray[np.uint8]:
    given = ["-map", f"0:{which}", "-fps_mode", "passthrough", *options, "-pix_fmt", layout]
    data = ffmpeg("-i", path, *given, "-c:v", codec, "-f", "image2pipe", "-")
    _magic, width, height, _most = data[:40].split()[:4]
    head = data.index(b"\n255\n") + len(b"\n255\n")
    depth = 3 if layout == "rgb24" else 1
    shape = int(height), int(width), depth
    rows = np.frombuffer(data, np.uint8).reshape(-1, head + shape[0] * shape[1] * depth)
    return rows[:, head:].reshape(-1, *shape)


def samples(path: Path, *options: str, which: int = 0) -> NDArray[np.float32]:
    """All samples of one audio stream as floats: samples, channels."""
    channels = int(streams(path, "audio")[which]["channels"])
    given = ["-map", f"0:a:{which}", *options, "-c:a", "pcm_f32le", "-f", "f32le", "-"]
    return np.frombuffer(ffmpeg("-i", path, *given), np.float32).reshape(-1, channels)
