"""Media to test with: the folder of real files where it is there, and small generated clips.

Generated clips are made by the ffmpeg program when first asked for and kept for the session.
"""

from __future__ import annotations

import csv
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import reference

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).resolve().parent.parent
REAL = Path(os.environ.get("TRANSCODE_MEDIA", ROOT.parent / "shared" / "media"))


@dataclass(frozen=True)
class RealFile:
    """One row of the real media's manifest."""

    name: str
    kind: str
    verdict: str

    @property
    def path(self) -> Path:
        """Where the file lies."""
        return REAL / self.name

    @property
    def clean(self) -> bool:
        """Whether the ffmpeg program decodes all of it without a complaint."""
        return self.verdict.startswith("rc=0 errlines=0")


def real_files() -> list[RealFile]:
    """All media files of the manifest, or nothing where the folder is not there."""
    manifest = REAL / "MANIFEST.tsv"
    if not manifest.is_file():
        return []
    with manifest.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t"))
    return [
        RealFile(row["file"], row["kind"], row["ffmpeg_5.1_full_decode"])
        for row in rows
        if row["ffmpeg_5.1_full_decode"].startswith("rc=")
    ]


def carried() -> list[Path]:
    """The excerpts that the repository itself carries."""
    return sorted((ROOT / "media").glob("*.mp4"))


def picture(source: str = "testsrc2", size: str = "320x180", rate: str = "25", seconds: float = 1) -> list[str]:
    """A generated video input."""
    return ["-f", "lavfi", "-i", f"{source}=size={size}:rate={rate},trim=duration={seconds}"]


def tone(seconds: float = 1, hertz: int = 440, rate: int = 48000, layout: str = "stereo") -> list[str]:
    """A generated audio input: a sine on every channel."""
    sine = f"sine=frequency={hertz}:sample_rate={rate}:duration={seconds}"
    return ["-f", "lavfi", "-i", f"{sine},aformat=channel_layouts={layout}"]


def chord(tones: Sequence[int], layout: str) -> list[str]:
    """A generated audio input of a second: a tone of its own on each channel."""
    waves = "|".join(f"sin(2*PI*{hertz}*t)/4" for hertz in tones)
    return ["-f", "lavfi", "-i", f"aevalsrc='{waves}':s=48000:d=1:c={layout}"]


# Front left, right and centre, the bass, and the two at the sides.
SURROUND = (300, 400, 500, 60, 700, 800)
X264 = ["-c:v", "libx264", "-preset", "ultrafast", "-crf", "28", "-pix_fmt", "yuv420p"]
BFRAMES = ["-c:v", "libx264", "-preset", "faster", "-crf", "26", "-bf", "3", "-pix_fmt", "yuv420p"]
X265 = ["-c:v", "libx265", "-preset", "ultrafast", "-x265-params"]
OPEN = "keyint=10:min-keyint=10:bframes=3:open-gop=1:b-pyramid=1:log-level=error"
MPEG2 = ["-c:v", "mpeg2video", "-q:v", "3", "-g", "10", "-bf", "2"]
VFR = ["-vf", "select='not(mod(n,7))+not(mod(n,3))'", "-fps_mode", "vfr"]
FIELDS = [
    *picture(rate="50", seconds=2, size="320x192"),
    *["-vf", "tinterlace=interleave_top", "-flags", "+ildct+ilme"],
]
AV = [*picture(), *tone()]

# name -> arguments of the ffmpeg program, the output's name left out; {x} is another file of the shelf
RECIPES: dict[str, Sequence[str]] = {
    # containers, each with what is usual in it
    "plain.mp4": [*AV, *X264, "-c:a", "aac"],
    "plain.mkv": [*AV, *BFRAMES, "-c:a", "aac"],
    "plain.mov": [*AV, "-c:v", "prores_ks", "-c:a", "pcm_s16le"],
    "plain.ts": [*AV, *BFRAMES, "-c:a", "mp2"],
    "plain.webm": [*AV, "-c:v", "libvpx", "-deadline", "realtime", "-c:a", "libopus"],
    "plain.avi": [*AV, "-c:v", "mpeg4", "-q:v", "5", "-c:a", "libmp3lame"],
    "plain.flv": [*AV, *BFRAMES, "-c:a", "aac", "-ar", "44100"],
    "plain.gif": [*picture(rate="10", size="160x120")],
    "plain.wav": [*tone(), "-c:a", "pcm_s16le"],
    "plain.mp3": [*tone(rate=44100), "-c:a", "libmp3lame"],
    "plain.flac": [*tone(rate=44100), "-c:a", "flac"],
    "plain.m4a": [*tone(rate=44100), "-c:a", "aac"],
    # hazards of timing
    "bframes.mp4": [*picture(seconds=2), *BFRAMES, "-g", "10"],
    "groups.ts": ["-i", "{bframes.mp4}", "-c", "copy"],
    "groups.mkv": [*picture(seconds=2, rate="30000/1001"), *tone(2), *BFRAMES, "-g", "12", "-c:a", "aac"],
    "groups.webm": [*picture(seconds=2), "-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-g", "10"],
    "fields.mkv": [
        *picture(rate="50", seconds=2, size="320x192"),
        *["-vf", "tinterlace=interleave_top", *BFRAMES, "-flags", "+ildct+ilme", "-g", "10"],
    ],
    "vfr-groups.mkv": [
        *picture(seconds=3),
        *["-vf", "select='not(mod(n,7))+not(mod(n,3))'", "-fps_mode", "vfr", *BFRAMES, "-g", "6"],
    ],
    "long-groups.mkv": [*picture(seconds=12), *BFRAMES, "-g", "25"],
    "opengop.ts": [*picture(seconds=2), *BFRAMES, "-g", "10", "-flags", "-cgop"],
    # groups of pictures of each codec, closed ones and such that lean on the one before
    "hevc-groups.mkv": [*picture(seconds=2), *X265, "keyint=10:min-keyint=10:bframes=3:no-open-gop=1:log-level=error"],
    "hevc-open.mp4": [*picture(seconds=2), *X265, f"{OPEN}:repeat-headers=1"],
    "hevc-open.ts": ["-i", "{hevc-open.mp4}", "-c", "copy"],
    "hevc-tenbit.mkv": [*picture(seconds=2), "-pix_fmt", "yuv420p10le", *X265, OPEN],
    "hevc-vfr.mkv": [*picture(seconds=3), *VFR, *X265, "keyint=6:min-keyint=6:bframes=3:open-gop=1:log-level=error"],
    "mpeg2-groups.ts": [*picture(seconds=2), *tone(2), *MPEG2, "-c:a", "mp2"],
    "mpeg2-groups.mkv": ["-i", "{mpeg2-groups.ts}", "-c", "copy"],
    "mpeg2-groups.mp4": [
        *picture(seconds=2, rate="30000/1001"),
        *MPEG2,
        "-flags",
        "+cgop",
        "-sc_threshold",
        "1000000000",
    ],
    "mpeg2-fields.ts": [
        *picture(rate="50", seconds=2, size="320x144"),
        *["-vf", "tinterlace=interleave_top", "-flags", "+ildct+ilme", *MPEG2],
    ],
    "mpeg2-matrices.mkv": [
        *picture(seconds=2),
        *[*MPEG2, "-intra_matrix", ",".join(["8"] + ["24"] * 63), "-inter_matrix", ",".join(["20"] * 64)],
    ],
    "mpeg4-groups.mp4": [*picture(seconds=2), "-c:v", "mpeg4", "-q:v", "4", "-g", "10", "-bf", "2"],
    "mpeg4-groups.ts": ["-i", "{mpeg4-groups.mp4}", "-c", "copy", "-bsf:v", "dump_extra=freq=keyframe"],
    "mpeg4-qpel.mkv": [
        *picture(seconds=2, rate="30000/1001"),
        *["-c:v", "mpeg4", "-q:v", "4", "-g", "10", "-bf", "1", "-flags", "+qpel", "-mpeg_quant", "1"],
    ],
    "mpeg4-fields.mkv": [*FIELDS, "-c:v", "mpeg4", "-q:v", "4", "-g", "10", "-bf", "0"],
    "mpeg4-fields-both-ways.mkv": [*FIELDS, "-c:v", "mpeg4", "-q:v", "4", "-g", "10", "-bf", "2"],
    "av1-groups.mp4": [*picture(seconds=2), "-c:v", "libsvtav1", "-preset", "12", "-g", "10"],
    "av1-vfr.mkv": [*picture(seconds=3), *VFR, "-c:v", "libaom-av1", "-usage", "realtime", "-cpu-used", "8", "-g", "6"],
    "vfr.mkv": [
        *picture(seconds=2),
        "-vf",
        "select='not(mod(n,7))+not(mod(n,3))'",
        "-fps_mode",
        "vfr",
        *BFRAMES,
    ],
    "late-sound.mkv": [*picture(seconds=2), "-itsoffset", "0.5", *tone(), *X264, "-c:a", "flac"],
    "late-picture.mkv": ["-itsoffset", "0.3", *AV, *X264, "-c:a", "flac"],
    "offset.ts": [*AV, *X264, "-c:a", "mp2", "-muxdelay", "0", "-output_ts_offset", "1000"],
    "raw.h264": [*picture(), *BFRAMES],
    "wide.ts": [*picture(seconds=0.4), *X264, "-muxdelay", "0"],
    "narrow.ts": [*picture(seconds=0.4, size="160x120"), *X264, "-muxdelay", "0", "-output_ts_offset", "0.4"],
    # hazards of the picture
    "tenbit.mkv": [*picture(), *X264, "-pix_fmt", "yuv420p10le"],
    "yuv444.mkv": [*picture(size="321x181"), *X264, "-pix_fmt", "yuv444p"],
    "interlaced.ts": [
        *picture(rate="50"),
        "-vf",
        "tinterlace=interleave_top",
        "-flags",
        "+ildct+ilme",
        "-c:v",
        "mpeg2video",
        "-q:v",
        "3",
    ],
    "gray.mkv": [*picture("smptebars"), "-pix_fmt", "gray", "-c:v", "ffv1"],
    "gray16.mkv": [*picture("smptebars", seconds=0.4), "-pix_fmt", "gray16le", "-c:v", "ffv1"],
    "rgb.mov": [*picture(seconds=0.4), "-pix_fmt", "rgb24", "-c:v", "png"],
    "planar-rgb.mkv": [*picture(), "-c:v", "libx264rgb", "-preset", "ultrafast", "-crf", "20"],
    "alpha.mov": [
        *picture(seconds=0.4),
        "-vf",
        "format=argb,geq=r='r(X,Y)':g='g(X,Y)':b='b(X,Y)':a='mod(X,256)'",
        "-c:v",
        "qtrle",
    ],
    "alpha.webm": [
        *picture(seconds=0.4),
        "-vf",
        "format=yuva420p",
        "-c:v",
        "libvpx-vp9",
        "-deadline",
        "realtime",
    ],
    "palette.gif": [*picture("mandelbrot", size="160x120", rate="10", seconds=0.6)],
    "full-range.avi": [*picture(), "-pix_fmt", "yuvj420p", "-c:v", "mjpeg", "-q:v", "3"],
    "sar.mkv": [*picture(size="160x180"), "-vf", "setsar=2/1", *X264],
    "bt709.mkv": [
        *picture(size="640x360"),
        *X264,
        *["-color_primaries", "bt709", "-color_trc", "bt709", "-colorspace", "bt709"],
        *["-color_range", "tv"],
    ],
    "noise.mkv": [*picture(size="480x270", seconds=3), "-vf", "noise=alls=6:allf=t", "-c:v", "ffv1"],
    "lossless.mkv": [*picture(seconds=2), *tone(2), "-c:v", "ffv1", "-c:a", "flac"],
    "ramp.mkv": [
        *picture("color", size="256x128", seconds=0.2),
        "-vf",
        "format=gray,geq=lum='mod(X+2*Y,256)'",
        "-c:v",
        "ffv1",
    ],
    # decoders of many ages
    "vp9.webm": [*picture(), "-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8"],
    "hevc.mp4": [*picture(), "-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=error"],
    "hevc.ts": ["-i", "{hevc.mp4}", "-c", "copy"],
    "av1.mp4": [*picture(seconds=0.4), "-c:v", "libsvtav1", "-preset", "12"],
    "theora.ogv": [*AV, "-c:v", "libtheora", "-c:a", "libvorbis"],
    "mpeg1.mpg": [*AV, "-c:v", "mpeg1video", "-c:a", "mp2"],
    "wmv.asf": [*AV, "-c:v", "wmv2", "-c:a", "wmav2"],
    "h263.3gp": [*picture(size="352x288"), "-c:v", "h263"],
    "h263.avi": [*picture(size="352x288"), "-c:v", "h263"],
    "h263-plus.avi": [*picture(), "-c:v", "h263p"],
    "huffyuv.avi": [*picture(), "-pix_fmt", "yuv422p", "-c:v", "huffyuv"],
    "dnxhr.mov": [*picture(), "-pix_fmt", "yuv422p", "-c:v", "dnxhd", "-profile:v", "dnxhr_sq"],
    # sound
    "surround.mkv": [*chord(SURROUND, "5.1(side)"), "-c:a", "ac3", "-b:a", "640k"],
    "deep.wav": [*tone(rate=96000), "-c:a", "pcm_s24le"],
    "float.wav": [*tone(), "-c:a", "pcm_f32le"],
    "eight.wav": [*tone(rate=8000, layout="mono"), "-c:a", "pcm_u8"],
    "lossless.m4a": [*tone(rate=44100), "-c:a", "alac"],
    "aac.ts": [*tone(), "-c:a", "aac"],
    "aac.adts": [*tone(), "-c:a", "aac"],
    "vorbis.ogg": [*tone(), "-c:a", "libvorbis"],
    "opus.opus": [*tone(), "-c:a", "libopus"],
    # everything that a film brings along
    "film.mkv": [
        *picture(seconds=2),
        *tone(2),
        *tone(2, hertz=880, layout="mono"),
        *["-i", "{subtitles.srt}", "-i", "{subtitles.srt}", "-i", "{chapters.txt}"],
        *["-map", "0", "-map", "1", "-map", "2", "-map", "3", "-map", "4"],
        *["-map_metadata", "5", "-map_chapters", "5"],
        *["-attach", "{note.ttf}", "-metadata:s:t:0", "mimetype=application/x-truetype-font"],
        *["-attach", "{cover.png}", "-metadata:s:t:1", "mimetype=image/png"],
        *["-metadata:s:t:1", "filename=cover.png"],
        *BFRAMES,
        *["-c:a", "aac", "-c:s", "srt"],
        *["-metadata:s:v:0", "title=Main view"],
        *["-metadata:s:a:0", "language=eng", "-metadata:s:a:1", "language=deu"],
        *["-metadata:s:a:1", "title=Kommentar", "-metadata:s:s:0", "language=eng"],
        *["-metadata:s:s:1", "language=fra", "-disposition:a:0", "default"],
        *["-disposition:a:1", "comment", "-disposition:s:0", "0", "-disposition:s:1", "forced"],
    ],
    "film.mp4": [
        *["-i", "{film.mkv}", "-map", "0:V", "-map", "0:a", "-map", "0:s", "-c", "copy"],
        *["-c:s", "mov_text"],
    ],
    "song.mp3": [
        *[*tone(), "-i", "{cover.png}", "-map", "0", "-map", "1", "-c:a", "libmp3lame"],
        *["-c:v", "copy", "-id3v2_version", "3", "-metadata", "title=Song", "-metadata", "artist=Nobody"],
        *["-metadata:s:v", "comment=Cover (front)", "-disposition:v", "attached_pic"],
    ],
    "cover.png": [*picture("smptebars", size="64x64", seconds=0.04), "-frames:v", "1"],
}

SUBTITLES = """1
00:00:00,200 --> 00:00:00,900
first line

2
00:00:01,000 --> 00:00:01,800
second <i>line</i>
"""

CHAPTERS = """;FFMETADATA1
title=A film
artist=Nobody
comment=made for a test
[CHAPTER]
TIMEBASE=1/1000
START=0
END=1000
title=One
[CHAPTER]
TIMEBASE=1/1000
START=1000
END=2000
title=Two
"""

# Files that are others in a row: a transport stream may change its size on the way.
JOINED = {"resize.ts": ("wide.ts", "narrow.ts")}

TEXTS = {"subtitles.srt": SUBTITLES, "chapters.txt": CHAPTERS, "note.ttf": "not a font at all"}


class Shelf:
    """Generated clips, each made once a session: `shelf["plain.mp4"]` is its path."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __getitem__(self, name: str) -> Path:
        """The path of a recipe's file."""
        path = self.folder / name
        if path.exists():
            return path
        if name in TEXTS:
            return self._put(path, TEXTS[name].encode())
        if name in JOINED:
            return self._put(path, b"".join(self[part].read_bytes() for part in JOINED[name]))
        part = self._part(path)
        reference.ffmpeg(*map(self._file, RECIPES[name]), part)
        return part.replace(path)

    @staticmethod
    def _part(path: Path) -> Path:
        """A name of this process for a file that is not whole: another one may be making the same."""
        return path.with_name(f"making-{os.getpid()}-{path.name}")

    def _put(self, path: Path, data: bytes) -> Path:
        self._part(path).write_bytes(data)
        return self._part(path).replace(path)

    def _file(self, argument: str) -> str:
        braced = argument.startswith("{") and argument.endswith("}")
        return str(self[argument[1:-1]]) if braced else argument

    def rotated(self, degrees: int) -> Path:
        """An mp4 whose display matrix turns the picture by a quarter turn, counter-clockwise."""
        path = self.folder / f"rotated{degrees}.mp4"
        if not path.exists():
            data = bytearray(self["bframes.mp4"].read_bytes())
            one = 1 << 16
            matrix = {90: (0, -one, one, 0), 180: (-one, 0, 0, -one), 270: (0, one, -one, 0)}[degrees]
            at = data.index(b"tkhd") + 4 + 40  # a version 0 box: the matrix stands 40 bytes in
            for place, value in zip((0, 4, 12, 16), matrix, strict=True):
                data[at + place : at + place + 4] = value.to_bytes(4, "big", signed=True)
            self._put(path, bytes(data))
        return path
