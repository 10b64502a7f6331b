"""Every file there is into every usual container: what was planned is what came, and nothing vanished unsaid.

Plan and statistics are held against what ffprobe says of input and output. A job may refuse, but with an error of a
type that says whose fault it is, and with nothing left behind.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Any

import planned
import pytest
from transcode_py import TranscodeOptions

from media import real_files

if TYPE_CHECKING:
    from pathlib import Path

    import reference

    from media import RealFile

FILES = real_files()
CONTAINERS = ("mp4", "mkv", "mov", "webm", "ts")
CODECS_OF_WEBM = {"vp8", "vp9", "av1"}


def ways(source: RealFile, streams: list[reference.Json]) -> list[tuple[str, bool]]:
    """Containers, and whether what can be copied is: all are, and half of the files are encoded too.

    WebM copies only where it need not encode large pictures slowly.
    """
    video = {stream.get("codec_name") for stream in streams if stream.get("codec_type") == "video"}
    auto = [(container, True) for container in CONTAINERS if container != "webm" or video <= CODECS_OF_WEBM]
    encoded = [(container, False) for container in CONTAINERS if zlib.crc32(f"{source.name} {container}".encode()) % 2]
    return auto + encoded


def job(source: RealFile, target: Path, container: str, auto: bool) -> TranscodeOptions:
    """A second of the file, encoded as fast as can be or copied."""
    options: dict[str, Any] = {"video_codec": "auto", "audio_codec": "auto"}
    if not auto:
        options = {"width": 160}
        if container == "webm":
            options["encoder_options"] = {"deadline": "realtime", "cpu-used": "8"}
        else:
            options["preset"] = "ultrafast"
    return TranscodeOptions(input=source.path, output=target, duration=1, timeout=60, **options)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("source", FILES, ids=lambda source: source.name)
def test_what_is_planned_comes(source: RealFile, out: Path) -> None:
    """Into each container: a success that ffprobe confirms, or a refusal of a type that says whose fault it is."""
    before = planned.look(source.path)
    todo = ways(source, before["streams"] if before else [])
    targets = {out / f"out-{auto}.{container}": (container, auto) for container, auto in todo}
    planned.run(source, before, {target: job(source, target, *way) for target, way in targets.items()})


# Those of sound alone, which refuse pictures, and those that hold few codecs.
OTHERS = {"avi": {}, "flv": {"preset": "ultrafast"}, "gif": {}, "ogg": {}, "wav": {}, "mp3": {}, "m4a": {}, "flac": {}}
PICTURES = {"avi", "flv", "gif", "ogg"}


@pytest.mark.timeout(300)
@pytest.mark.parametrize("source", FILES[::4], ids=lambda source: source.name)
def test_what_is_planned_comes_into_others(source: RealFile, out: Path) -> None:
    """The same for the other containers, with every fourth file of the list. Half of the files are copied where that can be."""
    before = planned.look(source.path)
    jobs = {}
    for container, fast in OTHERS.items():
        options: dict[str, Any] = dict(fast)
        if container in PICTURES:
            options["width"] = 160
        if zlib.crc32(f"{source.name} {container}".encode()) % 2:
            options = {"video_codec": "auto", "audio_codec": "auto"}
        target = out / f"out.{container}"
        jobs[target] = TranscodeOptions(input=source.path, output=target, duration=1, timeout=60, **options)
    planned.run(source, before, jobs)
