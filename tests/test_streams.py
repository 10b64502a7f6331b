"""Which streams come along, and what they bring: tags, languages, chapters, subtitles, covers, files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import reference
import transcode_py

if TYPE_CHECKING:
    from pathlib import Path

    from media import Shelf

FAST: dict[str, Any] = {"video_codec": "copy", "audio_codec": "copy"}


def kinds(path: Path) -> list[str]:
    """The kinds of all streams, in order."""
    return [reference.kind(stream) for stream in reference.streams(path)]


def tag(holder: dict[str, Any], name: str) -> str | None:
    """A tag by name; containers differ in capitals."""
    return next((text for key, text in holder.get("tags", {}).items() if key.lower() == name), None)


def languages(path: Path, kind: str) -> list[str | None]:
    """The languages of the streams of one kind."""
    return [tag(stream, "language") for stream in reference.streams(path, kind)]


def said(stats: transcode_py.TranscodeStats, *streams: int) -> bool:
    """Whether each of these streams of the input has a warning."""
    return all(any(f"stream {index}" in warning for warning in stats.warnings) for index in streams)


def cues(path: Path, index: int) -> list[tuple[float, float, str]]:
    """One subtitle stream: start, end and text of each line."""
    text = reference.ffmpeg("-i", path, "-map", f"0:s:{index}", "-f", "srt", "-").decode()
    found = []
    for block in text.strip().split("\n\n"):
        _number, times, *said = block.splitlines()
        start, end = (60 * float(time[3:5]) + float(time[6:].replace(",", ".")) for time in times.split(" --> "))
        found.append((start, end, "\n".join(said)))
    return found


def test_everything_is_kept(shelf: Shelf, out: Path) -> None:
    """From Matroska to Matroska nothing is lost, whether copied or encoded."""
    for name, options in (("copy.mkv", FAST), ("encode.mkv", {})):
        target = out / name
        stats = transcode_py.transcode(shelf["film.mkv"], target, **options)
        found = kinds(target)
        assert {kind: found.count(kind) for kind in set(found)} == {
            "video": 1,
            "audio": 2,
            "subtitle": 2,
            "attachment": 1,
            "cover": 1,
        }
        assert languages(target, "audio") == ["eng", "deu"]
        assert languages(target, "subtitle") == ["eng", "fra"]
        assert stats.warnings == ()


def test_tags(shelf: Shelf, out: Path) -> None:
    """Titles of the film and of its streams, into each container that holds them."""
    for suffix in ("mkv", "mp4", "mov"):
        target = out / f"out.{suffix}"
        transcode_py.transcode(shelf["film.mkv"], target, **FAST)
        found = reference.probe(target)["format"]
        assert [tag(found, name) for name in ("title", "artist", "comment")] == ["A film", "Nobody", "made for a test"]
    assert tag(reference.streams(out / "out.mkv", "audio")[1], "title") == "Kommentar"


@pytest.mark.parametrize(
    ("metadata", "expected"),
    [
        (None, {"title": "A film", "artist": "Nobody"}),
        ({"title": "Another"}, {"title": "Another", "artist": "Nobody"}),
        ({"artist": None}, {"title": "A film", "artist": None}),
        ({"genre": "Test"}, {"title": "A film", "genre": "Test"}),
        (False, {"title": None, "artist": None, "comment": None}),
    ],
    ids=str,
)
@pytest.mark.parametrize("suffix", ["mkv", "mp4"])
def test_metadata(metadata: Any, expected: dict[str, str | None], suffix: str, shelf: Shelf, out: Path) -> None:
    """Kept, set over, taken away one by one, or all dropped."""
    target = out / f"out.{suffix}"
    transcode_py.transcode(shelf["film.mkv"], target, metadata=metadata, **FAST)
    found = reference.probe(target)["format"]
    assert {name: tag(found, name) for name in expected} == expected


@pytest.mark.parametrize("suffix", ["mkv", "mp4", "mov"])
@pytest.mark.parametrize("keep", [True, False])
def test_chapters(suffix: str, keep: bool, shelf: Shelf, out: Path) -> None:
    """With their names and times, or none."""
    target = out / f"out.{suffix}"
    transcode_py.transcode(shelf["film.mkv"], target, chapters=keep, **FAST)
    found = [
        (float(chapter["start_time"]), float(chapter["end_time"]), chapter["tags"]["title"])
        for chapter in reference.probe(target)["chapters"]
    ]
    assert found == ([(0.0, 1.0, "One"), (1.0, 2.0, "Two")] if keep else [])


@pytest.mark.parametrize("keep", [True, False])
def test_attachments(keep: bool, shelf: Shelf, out: Path) -> None:
    """The very bytes of an attached file, with its name and type."""
    target, note = out / "out.mkv", out / "note"
    transcode_py.transcode(shelf["film.mkv"], target, attachments=keep, **FAST)
    found = reference.streams(target, "attachment")
    assert [(tag(stream, "filename"), tag(stream, "mimetype")) for stream in found] == (
        [("note.ttf", "application/x-truetype-font")] if keep else []
    )
    if keep:
        reference.ffmpeg("-dump_attachment:t:0", note, "-i", target, "-t", "0", "-f", "null", "-")
        assert note.read_bytes() == shelf["note.ttf"].read_bytes()


def test_attachment_that_has_no_place(shelf: Shelf, out: Path) -> None:
    """An mp4 holds no fonts: the job goes on, and says so."""
    stats = transcode_py.transcode(shelf["film.mkv"], out / "out.mp4", **FAST)
    assert said(stats, 5)


@pytest.mark.parametrize(
    ("source", "suffix"),
    [
        ("song.mp3", "mp3"),
        ("song.mp3", "flac"),
        ("song.mp3", "m4a"),
        ("film.mkv", "mp4"),
        ("song.mp3", "mkv"),
        ("song.mp3", "ogg"),
        ("song.mp3", "opus"),
    ],
)
def test_cover(source: str, suffix: str, shelf: Shelf, out: Path) -> None:
    """Cover art stays cover art, to the byte, and is never taken for the film."""
    target = out / f"out.{suffix}"
    transcode_py.transcode(shelf[source], target)
    (cover,) = reference.streams(target, "cover")
    assert (cover["codec_name"], cover["width"]) == ("png", 64)
    kept = reference.ffmpeg("-i", target, "-map", "0:v", "-map", "-0:V", "-c", "copy", "-f", "image2pipe", "-")
    assert kept == shelf["cover.png"].read_bytes()


@pytest.mark.parametrize("suffix", ["wav", "mov", "ts"])
def test_cover_that_has_no_place(suffix: str, shelf: Shelf, out: Path) -> None:
    """Where no cover fits the sound still comes, with a warning."""
    stats = transcode_py.transcode(shelf["song.mp3"], out / f"out.{suffix}")
    assert kinds(out / f"out.{suffix}") == ["audio"]
    assert stats.warnings


@pytest.mark.parametrize("suffix", ["mkv", "mp4"])
def test_dispositions(suffix: str, shelf: Shelf, out: Path) -> None:
    """Default, forced and commentary tracks stay what they are."""
    target = out / f"out.{suffix}"
    transcode_py.transcode(shelf["film.mkv"], target, **FAST)
    sounds, texts = reference.streams(target, "audio"), reference.streams(target, "subtitle")
    assert [stream["disposition"]["default"] for stream in sounds] == [1, 0]
    assert sounds[1]["disposition"]["comment"] == 1
    assert [stream["disposition"]["forced"] for stream in texts] == [0, 1]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, ["video", "audio", "audio", "subtitle", "subtitle"]),
        ({"video": False}, ["audio", "audio", "subtitle", "subtitle"]),
        ({"audio": False}, ["video", "subtitle", "subtitle"]),
        ({"subtitles": False}, ["video", "audio", "audio"]),
        ({"audio": 2, "subtitles": False}, ["video", "audio"]),
        ({"audio": [1, 2], "subtitles": [4]}, ["video", "audio", "audio", "subtitle"]),
        ({"audio": "deu", "subtitles": "fra"}, ["video", "audio", "subtitle"]),
    ],
    ids=str,
)
def test_choice(options: dict[str, Any], expected: list[str], shelf: Shelf, out: Path) -> None:
    """Streams by kind, by index and by language."""
    target = out / "out.mp4"
    transcode_py.transcode(shelf["film.mkv"], target, attachments=False, chapters=False, **FAST, **options)
    assert [kind for kind in kinds(target) if kind != "cover"] == expected
    if options.get("audio") in (2, "deu"):
        assert languages(target, "audio") == ["deu"]
        assert reference.copied(target, "a:0") == reference.copied(shelf["film.mkv"], "a:1")
    if options.get("subtitles") in ("fra", [4]):
        assert languages(target, "subtitle") == ["fra"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"audio": 9}, ["audio", "9"]),
        ({"audio": 0}, ["audio", "0"]),
        ({"audio": "jpn"}, ["audio", "jpn", "eng", "deu"]),
        ({"subtitles": "xx"}, ["subtitles", "xx"]),
        ({"video": False, "audio": False, "subtitles": False, "attachments": False}, ["video", "audio"]),
    ],
    ids=str,
)
def test_choice_of_what_is_not_there(options: dict[str, Any], words: list[str], shelf: Shelf, out: Path) -> None:
    """A stream that the file lacks is an error that names those it has."""
    with pytest.raises(transcode_py.TranscodeError) as caught:
        transcode_py.transcode(shelf["film.mkv"], out / "out.mkv", **FAST, **options)
    assert isinstance(caught.value, ValueError)
    assert [word for word in words if word not in str(caught.value)] == []
    assert list(out.iterdir()) == []


@pytest.mark.parametrize(
    ("source", "suffix", "codec"),
    [
        ("film.mkv", "mp4", "mov_text"),
        ("film.mkv", "mov", "mov_text"),
        ("film.mkv", "webm", "webvtt"),
        ("film.mkv", "mkv", "subrip"),
        ("film.mp4", "mkv", None),
        ("film.mp4", "mp4", "mov_text"),
    ],
)
def test_subtitles_are_converted(source: str, suffix: str, codec: str | None, shelf: Shelf, out: Path) -> None:
    """Into the form that the container holds, with every line at its time."""
    target = out / f"out.{suffix}"
    options: dict[str, Any] = {} if suffix == "webm" else FAST
    transcode_py.transcode(shelf[source], target, **options)
    found = reference.streams(target, "subtitle")
    assert len(found) == 2
    assert codec is None or {stream["codec_name"] for stream in found} == {codec}
    for index in range(2):
        wanted, came = cues(shelf[source], index), cues(target, index)
        assert [text for *_, text in came] == [text for *_, text in wanted]
        # A sound encoder's priming moves a whole Matroska film by up to 25 ms.
        for one, other in zip(wanted, came, strict=True):
            assert other[:2] == pytest.approx(one[:2], abs=0.03)


@pytest.mark.parametrize("codec", ["srt", "ass", "webvtt", "copy"])
def test_subtitle_codec(codec: str, shelf: Shelf, out: Path) -> None:
    """The form asked for."""
    target = out / "out.mkv"
    transcode_py.transcode(shelf["film.mkv"], target, subtitle_codec=codec, **FAST)
    expected = {"srt": "subrip", "copy": "subrip"}.get(codec, codec)
    assert {stream["codec_name"] for stream in reference.streams(target, "subtitle")} == {expected}


@pytest.mark.parametrize("suffix", ["ts", "avi", "flv"])
def test_subtitles_that_have_no_place(suffix: str, shelf: Shelf, out: Path) -> None:
    """No job is lost for a subtitle: it is dropped with a warning."""
    target = out / f"out.{suffix}"
    stats = transcode_py.transcode(shelf["film.mkv"], target, audio=1)
    assert kinds(target) == ["video", "audio"]
    assert said(stats, 3, 4)


@pytest.mark.parametrize("suffix", ["wav", "mp3", "gif", "flac"])
def test_streams_that_have_no_place(suffix: str, shelf: Shelf, out: Path) -> None:
    """A container of one kind takes one, and what is left behind is said."""
    target = out / f"out.{suffix}"
    stats = transcode_py.transcode(shelf["plain.mkv"], target)
    assert kinds(target) == (["video"] if suffix == "gif" else ["audio"])
    assert said(stats, 1 if suffix == "gif" else 0)


@pytest.mark.parametrize("suffix", ["wav", "mp3"])
def test_more_streams_than_places(suffix: str, shelf: Shelf, out: Path) -> None:
    """Of two sounds a file for one takes the first, and says so."""
    target = out / f"out.{suffix}"
    stats = transcode_py.transcode(shelf["film.mkv"], target)
    assert reference.samples(target).shape[1] == 2
    assert said(stats, 0, 2)


def test_remux_copies_all(shelf: Shelf, out: Path) -> None:
    """Into another container without a decoder in the way."""
    target = out / "out.mkv"
    stats = transcode_py.remux(shelf["film.mkv"], target)
    assert (stats.frames_decoded, stats.frames_encoded) == (0, 0)
    for which in ("v:0", "a:0", "a:1", "s:0", "s:1"):
        assert reference.copied(target, which) == reference.copied(shelf["film.mkv"], which)
    assert languages(target, "audio") == ["eng", "deu"]


def test_plan_says_what_run_does(shelf: Shelf, out: Path) -> None:
    """What `plan()` tells of each stream is what `run()` then reports."""
    options = transcode_py.TranscodeOptions(input=shelf["film.mkv"], output=out / "out.mp4", audio_codec="copy")
    planned = transcode_py.Transcoder(options).plan()
    assert list(out.iterdir()) == []
    stats = transcode_py.Transcoder(options).run()
    assert stats.streams == planned.streams
    assert [stream.action for stream in planned.streams][:5] == ["encode", "copy", "copy", "convert", "convert"]
