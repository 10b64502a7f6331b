"""Decode truth: what comes out is what the ffmpeg program decodes, picture by picture.

Each file is turned to ffv1 and uncompressed sound in Matroska, at one and many threads and in both
executors, and held against `ffmpeg -f framemd5` over the source: the same number of pictures, the
same checksums, the same times (Matroska counts in milliseconds), the same samples, save where the timestamps
tell of gaps and overlaps in the sound, which are filled and cut with a warning.
"""

from __future__ import annotations

import os
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import engine
import pytest
import reference

import media

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.timeout(600)

# Files left out, each with its reason. A name that no longer needs its place here fails a test.
SKIPPED: dict[str, str] = {}

# Pixel formats that ffv1 can't hold, each with the one that stands for it without loss.
# yuvj420p and its like need no entry: the same bytes are yuv420p at full range.
CONVERSIONS = {"argb": "bgra", "rgba": "bgra", "rgb24": "bgra", "gbrp": "bgra"}

# The decoders that see the transparency of a stream whose container announces it: FFmpeg's own pass over it.
ALPHA = {"vp8": ("-c:v", "libvpx"), "vp9": ("-c:v", "libvpx-vp9")}

# Sound whose packets are several frames, of which FFmpeg's decoder reads the first alone: the bare form in which its
# own demuxer takes them apart, and the samples at the beginning that only the container knows are to be left out.
SEVERAL = {"fixture2.3gp": ("amr", 40)}

# What holds decoded samples unchanged.
UNCOMPRESSED = {
    "u8": "pcm_u8",
    "s16": "pcm_s16le",
    "s32": "pcm_s32le",
    "flt": "pcm_f32le",
    "dbl": "pcm_f64le",
}

Variant = tuple[engine.Executor, int | None]
VARIANTS: list[Variant] = [("threaded", None), ("sequential", 1), ("sequential", None), ("threaded", 1)]
# Past so many pixels a file is run in that many variants only: one run of the longest takes 20 s, and
# the smaller files meet every variant a hundred times.
LONG = [(400_000_000, 1), (60_000_000, 2), (0, 4)]
TICK = Fraction(1, 1000)

GENERATED = """
plain.mp4 plain.mkv plain.mov plain.ts plain.webm plain.avi plain.flv plain.gif plain.wav
plain.mp3 plain.flac plain.m4a bframes.mp4 opengop.ts vfr.mkv late-sound.mkv late-picture.mkv
offset.ts raw.h264 tenbit.mkv yuv444.mkv interlaced.ts gray.mkv gray16.mkv rgb.mov planar-rgb.mkv
alpha.mov alpha.webm palette.gif full-range.avi sar.mkv vp9.webm hevc.mp4 av1.mp4 theora.ogv
mpeg1.mpg wmv.asf h263.3gp huffyuv.avi dnxhr.mov surround.mkv deep.wav float.wav eight.wav
lossless.m4a vorbis.ogg opus.opus film.mkv film.mp4 song.mp3 cover.png resize.ts
""".split()  # noqa: SIM905

CLEAN = [file for file in media.real_files() if file.clean]


@dataclass(frozen=True)
class Subject:
    """A source, and the one lossless form that its pictures and its sound are compared in."""

    path: Path
    videos: int
    sounds: int
    layout: str | None
    codec: str | None
    pixels: float
    decoder: tuple[str, ...]

    @classmethod
    def of(cls, path: Path) -> Subject:
        """Choose the form by what the source decodes to."""
        found = reference.probe(path)
        videos = [stream for stream in found["streams"] if reference.kind(stream) == "video"]
        sounds = [stream for stream in found["streams"] if reference.kind(stream) == "audio"]
        layouts = {CONVERSIONS.get(video["pix_fmt"]) for video in videos} or {None}
        codecs: set[str | None] = {UNCOMPRESSED[sound["sample_fmt"].rstrip("p")] for sound in sounds} or {None}
        (layout,), (codec,) = layouts, codecs  # one value of an option must do for a whole file
        announced = [video["codec_name"] for video in videos if video.get("tags", {}).get("alpha_mode") == "1"]
        decoder = ALPHA[announced[0]] if announced else ()
        pixels = sum(
            float(video.get("duration") or found["format"].get("duration", 1))
            * float(Fraction(video["r_frame_rate"]))
            * int(video["width"])
            * int(video["height"])
            for video in videos
        )
        return cls(path, len(videos), len(sounds), layout, codec, pixels, decoder)

    @property
    def options(self) -> dict[str, Any]:
        """What our job is told."""
        found: dict[str, Any] = {"video_codec": "ffv1"} if self.videos else {}
        return found | {"audio_codec": self.codec, "pixel_format": self.layout}

    @property
    def arguments(self) -> list[str]:
        """What the ffmpeg program is told, for the source and for our output alike."""
        layout = ["-pix_fmt", self.layout] if self.layout else []
        codec = ["-c:a", self.codec] if self.codec else []
        return ["-map", "0:V?", "-map", "0:a?", *layout, *codec]

    def decode(self) -> tuple[list[list[reference.Frame]], list[str]]:
        """The truth: checksums and times stream by stream, and the samples of each sound."""
        tracks = reference.frames(self.path, *self.arguments, inputs=self.decoder)
        order = range(self.videos + self.sounds)
        return [tracks.get(index, []) for index in order], self.samples(self.path, SEVERAL.get(self.path.name))

    def samples(self, path: Path, several: tuple[str, int] | None = None) -> list[str]:
        """One checksum for each sound, of which there is one where it is put into a bare form first."""
        if not self.sounds:
            return []
        form = ["-map", "0:a?", "-c:a", str(self.codec), "-f", "streamhash", "-hash", "md5"]
        if several is None:
            text = reference.ffmpeg("-i", path, *form, "-").decode()
        else:
            bare, left_out = several
            cut = ["-af", f"atrim=start_sample={left_out}"]
            with tempfile.NamedTemporaryFile(suffix=f".{bare}") as apart:
                reference.ffmpeg("-i", path, "-map", "0:a", "-c", "copy", "-f", bare, apart.name)
                text = reference.ffmpeg("-i", apart.name, *cut, *form, "-").decode()
        return [line.rpartition("=")[2] for line in text.splitlines()]


def compare(path: Path, folder: Path, variants: list[Variant] = VARIANTS) -> list[str]:
    """Every way in which our output differs from the truth; empty when it is the same."""
    subject = Subject.of(path)

    def make(variant: Variant) -> tuple[Path, tuple[str, ...], bool]:
        executor, threads = variant
        target = folder / f"{executor}-{threads}.mkv"
        running = {"threads": threads, "subtitles": False, "max_pixels": 1 << 28}
        stats, _data = engine.run(executor, path, target, **subject.options, **running)
        uneven = any("in its sound" in warning for warning in stats["warnings"])
        return target, _packets(target), uneven

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        decoding = pool.submit(subject.decode)
        chosen = variants[: next(count for limit, count in LONG if subject.pixels >= limit)]
        made = dict(zip(chosen, pool.map(make, chosen), strict=True))
        tracks, samples = decoding.result()
    found = []
    seen: dict[tuple[str, ...], str] = {}
    for variant, (target, key, uneven) in made.items():
        # Equal packets and times decode to equal pictures: each distinct output is decoded once.
        if key not in seen:
            differences = _differences(subject, tracks, target)
            differences += ["samples differ"] * (not uneven and subject.samples(target) != samples)
            seen[key] = "; ".join(differences)
        if seen[key]:
            found.append(f"{variant}: {seen[key]}")
        target.unlink()
    return found


def _packets(path: Path) -> tuple[str, ...]:
    text = reference.ffmpeg("-i", path, "-map", "0", "-c", "copy", "-copyts", "-f", "framemd5", "-")
    return tuple(text.decode().splitlines())


def _differences(subject: Subject, tracks: list[list[reference.Frame]], path: Path) -> list[str]:
    found = []
    came = reference.frames(path, "-copyts", *subject.arguments)
    if len(came) != sum(bool(track) for track in tracks):
        found.append(f"{len(tracks)} streams expected, {len(came)} came")
    for index, wanted in enumerate(tracks):
        ours = came.get(index, [])
        if index < subject.videos:
            found += _pictures(index, wanted, ours)
        elif wanted and ours and abs(ours[0].time - wanted[0].time) > TICK:
            found.append(f"sound {index}: start {float(wanted[0].time)} expected, {float(ours[0].time)} came")
    return found


def _pictures(index: int, wanted: list[reference.Frame], ours: list[reference.Frame]) -> list[str]:
    if len(ours) != len(wanted):
        return [f"video {index}: {len(wanted)} pictures expected, {len(ours)} came"]
    found = []
    wrong = [at for at, (a, b) in enumerate(zip(wanted, ours, strict=True)) if a.md5 != b.md5]
    late = [at for at, (a, b) in enumerate(zip(wanted, ours, strict=True)) if abs(a.time - b.time) > TICK]
    if wrong:
        found.append(f"video {index}: {len(wrong)} pictures differ, first {wrong[0]}")
    if late:
        first = late[0]
        found.append(
            f"video {index}: {len(late)} times differ, first of picture {first}: "
            f"{float(wanted[first].time)} expected, {float(ours[first].time)} came"
        )
    return found


@pytest.mark.parametrize("name", GENERATED)
def test_generated(name: str, shelf: media.Shelf, out: Path) -> None:
    """Each hazard of timing, pixel format and decoder age, made for the purpose."""
    assert compare(shelf[name], out) == []


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_rotation_is_applied(degrees: int, shelf: media.Shelf, out: Path) -> None:
    """A display matrix turns the pictures, and none is left behind to turn them again."""
    assert compare(shelf.rotated(degrees), out) == []


@pytest.mark.parametrize("path", media.carried(), ids=lambda path: path.name)
def test_carried(path: Path, out: Path) -> None:
    """The real excerpts of the repository itself."""
    assert compare(path, out) == []


@pytest.mark.skipif(not CLEAN, reason="no folder of real media here (TRANSCODE_MEDIA)")
@pytest.mark.parametrize("file", [file for file in CLEAN if file.name not in SKIPPED], ids=lambda file: file.name)
def test_real(file: media.RealFile, out: Path) -> None:
    """Every real file that ffmpeg decodes without a complaint."""
    assert compare(file.path, out) == []


@pytest.mark.parametrize("name", SKIPPED)
def test_skipped_still_needs_it(name: str, out: Path) -> None:
    """No list of exceptions outlives its reason."""
    file = next(file for file in CLEAN if file.name == name)
    with pytest.raises(Exception):  # noqa: B017, PT011
        assert compare(file.path, out, VARIANTS[:1]) == []
