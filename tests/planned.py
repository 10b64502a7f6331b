"""What a job planned and told, held against what ffprobe says of its input and output."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING, Any

import reference
import transcode_py
from transcode_py import Transcoder

if TYPE_CHECKING:
    from pathlib import Path

    from transcode_py import PlanStream, TranscodeOptions, TranscodeStats

    from media import RealFile

# What the ffmpeg program reads without a complaint and is refused all the same.
REFUSED = {
    "black_large.webp": "more pixels than max_pixels allows",
    "BA_MW_D_IDR_LOST.264": "has no keyframe in its first second",
}
# What each container is made for; where a file has none of it, there is nothing to write.
HELD = {container: {"video", "audio"} for container in ("mp4", "mkv", "mov", "webm", "ts", "avi", "flv")}
HELD |= {"gif": {"video"}, "ogg": {"audio"}, "wav": {"audio"}, "mp3": {"audio"}, "m4a": {"audio"}, "flac": {"audio"}}
# One name for both in the headers of mp4 and mpegts.
LAYERS = {"mp2", "mp3"}
SAME_LANGUAGE = {"fre": "fra", "ger": "deu", "dut": "nld", "chi": "zho", "rum": "ron", "sve": "swe", "en": "eng"}


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
    if container in ("mp4", "mov", "m4a") and not any(stream.kind == "data" for stream in kept):
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
    if is_cover and container in ("mp4", "m4a", "mkv"):
        pass  # a cover is a picture there, without tags of its own
    elif container == "ogg" and not title:
        pass  # a title of the file stands in the stream there
    elif title and "its title" not in told and container in ("mp4", "mov", "m4a"):
        # FFmpeg writes the title of a track, but up to version 6 does not read it.
        assert title.encode() in data
    elif "its title" not in told:
        assert tag(after, "title") == title
    lost, new = marks(before) - marks(after), marks(after) - marks(before)
    assert all(mark in told for mark in lost - {"default"})
    # mp4 marks one stream of each kind that is shown.
    assert new <= ({"default", "captions"} if container in ("mp4", "mov", "m4a") else set())
    assert "default" not in lost or container not in ("mp4", "mov", "m4a", "mkv", "webm")


def run(source: RealFile, before: reference.Json | None, jobs: dict[Path, TranscodeOptions]) -> None:
    """Plan all jobs, run them, and hold plan, report and output of each against each other and the input."""
    plans: list[Any] = []
    for options in jobs.values():
        try:
            plans.append(Transcoder(options).plan())
        except transcode_py.TranscodeError as error:
            plans.append(error)
    assert not any(target.exists() for target in jobs)
    done = transcode_py.transcode_many(list(jobs.values()), concurrency=2)
    for target, planned, result in zip(jobs, plans, done, strict=True):
        container = target.suffix[1:]
        if result.error is not None:
            assert isinstance(result.error, transcode_py.TranscodeError)
            assert type(result.error) is not transcode_py.TranscodeError, result.error
            assert not isinstance(planned, Exception) or type(planned) is type(result.error)
            assert not target.exists()
            has_place = before is None or any(reference.kind(stream) in HELD[container] for stream in before["streams"])
            nothing = "nothing could be" in str(result.error)
            assert source.name in REFUSED or nothing or not source.clean or not has_place, result.error
            continue
        assert before is not None
        stats = result.stats
        # A transport stream of a few packets is too short for ffprobe to guess.
        after = look(target, *(["-f", "mpegts"] if container == "ts" else []))
        assert stats is not None
        assert after is not None
        assert planned.streams == stats.streams
        assert set(planned.warnings) <= set(stats.warnings)
        check_streams(container, stats, before["streams"], after["streams"], target.read_bytes())
        within = [chapter for chapter in before["chapters"] if float(chapter["start_time"]) < 1]
        told = any("chapters left out" in text for text in stats.warnings)
        assert told or len(after["chapters"]) == len(within)
