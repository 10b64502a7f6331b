"""Trims, encoded and copied: every picture from `start` on and before `end`, each at its own time, and its sound."""

from __future__ import annotations

import io
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import reference
import transcode_py
from cuts import LIKE, check_times, decoded, likeness, spans, within

import media

if TYPE_CHECKING:
    from pathlib import Path

    from media import Shelf

# Files whose pictures are cut: generated, and real ones where they are there.
MADE = ["bframes.mp4", "opengop.ts", "vfr.mkv", "film.mp4", "hevc.mp4", "vp9.webm", "offset.ts", "late-picture.mkv"]
REAL = ["edts.mp4", "bear-vp9.webm", "sample_with_chapters.mp4"]


def sources() -> list[str]:
    """All files that are cut."""
    return MADE + [name for name in REAL if (media.REAL / name).is_file()]


def path_of(name: str, shelf: Shelf) -> Path:
    """A generated or a real file."""
    return media.REAL / name if name in REAL else shelf[name]


@pytest.mark.parametrize("name", sources())
def test_exact(name: str, shelf: Shelf, out: Path) -> None:
    """Encoded without loss, a trim holds exactly the pictures of its span: about 200 spans over all files."""
    source = path_of(name, shelf)
    whole = decoded(source)
    for number, (start, end) in enumerate(spans(name, whole, 4 if name in REAL else 24)):
        target = out / f"{number}.mkv"
        transcode_py.transcode(
            source, target, video_codec="ffv1", audio_codec="flac", subtitles=False, start=start, end=end
        )
        wanted = within(whole, start, end)
        came = reference.frames(target, "-copyts", "-map", "0:V")[0]
        assert [frame.md5 for frame in came] == [frame.md5 for frame in wanted], (start, end)
        check_times(came, wanted, start, 0.0011)


@pytest.mark.parametrize("container", ["mp4", "mov"])
@pytest.mark.parametrize("name", MADE)
def test_copied_shows_exactly(name: str, container: str, shelf: Shelf, out: Path) -> None:
    """Copied from a keyframe, a trim shows exactly the pictures of its span: an edit list hides the rest."""
    if name == "vp9.webm" and container == "mov":
        pytest.skip("mov holds no VP9")
    source = shelf[name]
    whole = decoded(source)
    sound = reference.streams(source, "audio")
    for number, (start, end) in enumerate(spans(name, whole, 6)):
        target = out / f"{number}.{container}"
        stats = transcode_py.transcode(
            source,
            target,
            video_codec="copy",
            audio_codec="copy" if name != "late-picture.mkv" else None,  # FLAC in mp4 is not for every FFmpeg
            subtitles=False,
            start=start,
            end=end,
            trim="keyframe",
        )
        assert stats.streams[0].action == "copy"
        wanted = within(whole, start, end)
        came = decoded(target, "-copyts")
        assert [frame.md5 for frame in came] == [frame.md5 for frame in wanted], (start, end)
        check_times(came, wanted, start, 0.0011)
        assert float(reference.probe(target)["format"]["duration"]) <= end - start + 0.001
        assert len(reference.streams(target, "audio")) == len(sound)


@pytest.mark.parametrize(
    ("name", "container"),
    [
        ("bframes.mp4", "mp4"),
        ("bframes.mp4", "mkv"),
        ("bframes.mp4", "ts"),
        ("groups.ts", "ts"),
        ("groups.ts", "mp4"),
        ("groups.mkv", "mov"),
        ("groups.mkv", "flv"),
        ("groups.webm", "webm"),
        ("groups.webm", "mp4"),
        ("fields.mkv", "mp4"),
        ("vfr-groups.mkv", "mkv"),
        ("opengop.ts", "mp4"),
    ],
)
def test_smart(name: str, container: str, shelf: Shelf, out: Path) -> None:
    """Only the groups at the edges are encoded again: every picture is there, at its time, and decodes clean."""
    source = shelf[name]
    whole = decoded(source)
    pixels = reference.gray(source)
    copied = 0
    for number, (start, end) in enumerate([(0.23, 1.71), *spans(name, whole, 3)]):
        target = out / f"{number}.{container}"
        stats = transcode_py.transcode(
            source, target, video_codec="copy", audio_codec="copy", start=start, end=end, trim="smart"
        )
        assert stats.streams[0].action == "copy"
        wanted = within(whole, start, end)
        came = decoded(target, "-copyts")
        assert reference.complaints(target) == ""
        assert len(came) == len(wanted), (start, end)
        # A transport stream and FLV begin where their first sound or decoding begins.
        offset = float(came[0].time) - (float(wanted[0].time) - start)
        assert offset == pytest.approx(0, abs=0.0011) or container in {"ts", "flv"}
        check_times(came, wanted, start - offset, 0.0011)
        kept = [one.md5 == other.md5 for one, other in zip(came, wanted, strict=True)]
        assert sum(kept) >= len(wanted) - stats.frames_encoded
        copied += len(wanted) - stats.frames_encoded
        places = [place for place, frame in enumerate(whole) if start <= frame.time < end]
        assert min(likeness(reference.gray(target), pixels[places])) > LIKE, (start, end)
        packets = reference.packets(target, "V:0")
        decoding = [packet.dts for packet in packets if packet.dts is not None]
        # Matroska stores no decoding times, and FFmpeg makes up some.
        assert container in {"mkv", "webm"} or all(one < other for one, other in pairwise(decoding))
    # No picture of x264's open groups is one that decoding can begin anew with.
    assert (copied > 0) == (name != "opengop.ts")


def test_smart_from_keyframe_to_keyframe_copies_all(shelf: Shelf, out: Path) -> None:
    """Where the edges lie between groups of pictures nothing is decoded."""
    target = out / "out.mp4"
    stats = transcode_py.transcode(shelf["bframes.mp4"], target, video_codec="copy", start=0.4, end=1.2, trim="smart")
    assert stats.frames_encoded == 0
    wanted = [frame.md5 for frame in within(decoded(shelf["bframes.mp4"]), 0.39, 1.19)]
    assert [frame.md5 for frame in decoded(target)] == wanted


def test_smart_sound_is_in_step(shelf: Shelf, out: Path) -> None:
    """Copied sound begins at the sample that belongs to the first picture."""
    target = out / "out.mp4"
    source = shelf["plain.mp4"]
    transcode_py.transcode(source, target, video_codec="copy", audio_codec="copy", start=0.437, end=0.9, trim="smart")
    whole, came = (reference.samples(path) for path in (source, target))
    first, length = round(0.437 * 48000), round((0.9 - 0.437) * 48000)
    assert np.allclose(came[:length], whole[first : first + length], atol=1e-4)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("theora.ogv", "cannot cut stream 0; expected one of .*hevc.*; got theora; pass "),
        ("mpeg4-fields-both-ways.mkv", "expected whole pictures, or no B-frames; got fields with B-frames, .*; pass "),
    ],
)
def test_smart_refuses_what_it_cannot_encode(name: str, text: str, shelf: Shelf, out: Path) -> None:
    """What cannot be joined to copied pictures is refused by name, before anything is written."""
    with pytest.raises(transcode_py.UnsupportedError, match=text):
        transcode_py.transcode(shelf[name], out / "out.mkv", video_codec="copy", start=0.5, end=0.9, trim="smart")
    assert list(out.iterdir()) == []


def test_plan_tells_what_smart_encodes(shelf: Shelf, out: Path) -> None:
    """The plan says which parts are encoded again, and with what."""
    job = transcode_py.TranscodeOptions(
        input=shelf["bframes.mp4"], output=out / "out.mkv", video_codec="copy", start=0.5, end=1.5, trim="smart"
    )
    found = transcode_py.Transcoder(job).plan().streams[0]
    assert found.action == "copy"
    assert "the first 0.300 s and what follows 0.700 s, with libx264" in found.reason


def test_copied_sound_is_cut_to_the_sample(shelf: Shelf, out: Path) -> None:
    """Sound is copied in whole packets, of which an edit list hides what lies before the cut."""
    source = reference.samples(shelf["film.mp4"])
    for start, end in [(0.5, 1.5), (1.0, 1.2), (0.123, 1.9)]:
        target = out / f"{start}.mp4"
        transcode_py.transcode(
            shelf["film.mp4"], target, video_codec="copy", audio_codec="copy", start=start, end=end, trim="keyframe"
        )
        first, length = round(start * 48000), round((end - start) * 48000)
        came = reference.samples(target)
        # FFmpeg 5.1 plays the last packet to its end; what is stored says where it ends.
        assert length <= len(came) < length + 1024
        assert np.allclose(came[:length], source[first : first + length], atol=1e-4)
        stored = reference.streams(target, "audio")[0]["duration"]
        assert float(stored) == pytest.approx(end - start, abs=1 / 48000)


@pytest.mark.parametrize("way", ["memory", "writer"])
def test_edit_lists_wherever_it_is_written(way: str, shelf: Shelf, out: Path) -> None:
    """In memory and to a file object the same is shown as from a file."""
    options: dict[str, Any] = {
        "video_codec": "copy",
        "audio_codec": "copy",
        "start": 0.5,
        "end": 1.5,
        "trim": "keyframe",
    }
    transcode_py.transcode(shelf["film.mp4"], out / "file.mp4", **options)
    target = out / "other.mp4"
    if way == "memory":
        stats = transcode_py.transcode(shelf["film.mp4"], None, format="mp4", **options)
        assert stats.data is not None
        target.write_bytes(stats.data)
    else:
        writer = io.BytesIO()
        transcode_py.transcode(shelf["film.mp4"], writer, format="mp4", **options)
        target.write_bytes(writer.getvalue())
    assert decoded(target, "-copyts") == decoded(out / "file.mp4", "-copyts")


def test_what_plays_without_edit_lists(shelf: Shelf, out: Path) -> None:
    """Where nothing can be hidden a copied trim begins at the keyframe, and says by how much earlier that is."""
    target = out / "out.mkv"
    stats = transcode_py.transcode(
        shelf["bframes.mp4"], target, video_codec="copy", audio=False, start=0.9, end=1.5, trim="keyframe"
    )
    assert any("0.100 s back" in warning for warning in stats.warnings)
    came = [frame.md5 for frame in reference.frames(target, "-map", "0:V")[0]]
    wanted = [frame.md5 for frame in within(decoded(shelf["bframes.mp4"]), 0.79, 1.5)]
    assert came[: len(wanted)] == wanted
    late = [warning for warning in stats.warnings if "later than asked" in warning]
    assert bool(late) == (len(came) > len(wanted))


def test_subtitles_and_chapters_of_a_copied_trim(shelf: Shelf, out: Path) -> None:
    """Chapters are cut and shifted to the moment that is shown first, and so are subtitles."""
    target = out / "out.mp4"
    transcode_py.transcode(
        shelf["film.mp4"], target, video_codec="copy", audio_codec="copy", start=0.5, end=1.6, trim="keyframe"
    )
    spans = [(float(c["start_time"]), float(c["end_time"])) for c in reference.probe(target)["chapters"]]
    assert spans == [pytest.approx((0, 0.5), abs=0.001), pytest.approx((0.5, 1.1), abs=0.001)]
    texts = [packet for packet in reference.packets(target, "s:0") if packet.size > 2]
    first, second = (packet.pts for packet in reference.packets(shelf["film.mp4"], "s:0") if packet.size > 2)
    assert first is not None
    assert second is not None
    assert first < Fraction(1, 2)  # under way at the cut
    assert [float(packet.pts or 0) for packet in texts] == pytest.approx([0, float(second) - 0.5], abs=0.001)


def test_plan_tells_of_the_edit_list(shelf: Shelf, out: Path) -> None:
    """What hides the rest of a copied trim stands in the plan, and in the result."""
    options: dict[str, Any] = {"video_codec": "copy", "audio_codec": "copy", "start": 0.9, "trim": "keyframe"}
    job = transcode_py.TranscodeOptions(input=shelf["bframes.mp4"], output=out / "out.mp4", **options)
    plan = transcode_py.Transcoder(job).plan()
    assert "edit list" in plan.streams[0].reason
    assert plan.duration == pytest.approx(1.1, abs=0.001)
    assert transcode_py.Transcoder(job).run().streams == plan.streams
