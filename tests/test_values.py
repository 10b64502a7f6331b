"""Value objects: frozen, hashable, comparable, picklable, printed as promised, written as JSON."""

from __future__ import annotations

import copy
import errno
import inspect
import json
import os
import pickle
from fractions import Fraction
from typing import Any

import pytest
import transcode_py
from transcode_py import (
    BatchProgress,
    Plan,
    PlanStream,
    Progress,
    RunningJob,
    SimdCapabilities,
    TranscodeStats,
    Url,
)
from transcode_py.values import FrozenDict, Value

STREAM = PlanStream(
    input_index=0,
    output_index=None,
    kind="video",
    action="drop",
    codec="h264",
    output_codec=None,
    encoder=None,
    filters=None,
    reason="it's not wanted",
)
PLAN = Plan(
    input="a.mkv", output=None, format="mp4", duration=1.5, streams=(STREAM,), warnings=("w",), command=("ffmpeg",)
)
PROGRESS = Progress(
    percent=12.34,
    frames=345,
    speed=3.21,
    eta=10.12,
    size=1000,
    bitrate=1_850_400,
    fps=80.0,
    time=1.0,
    duration=None,
    elapsed=0.5,
    stage="encode",
)
STATS = TranscodeStats(
    packets_processed=2500,
    frames_decoded=1250,
    frames_encoded=1250,
    input_size=231,
    output_size=100,
    compression_ratio=2.31,
    duration=50.0,
    elapsed=5.0,
    speed=10.0,
    streams=(STREAM,),
    warnings=(),
    dropped_frames=0,
    duplicated_frames=0,
    decode_errors=0,
    metrics={"demux": {"seconds": 0.1}},
)
SIMD = SimdCapabilities(sse42=True, avx2=True, avx512=False, neon=False)
RUNNING = RunningJob(index=2, name="a.mkv", progress=PROGRESS)
FRESH = RunningJob(index=3, name="job 3", progress=None)
BATCH = BatchProgress(
    total=9, done=2, failed=1, skipped=0, percent=35.0, elapsed=2.0, eta=None, running=(RUNNING, FRESH)
)
ALL = [STREAM, PLAN, PROGRESS, STATS, SIMD, RUNNING, BATCH]
NAMES = {name: getattr(transcode_py, name) for name in transcode_py.__all__}


def named(value: object) -> str:
    return type(value).__name__


@pytest.mark.parametrize("value", ALL, ids=named)
def test_equal_and_hashable(value: Value) -> None:
    twin = type(value).from_dict(value.to_dict())
    assert twin == value
    assert hash(twin) == hash(value)
    assert len({twin, value}) == 1
    assert value != value.to_dict()
    assert value != object()


@pytest.mark.parametrize("value", ALL, ids=named)
def test_survives_pickle_and_copy(value: Value) -> None:
    for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
        assert pickle.loads(pickle.dumps(value, protocol)) == value
    assert copy.copy(value) == value
    assert copy.deepcopy(value) == value


@pytest.mark.parametrize("value", ALL, ids=named)
def test_json_holds_all_of_it(value: Value) -> None:
    assert json.loads(value.to_json()) == value.to_dict()
    assert type(value).from_dict(json.loads(value.to_json(indent=2))) == value


@pytest.mark.parametrize("value", ALL, ids=named)
def test_frozen(value: Value) -> None:
    name = next(iter(value.to_dict()))
    with pytest.raises(AttributeError, match="frozen"):
        setattr(value, name, 1)
    with pytest.raises(AttributeError, match="frozen"):
        setattr(value, "new", 1)  # noqa: B010 - a type checker knows better
    with pytest.raises(AttributeError, match="frozen"):
        delattr(value, name)


@pytest.mark.parametrize("value", [STREAM, PLAN, SIMD], ids=named)
def test_repr_makes_it_again(value: Value) -> None:
    assert eval(repr(value), NAMES) == value


def test_reprs_of_the_contract() -> None:
    assert repr(PROGRESS) == "Progress(percent=12.3%, frames=345, speed=3.2x, eta=10.1s, bitrate=1850kbps)"
    without = Progress.from_dict({**PROGRESS.to_dict(), "eta": None})
    assert "eta=N/A" in repr(without)
    assert repr(STATS) == "TranscodeStats(packets=2500, frames_decoded=1250, frames_encoded=1250, compression=2.31x)"


def test_what_is_inside_is_frozen_too() -> None:
    metrics: Any = STATS.metrics
    with pytest.raises(TypeError, match="frozen"):
        metrics["demux"]["seconds"] = 0
    for change in ("pop", "clear", "update", "setdefault", "popitem"):
        with pytest.raises(TypeError, match="frozen"):
            getattr(metrics, change)()
    with pytest.raises(TypeError, match="frozen"):
        metrics |= {"a": 1}
    assert STATS.to_dict()["metrics"] == {"demux": {"seconds": 0.1}}
    assert type(STATS.to_dict()["metrics"]) is dict
    assert isinstance(STATS.metrics, FrozenDict)
    assert json.dumps(STATS.metrics)


def test_fields_are_all_needed_and_all_known() -> None:
    with pytest.raises(TypeError, match="misses the field 'avx2'"):
        SimdCapabilities(sse42=True)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="no field 'sse5'"):
        SimdCapabilities(sse42=True, avx2=True, avx512=True, neon=True, sse5=True)  # type: ignore[call-arg]


def test_values_match_by_name() -> None:
    match SIMD:
        case SimdCapabilities(sse42=True, avx512=avx512):
            assert not avx512
        case _:
            pytest.fail("no match")


def test_data_is_no_part_of_the_dict() -> None:
    stats = TranscodeStats(**STATS.to_dict(), data=b"abc")
    assert stats.data == b"abc"
    assert "data" not in stats.to_dict()
    assert stats != STATS
    assert pickle.loads(pickle.dumps(stats)).data == b"abc"


@pytest.mark.parametrize(
    ("flags", "best"),
    [
        ((True, True, True, False), "AVX-512"),
        ((True, True, False, False), "AVX2"),
        ((True, False, False, False), "SSE4.2"),
        ((False, False, False, True), "NEON"),
        ((False, False, False, False), "Scalar"),
    ],
)
def test_simd_levels(flags: tuple[bool, bool, bool, bool], best: str) -> None:
    simd = SimdCapabilities(**dict(zip(("sse42", "avx2", "avx512", "neon"), flags, strict=True)))
    assert simd.best_level() == best
    assert simd.has_simd() == any(flags)


@pytest.mark.skipif(not os.path.exists("/proc/cpuinfo"), reason="the flags are read as Linux shows them")
def test_detected_simd_is_what_the_cpu_has() -> None:
    simd = transcode_py.detect_simd()
    with open("/proc/cpuinfo", encoding="ascii") as file:
        flags = set(file.read().split())
    assert simd.avx2 == ("avx2" in flags)
    assert simd.sse42 == ("sse4_2" in flags)


def test_url() -> None:
    url = Url("https://host/a.mp4")
    assert (str(url), url.address) == ("https://host/a.mp4", "https://host/a.mp4")
    assert url == Url("https://host/a.mp4")
    assert url != "https://host/a.mp4"
    assert len({url, Url("https://host/a.mp4")}) == 1
    assert pickle.loads(pickle.dumps(url)) == url
    assert eval(repr(url), NAMES) == url
    with pytest.raises(AttributeError):
        url.address = "x"  # type: ignore[misc]
    for wrong in ("", "a\0b", b"https://host"):
        with pytest.raises(transcode_py.InvalidOptionError, match="Url"):
            Url(wrong)  # type: ignore[arg-type]


ERRORS = [value for value in NAMES.values() if inspect.isclass(value) and issubclass(value, Exception)]
BUILTINS = {
    "InputNotFoundError": FileNotFoundError,
    "OutputExistsError": FileExistsError,
    "MediaIOError": OSError,
    "InvalidMediaError": ValueError,
    "InvalidOptionError": ValueError,
    "UnsupportedError": ValueError,
    "LimitExceededError": ValueError,
    "EncodeError": RuntimeError,
    "TranscodeTimeoutError": TimeoutError,
}


def test_the_tree_of_errors() -> None:
    names = {kind.__name__ for kind in ERRORS}
    assert names == {*BUILTINS, "TranscodeError", "TranscodeCancelledError"}
    for kind in ERRORS:
        assert issubclass(kind, transcode_py.TranscodeError)
        assert issubclass(kind, BUILTINS.get(kind.__name__, Exception))


@pytest.mark.parametrize("kind", ERRORS, ids=lambda kind: kind.__name__)
def test_errors_pickle_with_all_they_say(kind: type[transcode_py.TranscodeError]) -> None:
    error = kind("what; expected x", "open", 1, "a.mkv", -22, ("line",), 28)
    error.add_note("a note")
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is kind
    for one in (error, again):
        assert str(one) == "what; expected x"
        assert (one.stage, one.stream_index, one.path, one.ffmpeg_code) == ("open", 1, "a.mkv", -22)
        assert (one.log_tail, one.errno, one.__notes__) == (("line",), 28, ["a note"])


def test_system_errors_look_like_the_systems_own() -> None:
    error = transcode_py.InputNotFoundError("gone", path="a.mkv")
    assert error.errno == errno.ENOENT
    assert error.filename == "a.mkv"
    assert error.strerror == "gone"
    assert transcode_py.TranscodeTimeoutError("late").errno == errno.ETIMEDOUT


def test_a_fraction_is_written_as_text() -> None:
    class Rate(Value):
        rate: Fraction

    value = Rate(rate=Fraction(30000, 1001))
    assert value.to_dict() == {"rate": "30000/1001"}
    assert repr(value) == "Rate(rate='30000/1001')"
