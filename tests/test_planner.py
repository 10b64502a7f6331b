"""Every file there is into every usual container: what was planned is what came, and nothing vanished unsaid.

Plan and statistics are held against what ffprobe says of input and output. A job may refuse, but with an error of a
type that says whose fault it is, and with nothing left behind.
"""

from __future__ import annotations

import subprocess
import zlib
from typing import TYPE_CHECKING, Any

import pytest
import reference
import transcode_py
from transcode_py import TranscodeOptions, Transcoder

from media import real_files

if TYPE_CHECKING:
    from pathlib import Path

    from transcode_py import PlanStream, TranscodeStats

    from media import RealFile

FILES = real_files()
CONTAINERS = ("mp4", "mkv", "mov", "webm", "ts")
CODECS_OF_WEBM = {"vp8", "vp9", "av1"}

# What the ffmpeg program reads without a complaint and is refused all the same.
REFUSED = {
    "black_large.webp": "more pixels than max_pixels allows",
    "BA_MW_D_IDR_LOST.264": "has no keyframe in its first second",
}
# One name for both in the headers of mp4 and mpegts.
LAYERS = {"mp2", "mp3"}
SAME_LANGUAGE = {"fre": "fra", "ger": "deu", "dut": "nld", "chi": "zho", "rum": "ron", "sve": "swe", "en": "eng"}


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


def look(path: Path, *options: str) -> reference.Json | None:
    """What ffprobe says of a file; `None` where it can make nothing of it."""
    try:
        return reference.probe(path, *options)
    except subprocess.CalledProcessError:
        return None


def tag(stream: reference.Json, name: str) -> str:
    return next((text for key, text in stream.get("tags", {}).items() if key.lower() == name), "")


def language(stream: reference.Json) -> str:
    """The language of a stream in one form; empty where it is undetermined."""
    found = tag(stream, "language").split("-")[0].lower()
    return "" if found == "und" else SAME_LANGUAGE.get(found, found)


def marks(stream: reference.Json) -> set[str]:
    return {name for name, is_set in stream["disposition"].items() if is_set}


def belongs_to_container(stream: reference.Json) -> bool:
    """Streams in which mp4 keeps its chapters and its time code."""
    return stream["codec_type"] == "data" and stream["codec_tag_string"] in ("text", "tmcd")


def check_streams(
    container: str, stats: TranscodeStats, before: list[reference.Json], after: list[reference.Json], data: bytes
) -> None:
    """Every stream of the input has an entry, and every kept entry its stream in the output, in order."""
    assert [(stream.input_index, stream.kind) for stream in stats.streams] == [
        (index, stream["codec_type"]) for index, stream in enumerate(before)
    ]
    kept = sorted((s for s in stats.streams if s.output_index is not None), key=lambda s: s.output_index or 0)
    assert [stream.output_index for stream in kept] == list(range(len(kept)))
    assert all((stream.action == "drop") == (stream.output_index is None) for stream in stats.streams)
    if container in ("mp4", "mov") and not any(stream.kind == "data" for stream in kept):
        after = [stream for stream in after if not belongs_to_container(stream)]
    if len(after) < len(kept):
        # A track without a packet is none to a reader; the warnings have told of it.
        empty = [f"stream {stream.input_index}: not one packet of it could be written" for stream in kept]
        kept = [stream for stream, text in zip(kept, empty, strict=True) if text not in stats.warnings]
    assert [stream.kind for stream in kept] == [stream["codec_type"] for stream in after]
    for entry, stream in zip(kept, after, strict=True):
        check_stream(container, stats, entry, before[entry.input_index], stream, data)
    for entry in stats.streams:
        told = any(text.startswith(f"stream {entry.input_index}: left out") for text in stats.warnings)
        assert entry.action != "drop" or told, entry


def check_stream(
    container: str,
    stats: TranscodeStats,
    entry: PlanStream,
    before: reference.Json,
    after: reference.Json,
    data: bytes,
) -> None:
    """Codec, language, title and marks are as planned, or their loss is told."""
    told = " ".join(text for text in stats.warnings if text.startswith(f"stream {entry.input_index}:"))
    codec = after.get("codec_name", "none")
    assert codec == entry.output_codec or {codec, entry.output_codec} == LAYERS
    assert entry.action != "copy" or entry.codec == entry.output_codec
    if "its language" not in told:
        assert language(after) == language(before)
    is_cover = reference.kind(before) == "cover"
    title = tag(before, "title")
    if is_cover and container in ("mp4", "mkv"):
        pass  # a cover is a picture there, without tags of its own
    elif title and "its title" not in told and container in ("mp4", "mov"):
        # FFmpeg writes the title of a track, but up to version 6 does not read it.
        assert title.encode() in data
    elif "its title" not in told:
        assert tag(after, "title") == title
    lost, new = marks(before) - marks(after), marks(after) - marks(before)
    assert all(mark in told for mark in lost - {"default"})
    # mp4 marks one stream of each kind that is shown.
    assert new <= ({"default", "captions"} if container in ("mp4", "mov") else set())
    assert "default" not in lost or container == "ts"


@pytest.mark.timeout(300)
@pytest.mark.parametrize("source", FILES, ids=lambda source: source.name)
def test_what_is_planned_comes(source: RealFile, out: Path) -> None:
    """Into each container: a success that ffprobe confirms, or a refusal of a type that says whose fault it is."""
    before = look(source.path)
    streams = before["streams"] if before else []
    todo = ways(source, streams)
    targets = [out / f"out-{auto}.{container}" for container, auto in todo]
    jobs = [job(source, target, *way) for target, way in zip(targets, todo, strict=True)]
    plans: list[Any] = []
    for options in jobs:
        try:
            plans.append(Transcoder(options).plan())
        except transcode_py.TranscodeError as error:
            plans.append(error)
    assert list(out.iterdir()) == []
    done = transcode_py.transcode_many(jobs, concurrency=2)
    for (container, _), target, planned, result in zip(todo, targets, plans, done, strict=True):
        if result.error is not None:
            assert isinstance(result.error, transcode_py.TranscodeError)
            assert type(result.error) is not transcode_py.TranscodeError, result.error
            assert not isinstance(planned, Exception) or type(planned) is type(result.error)
            assert not target.exists()
            assert source.name in REFUSED or not source.clean, result.error
            continue
        assert before is not None
        stats = result.stats
        # A transport stream of a few packets is too short for ffprobe to guess.
        after = look(target, *(["-f", "mpegts"] if container == "ts" else []))
        assert stats is not None
        assert after is not None
        assert planned.streams == stats.streams
        assert set(planned.warnings) <= set(stats.warnings)
        check_streams(container, stats, streams, after["streams"], target.read_bytes())
        within = [chapter for chapter in before["chapters"] if float(chapter["start_time"]) < 1]
        told = any("chapters left out" in text for text in stats.warnings)
        assert told or len(after["chapters"]) == len(within)
