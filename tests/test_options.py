"""`TranscodeOptions`: frozen, one name everywhere, wrong values refused where they are set."""

from __future__ import annotations

import copy
import io
import json
import pickle
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import transcode_py
from transcode_py import InvalidOptionError, TranscodeOptions, Url
from transcode_py.options import TABLE

# A value for every option that is not its default, as a user would write it.
VALUES: dict[str, Any] = {
    "input": "in.mkv",
    "output": "out.mp4",
    "format": "mp4",
    "overwrite": True,
    "faststart": False,
    "metadata": {"title": "A", "comment": None},
    "chapters": False,
    "attachments": False,
    "video": [1, 2],
    "audio": "eng",
    "subtitles": False,
    "data": True,
    "video_codec": "h264",
    "video_bitrate": "2M",
    "max_bitrate": 3_000_000,
    "buffer_size": 6e6,
    "crf": 23,
    "preset": "fast",
    "tune": "film",
    "profile": "high",
    "level": 4.1,
    "gop": 50,
    "bframes": 2,
    "pixel_format": "yuv420p",
    "encoder_options": {"aq-mode": 2, "x": True},
    "resolution": (640, None),
    "width": 640,
    "height": 360,
    "fit": "pad",
    "fps": "30000/1001",
    "crop": (640, 360, 0, 60),
    "rotate": -90,
    "deinterlace": "auto",
    "video_filter": "hue=s=0",
    "hdr": "sdr",
    "audio_codec": "aac",
    "audio_bitrate": "128k",
    "sample_rate": 48_000,
    "channels": 2,
    "audio_filter": "volume=0.5",
    "subtitle_codec": "webvtt",
    "start": "0:01.5",
    "end": 3,
    "duration": 2.5,
    "trim": "keyframe",
    "threads": 2,
    "simd": "scalar",
    "timeout": 60,
    "strict": True,
    "max_pixels": 1000,
}


def set_by_method(options: TranscodeOptions, name: str, value: Any) -> TranscodeOptions:
    method = getattr(options, name)
    made = method(*value) if name == "resolution" else method(value)
    assert isinstance(made, TranscodeOptions)
    return made


def test_every_option_has_a_value_here() -> None:
    assert list(VALUES) == list(TABLE)


@pytest.mark.parametrize("name", VALUES)
def test_keyword_method_and_key_are_one(name: str) -> None:
    value = VALUES[name]
    by_keyword = TranscodeOptions(**{name: value})
    assert list(by_keyword.to_dict()) == [name], "a default was chosen as the value to test with"
    assert by_keyword == set_by_method(TranscodeOptions(), name, value)
    assert by_keyword == TranscodeOptions.from_dict({name: value})
    assert by_keyword == TranscodeOptions.from_dict(by_keyword.to_dict())
    assert by_keyword == TranscodeOptions.from_dict(json.loads(by_keyword.to_json()))
    assert by_keyword == TranscodeOptions().replace(**{name: value})
    assert by_keyword.replace(**{name: None}) == TranscodeOptions()
    assert hash(by_keyword) == hash(TranscodeOptions(**{name: value}))
    assert by_keyword != TranscodeOptions()


@pytest.mark.parametrize("name", VALUES)
def test_survives_pickle_copy_and_repr(name: str) -> None:
    options = TranscodeOptions(**{name: VALUES[name]})
    assert pickle.loads(pickle.dumps(options)) == options
    assert copy.copy(options) == options
    assert copy.deepcopy(options) == options
    assert eval(repr(options), {"TranscodeOptions": TranscodeOptions}) == options


def test_builder_leaves_its_receiver_alone() -> None:
    base = TranscodeOptions().video_codec("h264").crf(23)
    small, large = base.width(320), base.width(1920)
    assert base.to_dict() == {"video_codec": "h264", "crf": 23}
    assert (small.get("width"), large.get("width"), base.get("width")) == (320, 1920, None)


def test_frozen() -> None:
    options = TranscodeOptions(metadata={"title": "A"}, crop=(1, 2, 3, 4))
    with pytest.raises(AttributeError, match=r"frozen.*\.crf\(value\)"):
        options.crf = 3  # type: ignore[method-assign, assignment]
    with pytest.raises(TypeError, match="frozen"):
        options.get("metadata")["title"] = "B"
    assert options == TranscodeOptions(metadata={"title": "A"}, crop=[1, 2, 3, 4])
    written = options.to_dict()
    written["metadata"]["title"] = "B"
    assert options.get("metadata") == {"title": "A"}


def test_a_default_is_as_good_as_unset() -> None:
    assert TranscodeOptions(overwrite=False, fit="contain", threads=0, video=True, crf=None) == TranscodeOptions()
    assert TranscodeOptions(overwrite=False).to_dict() == {}
    assert repr(TranscodeOptions()) == "TranscodeOptions()"
    assert TranscodeOptions().get("fit") == "contain"


def test_the_first_stream_is_not_true_or_false() -> None:
    # To Python 0 == False and 1 == True.
    assert TranscodeOptions(video=1) != TranscodeOptions(video=True)
    assert TranscodeOptions(video=1).get("video") == 1
    assert TranscodeOptions(audio=0) != TranscodeOptions(audio=False)
    assert TranscodeOptions(audio=0).get("audio") is not False


@pytest.mark.parametrize(
    ("name", "written", "canonical"),
    [
        ("start", timedelta(seconds=1.5), 1.5),
        ("start", Fraction(3, 2), 1.5),
        ("start", Decimal("1.5"), 1.5),
        ("start", np.float32(1.5), 1.5),
        ("start", "00:01:02.5", 62.5),
        ("video_bitrate", "2M", 2_000_000),
        ("video_bitrate", np.int64(5000), 5000),
        ("audio_bitrate", "128k", 128_000),
        ("fps", Fraction(30000, 1001), "30000/1001"),
        ("fps", 29.97, "30000/1001"),
        ("fps", 25, "25/1"),
        ("overwrite", np.True_, True),
        ("video", {2, 1}, (1, 2)),
        ("audio", range(2), (0, 1)),
        ("audio", np.array([1, 3]), (1, 3)),
        ("resolution", "640x360", (640, 360)),
        ("resolution", "640x", (640, None)),
        ("crop", "640:360:0:60", (640, 360, 0, 60)),
        ("level", 4.1, "4.1"),
        ("rotate", -90, 270),
        ("encoder_options", {"a": True, "b": 1.5}, {"a": "1", "b": "1.5"}),
    ],
)
def test_values_become_canonical(name: str, written: Any, canonical: Any) -> None:
    assert TranscodeOptions(**{name: written}).get(name) == canonical


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("crf", float("nan"), "crf; expected a finite number; got NaN"),
        ("crf", object(), "got a object"),
        ("crf", b"23", "got a bytes"),
        ("crf", 10**30, "64 bits"),
        ("format", "a\udc80", "valid Unicode"),
        ("format", "a\0b", r"NUL"),
        ("metadata", {1: "a"}, "key of type int"),
        ("metadata", {"a\udc80": "b"}, "valid Unicode"),
        ("encoder_options", 3, "encoder_options"),
        ("fit", "streched", "stretch"),
        ("trim", "fast", "exact"),
        ("threads", -1, "threads"),
        ("overwrite", "yes", "true or false"),
    ],
)
def test_wrong_values_are_refused_where_they_are_set(name: str, value: Any, says: str) -> None:
    with pytest.raises(InvalidOptionError, match=says) as caught:
        set_by_method(TranscodeOptions(), name, value)
    assert isinstance(caught.value, ValueError)
    with pytest.raises(InvalidOptionError, match=says):
        TranscodeOptions(**{name: value})


def test_a_value_nested_without_end_is_refused() -> None:
    nested: list[Any] = []
    nested.append(nested)
    with pytest.raises(InvalidOptionError, match="nested without end"):
        TranscodeOptions(crop=nested)


@pytest.mark.parametrize("name", ["vido_codec", "two_pass", "quality", "loudness", "hwaccel", ""])
def test_an_unknown_option_is_refused(name: str) -> None:
    unknown: dict[str, Any] = {name: 1}
    with pytest.raises(InvalidOptionError, match="unknown option"):
        TranscodeOptions(**unknown)
    with pytest.raises(InvalidOptionError, match="unknown option"):
        TranscodeOptions.from_dict(unknown)
    with pytest.raises(InvalidOptionError, match="unknown option"):
        transcode_py.transcode("a.mkv", "b.mkv", **unknown)


def test_the_nearest_name_is_offered() -> None:
    with pytest.raises(InvalidOptionError, match="did you mean video_codec"):
        TranscodeOptions.from_dict({"vido_codec": "h264"})


@pytest.mark.parametrize(
    "together",
    [
        {"end": 3, "duration": 2},
        {"start": 3, "end": 2},
        {"width": 640, "resolution": (640, 360)},
        {"video_bitrate": "2M", "crf": 23},
        {"video_codec": "copy", "crf": 23},
        {"video_codec": "copy", "width": 640},
        {"audio_codec": "copy", "sample_rate": 44100},
    ],
)
def test_contradictions_are_refused(together: dict[str, Any]) -> None:
    with pytest.raises(InvalidOptionError):
        TranscodeOptions(**together)
    with pytest.raises(InvalidOptionError):
        TranscodeOptions().replace(**together)
    chained = TranscodeOptions(input="a")
    for name, value in together.items():
        chained = set_by_method(chained, name, value)
    with pytest.raises(InvalidOptionError):
        transcode_py.Transcoder(chained)


def test_a_chain_may_pass_through_a_contradiction() -> None:
    base = TranscodeOptions(start=0, end=4)
    assert base.start(5).end(9).to_dict() == {"start": 5, "end": 9}


@pytest.mark.parametrize(
    "value",
    ["a b.mkv", Path("a b.mkv"), b"data", Url("https://host/a"), "concat:a.mkv"],
)
def test_media_are_kept_as_what_they_are(value: Any) -> None:
    options = TranscodeOptions(input=value)
    assert options.get("input") == (str(value) if isinstance(value, Path) else value)
    assert pickle.loads(pickle.dumps(options)) == options
    names = {"TranscodeOptions": TranscodeOptions, "Url": Url}
    assert eval(repr(options), names) == options


def test_data_are_copied_at_once() -> None:
    data = bytearray(b"abcdef")
    options = TranscodeOptions(input=data)
    strided = TranscodeOptions(input=memoryview(data)[::2])
    data[:] = b"xxxxxx"
    assert options.get("input") == b"abcdef"
    assert strided.get("input") == b"ace"


def test_a_url_goes_through_json() -> None:
    options = TranscodeOptions(input=Url("https://host/a.mp4"))
    assert options.to_dict() == {"input": {"url": "https://host/a.mp4"}}
    assert TranscodeOptions.from_dict(json.loads(options.to_json())) == options


@pytest.mark.parametrize("value", [b"data", io.BytesIO()])
def test_what_json_cannot_hold_is_refused(value: Any) -> None:
    with pytest.raises(InvalidOptionError, match="input; expected a path"):
        TranscodeOptions(input=value).to_json()


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("input", 3, r"got 3 \(int\)"),
        ("input", object(), "got a object"),
        ("input", "", "empty"),
        ("input", "a\0b", "NUL"),
        ("output", b"data", "stats.data"),
        ("output", "a\0b", "NUL"),
    ],
)
def test_what_is_no_media_is_refused(name: str, value: Any, says: str) -> None:
    with pytest.raises(InvalidOptionError, match=says):
        TranscodeOptions(**{name: value})


def test_a_path_like_of_bytes_is_a_path() -> None:
    class Name:
        def __fspath__(self) -> bytes:
            return b"caf\xe9.mkv"

    assert TranscodeOptions(input=Name()).get("input") == "caf\udce9.mkv"


def test_job_files(tmp_path: Path) -> None:
    options = TranscodeOptions(video_codec="h264", crf=23, metadata={"title": "Ä"}, resolution=(640, 360))
    as_json = tmp_path / "job.json"
    as_json.write_text(options.to_json(indent=2), encoding="utf-8")
    assert TranscodeOptions.from_file(as_json) == options
    as_toml = tmp_path / "job.toml"
    as_toml.write_text(
        'video_codec = "h264"\ncrf = 23\nresolution = "640x360"\n[metadata]\ntitle = "Ä"\n', encoding="utf-8"
    )
    assert TranscodeOptions.from_file(str(as_toml)) == options


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("job.toml", b"crf = \nfps = 1", "job.toml.*line 1"),
        ("job.json", b"[1]", "job.json.*a list"),
        ("job.json", b'{"crf": "\xff"}', "job.json.*utf-8"),
        ("job.toml", b"crff = 3", "unknown option"),
        ("job.yaml", b"crf: 3", r"\.toml or \.json"),
    ],
)
def test_a_bad_job_file_is_named(tmp_path: Path, name: str, text: bytes, says: str) -> None:
    path = tmp_path / name
    path.write_bytes(text)
    with pytest.raises(InvalidOptionError, match=says) as caught:
        TranscodeOptions.from_file(path)
    assert caught.value.path == str(path)


def test_a_missing_job_file() -> None:
    with pytest.raises(transcode_py.InputNotFoundError, match="job file"):
        TranscodeOptions.from_file("/nowhere/job.toml")


@pytest.mark.parametrize("options", [None, {"input": "a"}, "a"])
def test_a_transcoder_wants_options(options: Any) -> None:
    with pytest.raises(InvalidOptionError, match="TranscodeOptions"):
        transcode_py.Transcoder(options)


def test_a_transcoder_wants_an_input() -> None:
    with pytest.raises(InvalidOptionError, match=r"input.*\.input"):
        transcode_py.Transcoder(TranscodeOptions(output="a.mkv"))
