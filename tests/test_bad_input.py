"""What can't be done is refused in words, before anything is lost: each case leaves earlier output as it was."""

from __future__ import annotations

import errno
import os
import re
import stat
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import child
import pytest
import reference
import transcode_py

if TYPE_CHECKING:
    from collections.abc import Iterator

    from media import Shelf

EARLIER = b"an earlier output, to be found again to the byte"


@pytest.fixture
def earlier(out: Path) -> Iterator[Path]:
    """An output that is there already. Whatever the test does, it is there after, and nothing beside it."""
    target = out / "out.mp4"
    target.write_bytes(EARLIER)
    yield target
    assert target.read_bytes() == EARLIER
    assert os.listdir(out) == ["out.mp4"]


def refused(source: object, target: object, *kinds: type[BaseException], **options: Any) -> str:
    """Run a job that can't be, with leave to overwrite; give the text of its error."""
    with pytest.raises(transcode_py.TranscodeError) as caught:
        transcode_py.transcode(source, target, **{"overwrite": True, **options})  # type: ignore[arg-type]
    for kind in kinds:
        assert isinstance(caught.value, kind), repr(caught.value)
    return str(caught.value)


def test_missing_file(tmp_path: Path, earlier: Path) -> None:
    """By name, and as what Python calls it."""
    missing = tmp_path / "no such film.mp4"
    with pytest.raises(transcode_py.InputNotFoundError) as caught:
        transcode_py.transcode(missing, earlier, overwrite=True)
    assert isinstance(caught.value, FileNotFoundError)
    assert str(caught.value.path) == str(missing)
    assert missing.name in str(caught.value)


def test_directory(tmp_path: Path, earlier: Path) -> None:
    """A folder is no film."""
    text = refused(tmp_path, earlier)
    assert re.search("directory|folder", text)


def test_empty_file(tmp_path: Path, earlier: Path) -> None:
    """Nothing at all."""
    source = tmp_path / "empty.mp4"
    source.touch()
    assert "empty" in refused(source, earlier, transcode_py.InvalidMediaError, ValueError)


@pytest.mark.parametrize("name", ["notes.txt", "notes.mp4", "notes"])
def test_text_file(name: str, tmp_path: Path, earlier: Path) -> None:
    """Text, whatever it is called: FFmpeg would render some of it as a film of letters."""
    source = tmp_path / name
    source.write_text("To whom it may concern.\n" * 200)
    refused(source, earlier, transcode_py.InvalidMediaError, ValueError)


@pytest.mark.parametrize("name", ["list.m3u8", "list.mp4", "list.ffconcat"])
def test_playlist_reads_no_other_file(name: str, shelf: Shelf, tmp_path: Path, earlier: Path) -> None:
    """A file that names others does not make us open them."""
    film = shelf["plain.ts"]
    text = (
        f"ffconcat version 1.0\nfile {film}\n"
        if name.endswith("ffconcat")
        else f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{film}\n#EXT-X-ENDLIST\n"
    )
    source = tmp_path / name
    source.write_text(text)
    refused(source, earlier)


def test_unreadable_file(shelf: Shelf) -> None:
    """No leave to read: the system's own error, with its number."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o777)
        source, target = folder / "film.mp4", folder / "out.mp4"
        source.write_bytes(shelf["plain.mp4"].read_bytes())
        source.chmod(0)
        target.write_bytes(EARLIER)
        lower = "os.setegid(65534); os.seteuid(65534)" if os.geteuid() == 0 else ""
        answer = child.transcode(source, target, before=lower, overwrite=True)
        assert "MediaIOError" in answer["kinds"], answer
        assert "OSError" in answer["kinds"]
        assert answer["errno"] == errno.EACCES
        assert target.read_bytes() == EARLIER
        assert sorted(os.listdir(folder)) == ["film.mp4", "out.mp4"]


def test_output_folder_we_may_not_write(shelf: Shelf) -> None:
    """No leave to write: said before the work, not after it."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        source, target = folder / "film.mp4", folder / "out.mp4"
        source.write_bytes(shelf["plain.mp4"].read_bytes())
        target.write_bytes(EARLIER)
        lower = "os.setegid(65534); os.seteuid(65534)" if os.geteuid() == 0 else f"os.chmod({name!r}, 0o555)"
        answer = child.transcode(source, target, before=lower, overwrite=True)
        folder.chmod(0o755)
        assert "MediaIOError" in answer["kinds"], answer
        assert answer["errno"] == errno.EACCES
        assert target.read_bytes() == EARLIER
        assert sorted(os.listdir(folder)) == ["film.mp4", "out.mp4"]


def test_output_folder_missing(shelf: Shelf, out: Path) -> None:
    """Not made in silence: a typo would become a folder."""
    with pytest.raises(transcode_py.TranscodeError) as caught:
        transcode_py.transcode(shelf["plain.mp4"], out / "no such folder" / "out.mp4")
    assert isinstance(caught.value, OSError)
    assert caught.value.errno == errno.ENOENT
    assert "no such folder" in str(caught.value)
    assert os.listdir(out) == []


def test_output_exists(shelf: Shelf, earlier: Path) -> None:
    """Nothing is overwritten that was not said to be."""
    with pytest.raises(transcode_py.OutputExistsError) as caught:
        transcode_py.transcode(shelf["plain.mp4"], earlier)
    assert isinstance(caught.value, FileExistsError)
    assert "overwrite" in str(caught.value)


def test_overwrite(shelf: Shelf, out: Path) -> None:
    """What was said to be overwritten is, by a whole file."""
    target = out / "out.mp4"
    target.write_bytes(EARLIER)
    transcode_py.transcode(shelf["plain.mp4"], target, overwrite=True)
    assert reference.complaints(target) == ""
    assert os.listdir(out) == ["out.mp4"]


def test_overwrite_keeps_permissions_sane(shelf: Shelf, out: Path) -> None:
    """A new file may be read by those that the umask lets."""
    target = out / "out.mp4"
    transcode_py.transcode(shelf["plain.mp4"], target)
    usual = out / "usual"
    usual.touch()
    assert stat.S_IMODE(target.stat().st_mode) == stat.S_IMODE(usual.stat().st_mode)


@pytest.mark.parametrize("spelling", ["same", "dot", "parent", "symlink", "hard link", "linked folder"])
def test_output_is_the_input(spelling: str, shelf: Shelf, tmp_path: Path) -> None:
    """Under every name that the input has, with leave to overwrite: the input stays as it is."""
    folder = tmp_path / "films"
    folder.mkdir()
    source = folder / "film.mp4"
    source.write_bytes(shelf["plain.mp4"].read_bytes())
    other: str | Path = source
    if spelling == "dot":
        other = f"{folder}/./film.mp4"
    elif spelling == "parent":
        other = f"{folder}/../films/film.mp4"
    elif spelling == "symlink":
        other = folder / "link.mp4"
        other.symlink_to(source)
    elif spelling == "hard link":
        other = folder / "hard.mp4"
        other.hardlink_to(source)
    elif spelling == "linked folder":
        (tmp_path / "linked").symlink_to(folder)
        other = tmp_path / "linked" / "film.mp4"
    before = sorted(os.listdir(folder))
    assert "input" in refused(source, other, ValueError)
    assert source.read_bytes() == shelf["plain.mp4"].read_bytes()
    assert sorted(os.listdir(folder)) == before


def test_output_is_a_directory(shelf: Shelf, out: Path) -> None:
    """A folder is not replaced by a film."""
    folder = out / "out.mp4"
    folder.mkdir()
    assert re.search("directory|folder", refused(shelf["plain.mp4"], folder))
    assert folder.is_dir()
    assert os.listdir(out) == ["out.mp4"]


@pytest.mark.parametrize(
    ("options", "nearest"),
    [
        ({"video_codec": "h246"}, "h264"),
        ({"video_codec": "libx246"}, "libx264"),
        ({"audio_codec": "acc"}, "aac"),
        ({"audio_codec": "vobis"}, "vorbis"),
        ({"subtitle_codec": "movtext"}, "mov_text"),
        ({"format": "matrosca"}, "matroska"),
        ({"video_codec": "h264", "preset": "fats"}, "fast"),
        ({"video_codec": "h264", "tune": "flim"}, "film"),
        ({"video_codec": "h264", "profile": "hihg"}, "high"),
        ({"pixel_format": "yuv42p"}, "yuv420p"),
        ({"video_codec": "h264", "encoder_options": {"crff": "20"}}, "crf"),
        ({"video_filter": "hflipp"}, "hflip"),
        ({"audio_filter": "volum=2"}, "volume"),
        ({"video_codek": "h264"}, "video_codec"),
        ({"birate": 1000}, "bitrate"),
        ({"fit": "containn"}, "contain"),
    ],
    ids=str,
)
def test_unknown_name(options: dict[str, Any], nearest: str, shelf: Shelf, earlier: Path) -> None:
    """Every misspelt name is answered with the one that was meant, and with what was typed."""
    text = refused(shelf["plain.mp4"], earlier, ValueError, **options)
    typed = next((str(value) for name, value in options.items() if isinstance(value, str) and value != "h264"), "crff")
    assert nearest in text
    assert typed.partition("=")[0] in text or next(iter(options)) in text


@pytest.mark.parametrize(
    ("name", "nearest"), [("out.mp5", "mp4"), ("out.mkvv", "mkv"), ("out", "format"), ("out.", "format")]
)
def test_unknown_container(name: str, nearest: str, shelf: Shelf, out: Path) -> None:
    """The container is told by the name; a name that tells none is answered."""
    assert nearest in refused(shelf["plain.mp4"], out / name, ValueError)
    assert os.listdir(out) == []


def test_empty_output_name(shelf: Shelf) -> None:
    """No name is no file."""
    refused(shelf["plain.mp4"], "", ValueError)


@pytest.mark.parametrize(
    ("options", "name"),
    [
        ({"video_codec": "h264", "two_passes": True}, "two_passes"),
        ({"video_codec": "h264", "quality": 50}, "quality"),
        ({"video_codec": "mpeg4", "preset": "fast"}, "preset"),
        ({"video_codec": "ffv1", "crf": 20}, "crf"),
        ({"video_codec": "mpeg4", "tune": "film"}, "tune"),
        ({"video_codec": "vp9", "encoder_options": {"x264-params": "ref=1"}}, "x264-params"),
    ],
    ids=str,
)
def test_option_that_nothing_takes(options: dict[str, Any], name: str, shelf: Shelf, out: Path) -> None:
    """An option that the encoder does not have is an error, not a shrug."""
    text = refused(shelf["plain.mp4"], out / "out.mkv", transcode_py.InvalidOptionError, ValueError, **options)
    assert name in text
    assert os.listdir(out) == []


@pytest.mark.parametrize(
    "options",
    [
        {"resolution": (161, 90), "fit": "stretch"},
        {"resolution": "160x91", "fit": "stretch"},
        {"width": 161},
        {"crop": (101, 100)},
        {"resolution": (101, 101), "fit": "pad"},
    ],
    ids=str,
)
def test_odd_size(options: dict[str, Any], shelf: Shelf, earlier: Path) -> None:
    """A size that the pixel format can't hold is refused in the user's words, with one that it can."""
    text = refused(shelf["plain.mp4"], earlier, ValueError, video_codec="h264", pixel_format="yuv420p", **options)
    assert re.search("even|multiples? of 2|odd", text)


@pytest.mark.parametrize(
    ("name", "options", "words"),
    [
        ("out.webm", {"video_codec": "h264"}, ["h264", "webm", "vp9"]),
        ("out.webm", {"audio_codec": "aac"}, ["aac", "webm", "opus"]),
        ("out.mp4", {"video_codec": "ffv1"}, ["ffv1", "mp4"]),
        ("out.flac", {"audio_codec": "aac"}, ["aac", "flac"]),
        ("out.gif", {"video_codec": "h264"}, ["h264", "gif"]),
        ("out.wav", {"audio_codec": "opus"}, ["opus", "wav"]),
        ("out.webm", {"video_codec": "copy"}, ["h264", "webm"]),
        ("out.flv", {"video_codec": "vp9"}, ["vp9", "flv"]),
    ],
)
def test_codec_that_the_container_cannot_hold(
    name: str, options: dict[str, Any], words: list[str], shelf: Shelf, out: Path
) -> None:
    """Said before the work, with both names and with what would do."""
    text = refused(shelf["plain.mp4"], out / name, ValueError, **options)
    assert [word for word in words if word not in text] == []
    assert os.listdir(out) == []


@pytest.mark.parametrize(
    "options", [{"video_codec": "aac"}, {"audio_codec": "h264"}, {"subtitle_codec": "h264"}], ids=str
)
def test_codec_of_another_kind(options: dict[str, str], shelf: Shelf, earlier: Path) -> None:
    """A sound codec makes no pictures."""
    assert next(iter(options.values())) in refused(shelf["film.mkv"], earlier, ValueError, **options)


def test_nul_in_the_input_path(earlier: Path) -> None:
    """No name has a NUL; C would read half of it."""
    refused("film\0.mp4", earlier, ValueError)


def test_nul_in_the_output_path(shelf: Shelf, out: Path) -> None:
    """Neither has an output."""
    refused(shelf["plain.mp4"], f"{out}/out\0.mp4", ValueError)
    assert os.listdir(out) == []


@pytest.mark.parametrize(
    "name", [b"caf\xe9.mp4", "Größe 📼.mp4".encode(), b"a b'c\"d.mp4", b"-i.mp4", b"new\nline.mp4"]
)
def test_any_other_name_works(name: bytes, shelf: Shelf, tmp_path: Path, out: Path) -> None:
    """Names that are not UTF-8, and names that a command line would stumble over."""
    source = tmp_path / os.fsdecode(name)
    source.write_bytes(shelf["plain.mp4"].read_bytes())
    target = out / os.fsdecode(name)
    transcode_py.transcode(source, target)
    assert os.listdir(os.fsencode(out)) == [name]
    assert target.read_bytes()[4:8] == b"ftyp"


@pytest.mark.parametrize(
    "name", ["concat:one.mp4", "file:one.mp4", "http:one.mp4", "pipe:0", "data:,x", "frame%03d.mp4"]
)
def test_a_path_is_a_path(name: str, shelf: Shelf, tmp_path: Path, out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What looks like a protocol or a pattern is a file of that name."""
    monkeypatch.chdir(tmp_path)
    Path(name).write_bytes(shelf["plain.mp4"].read_bytes())
    transcode_py.transcode(name, out / name, format="mp4")
    assert os.listdir(out) == [name]
    assert (out / name).read_bytes()[4:8] == b"ftyp"


def test_disk_full(shelf: Shelf, earlier: Path) -> None:
    """A write that the system refuses ends the job with the system's number, and the process lives."""
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))"
    answer = child.transcode(shelf["noise.mkv"], earlier, before=limit, overwrite=True, video_codec="h264")
    assert "MediaIOError" in answer["kinds"], answer
    assert answer["errno"] == errno.EFBIG
    assert answer["path"] == str(earlier)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root mounts file systems")
def test_file_system_full(shelf: Shelf, out: Path) -> None:
    """The same on a disk of 64 kB."""
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", out], check=False, capture_output=True)
    if mounted.returncode:
        pytest.skip("no leave to mount a file system here")
    try:
        (out / "out.mp4").write_bytes(EARLIER)
        with pytest.raises(transcode_py.MediaIOError) as caught:
            transcode_py.transcode(shelf["noise.mkv"], out / "out.mp4", video_codec="h264", overwrite=True)
        assert caught.value.errno == errno.ENOSPC
        assert (out / "out.mp4").read_bytes() == EARLIER
        assert os.listdir(out) == ["out.mp4"]
    finally:
        subprocess.run(["umount", out], check=True)


def _without_decoder(shelf: Shelf, folder: Path, name: str, codec: bytes) -> Path:
    """A Matroska file in which one codec's name is of no codec."""
    data = shelf[name].read_bytes()
    assert data.count(codec) == 1
    source = folder / "unknown.mkv"
    source.write_bytes(data.replace(codec, codec[:2] + b"X" * (len(codec) - 2)))
    return source


def test_a_stream_with_no_decoder(shelf: Shelf, tmp_path: Path, earlier: Path) -> None:
    """A picture that nothing here decodes: said so, with the stream's number."""
    source = _without_decoder(shelf, tmp_path, "vfr.mkv", b"V_MPEG4/ISO/AVC")
    text = refused(source, earlier)
    assert re.search("decode|codec", text)


def test_a_sound_with_no_decoder(shelf: Shelf, tmp_path: Path, out: Path) -> None:
    """Beside a good picture it is an error that names the stream, or is left behind with a warning; never silence."""
    source, target = _without_decoder(shelf, tmp_path, "lossless.mkv", b"A_FLAC"), out / "out.mp4"
    answer = child.transcode(source, target)
    if answer["kinds"]:
        assert answer["stream_index"] == 1
        assert os.listdir(out) == []
    else:
        assert any("stream 1" in warning for warning in answer["warnings"])
