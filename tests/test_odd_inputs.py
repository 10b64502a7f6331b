"""Inputs with little in them, or much: a success that ffprobe confirms, or an error that says what is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import reference
import transcode_py
from transcode_py import InvalidMediaError, TranscodeError

from media import X264, picture, tone

if TYPE_CHECKING:
    from pathlib import Path

    from media import Shelf

FAST: dict[str, Any] = {"preset": "ultrafast"}
SLOW_WEBM: dict[str, Any] = {"encoder_options": {"deadline": "realtime", "cpu-used": "8"}}


def fast(suffix: str) -> dict[str, Any]:
    return SLOW_WEBM if suffix == "webm" else FAST


@pytest.mark.parametrize(
    ("suffix", "codec"),
    [("mkv", "subrip"), ("mp4", "mov_text"), ("mov", "mov_text"), ("webm", "webvtt"), ("srt", "subrip")],
)
def test_only_subtitles(suffix: str, codec: str, shelf: Shelf, out: Path) -> None:
    """A file of text alone goes into whatever holds text."""
    target = out / f"out.{suffix}"
    stats = transcode_py.transcode(shelf["subtitles.srt"], target)
    assert [stream["codec_name"] for stream in reference.streams(target)] == [codec]
    assert [stream.output_codec for stream in stats.streams] == [codec]
    text = reference.ffmpeg("-i", target, "-f", "srt", "-").decode()
    assert "first line" in text
    assert "second" in text


@pytest.mark.parametrize("suffix", ["ts", "wav", "mp3", "flac", "gif", "avi", "flv", "ogg"])
def test_only_subtitles_where_there_is_no_place(suffix: str, shelf: Shelf, out: Path) -> None:
    with pytest.raises(InvalidMediaError, match=r"nothing is left to write.*subtitle"):
        transcode_py.transcode(shelf["subtitles.srt"], out / f"out.{suffix}")
    assert list(out.iterdir()) == []


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "m4a", "mp3", "ts"])
def test_only_a_cover(suffix: str, shelf: Shelf, tmp_path: Path, out: Path) -> None:
    """A cover with nothing to play: kept where that makes a file, or refused in words."""
    source = tmp_path / "cover.mkv"
    attached = ["-metadata:s:t", "mimetype=image/png", "-metadata:s:t", "filename=cover.png"]
    reference.ffmpeg(*tone(0.1), "-attach", shelf["cover.png"], *attached, source)
    target = out / f"out.{suffix}"
    if suffix in ("mp4", "m4a"):
        transcode_py.transcode(source, target, audio=False)
        assert [reference.kind(stream) for stream in reference.streams(target)] == ["cover"]
    else:
        with pytest.raises(TranscodeError) as caught:
            transcode_py.transcode(source, target, audio=False)
        assert type(caught.value) is not TranscodeError
        assert list(out.iterdir()) == []


@pytest.mark.parametrize("options", [{}, {"video_codec": "copy"}], ids=str)
@pytest.mark.parametrize("suffix", ["mp4", "mkv", "webm", "ts"])
def test_no_frame(suffix: str, options: dict[str, Any], tmp_path: Path, out: Path) -> None:
    """A file whose header promises pictures that are not there."""
    source = tmp_path / "none.mkv"
    made = ["-f", "lavfi", "-i", "color=size=64x64:rate=25", "-frames:v", "0"]
    reference.ffmpeg(*made, "-c:v", "vp8" if suffix == "webm" else "libx264", source)
    with pytest.raises(transcode_py.TranscodeError) as caught:
        transcode_py.transcode(source, out / f"out.{suffix}", **options)
    assert type(caught.value) is not TranscodeError
    assert list(out.iterdir()) == []


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "mov", "webm", "ts", "avi", "flv", "gif"])
def test_one_frame(suffix: str, shelf: Shelf, out: Path) -> None:
    """A still picture is a film of one frame."""
    target = out / f"out.{suffix}"
    transcode_py.transcode(shelf["cover.png"], target, **({} if suffix in ("gif", "flv", "avi") else fast(suffix)))
    assert len(reference.frames(target)[0]) == 1


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "mov", "webm", "ts", "avi", "wav", "mp3"])
def test_ten_sounds(suffix: str, tmp_path: Path, out: Path) -> None:
    """All ten where they fit, in order and with their languages; else the first, with a word for each other."""
    source, target = tmp_path / "ten.mkv", out / f"out.{suffix}"
    languages = ["eng", "deu", "fra", "spa", "ita", "jpn", "rus", "pol", "por", "tur"]
    inputs = [word for index in range(10) for word in tone(0.3, hertz=300 + 100 * index)]
    maps = [word for index in range(10) for word in ("-map", str(index))]
    tags = [word for index, name in enumerate(languages) for word in (f"-metadata:s:a:{index}", f"language={name}")]
    reference.ffmpeg(*inputs, *maps, *tags, "-c:a", "flac", source)
    stats = transcode_py.transcode(source, target)
    found = reference.streams(target, "audio")
    if suffix in ("wav", "mp3"):
        assert len(found) == 1
        assert sum("left out" in text for text in stats.warnings) == 9
        return
    assert len(found) == 10
    told = [stream.get("tags", {}).get("language", "und") for stream in found]
    if suffix != "avi":
        assert told == (["eng", "ger", *languages[2:]] if suffix == "mov" else languages)
    else:
        assert sum("its language" in text for text in stats.warnings) == 10


@pytest.mark.parametrize("options", [FAST, {"video_codec": "copy", "audio_codec": "copy"}], ids=str)
@pytest.mark.parametrize("suffix", ["mp4", "mkv", "ts"])
def test_a_stream_that_starts_late(suffix: str, options: dict[str, Any], tmp_path: Path, out: Path) -> None:
    """Sound that begins half a minute after the pictures begins there in the output, too."""
    source, target = tmp_path / "late.mkv", out / f"out.{suffix}"
    made = [*picture(size="64x64", rate="5", seconds=31), "-itsoffset", "30", *tone(0.5)]
    reference.ffmpeg(*made, "-map", "0", "-map", "1", *X264, "-c:a", "aac", source)
    transcode_py.transcode(source, target, **options)
    picture_at, sound_at = (reference.packets(target, which)[0].pts for which in ("v:0", "a:0"))
    assert picture_at is not None
    assert sound_at is not None
    assert float(sound_at - picture_at) == pytest.approx(30, abs=0.05)


def test_a_codec_that_nobody_knows(shelf: Shelf, tmp_path: Path, out: Path) -> None:
    """A stream without parameters is left out with the reason; with nothing else, the job is refused."""
    source = tmp_path / "unknown.mkv"
    source.write_bytes(shelf["plain.mkv"].read_bytes().replace(b"V_MPEG4/ISO/AVC", b"V_NOSUCHCODEC/X"))
    for suffix in ("mp4", "mkv", "mov", "ts"):
        target = out / f"out.{suffix}"
        stats = transcode_py.transcode(source, target, **FAST)
        assert [reference.kind(stream) for stream in reference.streams(target)] == ["audio"]
        assert [(stream.kind, stream.action) for stream in stats.streams] == [("video", "drop"), ("audio", "encode")]
        assert any("stream 0: left out" in text for text in stats.warnings)
        target.unlink()
    with pytest.raises(transcode_py.TranscodeError) as caught:
        transcode_py.transcode(source, out / "out.mp4", audio=False, **FAST)
    assert type(caught.value) is not TranscodeError
    assert list(out.iterdir()) == []


@pytest.mark.parametrize(
    ("given", "suffix", "expected"),
    [
        ("en", "mp4", "eng"),
        ("en-US", "mkv", "eng"),
        ("fre", "mov", "fra"),
        ("deu", "mov", "ger"),
        ("swe", "mov", "sve"),
        ("deu", "mp4", "deu"),
        ("ger", "ts", "ger"),
        ("pt", "webm", "por"),
    ],
)
def test_forms_of_a_language(given: str, suffix: str, expected: str, tmp_path: Path, out: Path) -> None:
    """Codes of two letters, and both forms of three, come in the form that the container takes."""
    source, target = tmp_path / "in.mkv", out / f"out.{suffix}"
    reference.ffmpeg(*tone(0.2), "-c:a", "flac", "-metadata:s:a", f"language={given}", source)
    stats = transcode_py.transcode(source, target)
    assert reference.stream(target, "audio")["tags"]["language"] == expected
    assert stats.warnings == () or suffix == "webm"


def test_a_language_is_chosen_by_any_of_its_names(shelf: Shelf, out: Path) -> None:
    for name in ("de", "deu", "ger", "de-AT"):
        target = out / f"{name}.mkv"
        transcode_py.transcode(shelf["film.mkv"], target, video_codec="copy", audio_codec="copy", audio=name)
        assert len(reference.streams(target, "audio")) == 1


def test_a_language_without_a_place_is_told(tmp_path: Path, out: Path) -> None:
    source = tmp_path / "in.mkv"
    reference.ffmpeg(*tone(0.2), "-c:a", "flac", "-metadata:s:a", "language=hrv", source)
    stats = transcode_py.transcode(source, out / "out.mov")
    assert any("its language (hrv) is lost" in text for text in stats.warnings)


@pytest.mark.parametrize("suffix", ["ts", "avi", "flv"])
def test_losses_are_told(suffix: str, shelf: Shelf, out: Path) -> None:
    """Chapters, titles, tags and marks that a container has no place for."""
    stats = transcode_py.transcode(shelf["film.mkv"], out / f"out.{suffix}", audio=2)
    told = " ".join(stats.warnings)
    assert "2 chapters left out" in told
    assert "marked comment is lost" in told
    assert ("its title (Kommentar) is lost" in told) == (suffix != "avi")
    assert ("tags left out" in told) == (suffix == "ts")


@pytest.mark.parametrize("trim", [(0.0, 1.5), (0.5, 1.0), (1.2, 0.6)], ids=str)
@pytest.mark.parametrize("suffix", ["mkv", "mp4", "mov", "webm"])
def test_chapters_are_cut_and_shifted(suffix: str, trim: tuple[float, float], shelf: Shelf, out: Path) -> None:
    """The part of each chapter that lies in what is taken, counted from its start."""
    target = out / f"out.{suffix}"
    start, duration = trim
    transcode_py.transcode(shelf["film.mkv"], target, start=start, duration=duration, **fast(suffix))
    expected = [
        (max(first - start, 0), min(last - start, duration), title)
        for first, last, title in ((0, 1, "One"), (1, 2, "Two"))
        if max(first - start, 0) < min(last - start, duration)
    ]
    found = [
        (float(chapter["start_time"]), float(chapter["end_time"]), chapter["tags"]["title"])
        for chapter in reference.probe(target)["chapters"]
    ]
    assert [title for *_, title in found] == [title for *_, title in expected]
    for one, other in zip(found, expected, strict=True):
        assert one[:2] == pytest.approx(other[:2], abs=0.03)
