"""VideoWriter: what does not fit is told in one form and loses nothing, and a writer that was misused never hangs or dies."""

from __future__ import annotations

import copy
import os
import pickle
import re
import subprocess
import sys
import textwrap
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import transcode_py
import written
from transcode_py import InvalidMediaError, InvalidOptionError, OutputExistsError, TranscodeError, UnsupportedError
from twins import both
from written import noise

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from twins import Arrays

GOOD = noise(3, 18, 26, 3)


@pytest.fixture
def writer(out: Path, arrays: Arrays) -> Iterator[transcode_py.VideoWriter]:
    """One that has taken a frame, and whose file must hold three after the test has done its worst."""
    with transcode_py.VideoWriter(out / "out.mkv", fps=25, video_codec="ffv1", sample_rate=8000, channels=2) as writer:
        writer.write(arrays.of(GOOD[0]))
        yield writer
        writer.write(arrays.of(GOOD[1]))
        writer.write(arrays.of(GOOD[2]))
        writer.write_audio(arrays.of(np.zeros((100, 2), np.float32)))
    assert np.array_equal(written.raw(out / "out.mkv", "rgb24"), GOOD.ravel())


WRONG: dict[str, tuple[Any, str]] = {
    "another size": (noise(1, 18, 28, 3)[0], "expected 26x18 pixels, as the first frame had; got 28x18; resize"),
    "another type": (
        GOOD[0].astype(np.float64),
        r"expected uint8 array of shape \(H, W, 3\); got float64 \(18, 26, 3\); ",
    ),
    "float32": (GOOD[0].astype(np.float32), "expected uint8 .*; got float32 "),
    "alpha": (noise(1, 18, 26, 4)[0], r"got uint8 \(18, 26, 4\)"),
    "gray": (GOOD[0, ..., 0], r"got uint8 \(18, 26\)"),
    "channels first": (GOOD[0].transpose(2, 0, 1), 'use layout="CHW"'),
    "a batch": (GOOD, "one by one"),
    "empty": (GOOD[0, :0], "not empty"),
    "swapped bytes": (GOOD[0].astype(">u2"), "got >u2"),
    "objects": (np.full((18, 26, 3), None), "got object"),
    "nothing": (None, "got a NoneType"),
    "a list": ([[1, 2], [3, 4]], "use numpy.asarray"),
    "text": ("frame", "got a str"),
    "planes": ((GOOD[0, ..., 0],) * 3, "expected one array for rgb24; got a tuple of 3"),
}


# No tensor has swapped bytes, and none objects.
NO_TENSORS = {"swapped bytes", "objects"}


@pytest.mark.parametrize(("arrays", "name"), both(WRONG, NO_TENSORS), indirect=["arrays"])
def test_a_wrong_frame_is_refused_and_nothing_is_lost(
    name: str, writer: transcode_py.VideoWriter, arrays: Arrays
) -> None:
    frame, message = WRONG[name]
    with pytest.raises(InvalidOptionError, match=rf"^frame: .*{message}"):
        writer.write(arrays.of(frame))


@pytest.mark.parametrize(
    ("samples", "message"),
    [
        (
            np.zeros((10, 3), np.float32),
            r"expected float32 or int16 array of shape \(samples, 2\); got float32 \(10, 3\)",
        ),
        (np.zeros(10, np.float32), r"got float32 \(10,\)"),
        (np.zeros((10, 2)), r"got float64 \(10, 2\)"),
        (np.full((10, 2), np.nan, np.float32), "expected finite numbers; got NaN"),
    ],
)
def test_wrong_samples_are_refused(
    samples: Any, message: str, writer: transcode_py.VideoWriter, arrays: Arrays
) -> None:
    with pytest.raises(InvalidOptionError, match=rf"^samples: .*{message}"):
        writer.write_audio(arrays.of(samples))


def test_a_time_where_there_was_none(writer: transcode_py.VideoWriter, arrays: Arrays) -> None:
    with pytest.raises(InvalidOptionError, match=r"^pts; expected none, since the first frame had none"):
        writer.write(arrays.of(GOOD[1]), pts=1.0)


@pytest.mark.parametrize("pts", [1.0, 0.5, -1, float("nan"), float("inf"), 1e12, None, True, "now", "0:01", [1]])
def test_times_must_rise(pts: Any, out: Path, arrays: Arrays) -> None:
    with transcode_py.VideoWriter(out / "out.mkv", video_codec="ffv1") as writer:
        writer.write(arrays.of(GOOD[0]), pts=1.0)
        with pytest.raises(InvalidOptionError, match=r"^pts"):
            writer.write(arrays.of(GOOD[1]), pts=pts)
        writer.write(arrays.of(GOOD[1]), pts="00:00:01.5")
    assert written.raw(out / "out.mkv", "rgb24").size == GOOD[:2].size


def test_values_beyond_the_bits(out: Path, arrays: Arrays) -> None:
    frame = np.full((27, 26), 1024, np.uint16)
    with transcode_py.VideoWriter(out / "out.mkv", fps=25, frame_format="yuv420p10", video_codec="ffv1") as writer:
        with pytest.raises(ValueError, match=r"^frame: expected values of 0 to 1023 in yuv420p10; got 1024; shift"):
            writer.write(arrays.of(frame))
        writer.write(arrays.of(frame - 1))
    assert writer.close().frames_encoded == 1


def test_no_number(out: Path, arrays: Arrays) -> None:
    frame = np.full((18, 26, 3), np.nan, np.float32)
    with transcode_py.VideoWriter(out / "out.mkv", fps=25, video_codec="ffv1") as writer:
        with pytest.raises(InvalidOptionError, match=r"^frame: expected numbers from 0 to 1; got NaN"):
            writer.write(arrays.of(frame))
        writer.write(arrays.of(np.zeros_like(frame)))


def test_planes_that_do_not_fit(out: Path, arrays: Arrays) -> None:
    y, u = GOOD[0, ..., 0], GOOD[0, ::2, ::2, 0]
    cases: list[tuple[Any, dict[str, Any], str]] = [
        ((y, u), {}, r"^frame, plane 1: expected uint8 array of shape \(9, 13, 2\)"),
        ((y, u, u[1:]), {}, "expected the planes of one of"),
        ((y, u, u[1:]), {"frame_format": "yuv420p"}, r"^frame, plane 2: expected uint8 array of shape \(9, 13\)"),
        ((y, u), {"frame_format": "yuv420p"}, "expected 3 planes of yuv420p; got 2"),
        (y[:, :25], {"frame_format": "yuv420p"}, "of even sides; got"),
        (y[:17], {"frame_format": "nv12"}, "pass a tuple of the planes"),
    ]
    for frame, told, message in cases:
        writer = transcode_py.VideoWriter(out / "out.mkv", fps=25, **told)
        with pytest.raises(InvalidOptionError, match=message):
            writer.write(arrays.of(frame))
        writer.cancel()
    assert not os.listdir(out)


WRONG_OPTIONS: list[tuple[dict[str, Any], type[Exception], str]] = [
    ({"video_codec": "h265x"}, TranscodeError, "h265x"),
    ({"video_codec": "copy"}, InvalidOptionError, 'encode with video_codec="h264"'),
    ({"audio_codec": "copy"}, InvalidOptionError, "about an input"),
    ({"start": 3}, InvalidOptionError, "start is about an input"),
    ({"audio": False}, InvalidOptionError, "audio is about an input"),
    ({"input": "a.mp4"}, InvalidOptionError, "^input; expected none"),
    ({"frame_format": "rgb42"}, InvalidOptionError, '^frame_format; expected one of .*; got "rgb42"; .*rgb24'),
    ({"layout": "WHC"}, InvalidOptionError, "^layout; expected"),
    ({"crff": 20}, InvalidOptionError, "crf"),
    ({"fps": 0}, InvalidOptionError, "fps"),
    ({"channels": 0}, InvalidOptionError, "channels"),
    ({"format": "webm", "video_codec": "h264"}, UnsupportedError, "webm"),
    ({"format": "mp3"}, UnsupportedError, "mp3 has no place for video"),
    ({"format": "nonsense"}, TranscodeError, "nonsense"),
    ({"crf": 20, "video_bitrate": 1000}, InvalidOptionError, "crf"),
]


@pytest.mark.parametrize(("options", "kind", "message"), WRONG_OPTIONS, ids=lambda value: str(value)[:40])
def test_wrong_options_fail_before_the_first_frame(
    options: dict[str, Any], kind: type[Exception], message: str, out: Path
) -> None:
    with pytest.raises(kind, match=message):
        transcode_py.VideoWriter(out / "out.mkv", **{"fps": 25, **options})
    assert not os.listdir(out)


def test_an_output_that_is_there_is_kept(out: Path) -> None:
    (out / "out.mkv").write_bytes(b"earlier")
    with pytest.raises(OutputExistsError):
        transcode_py.VideoWriter(out / "out.mkv", fps=25)
    with pytest.raises(FileNotFoundError):
        transcode_py.VideoWriter(out / "nowhere" / "out.mkv", fps=25)
    with pytest.raises(InvalidOptionError, match=r"^output"):
        transcode_py.VideoWriter(3, fps=25)  # type: ignore[arg-type]
    assert (out / "out.mkv").read_bytes() == b"earlier"


def test_what_only_the_first_frame_tells_is_told_by_it(out: Path, arrays: Arrays) -> None:
    """An option that does not suit the encoder, and a picture that is too large."""
    for options, kind in [
        ({"video_codec": "mpeg4", "crf": 3}, InvalidOptionError),
        ({"max_pixels": 100}, transcode_py.LimitExceededError),
    ]:
        writer = transcode_py.VideoWriter(out / "out.mkv", fps=25, **options)  # type: ignore[arg-type]
        with pytest.raises(kind):
            writer.write(arrays.of(GOOD[0]))
        if writer.closed:
            with pytest.raises(kind):
                writer.close()
        else:
            writer.cancel()
    assert not os.listdir(out)


def test_no_rate_and_no_times(out: Path, arrays: Arrays) -> None:
    writer = transcode_py.VideoWriter(out / "out.mkv", video_codec="ffv1")
    with pytest.raises(InvalidOptionError, match=r"^fps; expected frames a second, or pts"):
        writer.write(arrays.of(GOOD[0]))
    writer.write(arrays.of(GOOD[0]), pts=0)
    assert writer.close().frames_encoded == 1


def test_no_frame_at_all(out: Path, arrays: Arrays) -> None:
    with (
        pytest.raises(InvalidMediaError, match=r"^no frame was written; expected at least one"),
        transcode_py.VideoWriter(out / "out.mkv", fps=25, sample_rate=8000) as writer,
    ):
        writer.write_audio(arrays.of(np.zeros((10, 2), np.float32)))
    with pytest.raises(InvalidMediaError):
        writer.close()
    assert not os.listdir(out)


def test_sound_that_was_not_declared(out: Path, arrays: Arrays) -> None:
    with transcode_py.VideoWriter(out / "out.mkv", fps=25, video_codec="ffv1") as writer:
        with pytest.raises(InvalidOptionError, match=r"^samples: expected none, since no sound was declared"):
            writer.write_audio(arrays.of(np.zeros((10, 2), np.float32)))
        writer.write(arrays.of(GOOD[0]))


def test_floats_after_words(out: Path, arrays: Arrays) -> None:
    """The first samples tell what the sound is; words fit among floats, floats not among words."""
    with transcode_py.VideoWriter(out / "out.mkv", fps=25, video_codec="ffv1", sample_rate=8000, channels=1) as writer:
        writer.write_audio(arrays.of(np.zeros(10, np.int16)))
        writer.write(arrays.of(GOOD[0]))
        with pytest.raises(InvalidOptionError, match=r"^samples: expected int16, as the first were"):
            writer.write_audio(arrays.of(np.zeros(10, np.float32)))


def test_declared_sound_that_never_comes_is_told(out: Path, arrays: Arrays) -> None:
    with transcode_py.VideoWriter(out / "out.mkv", fps=25, video_codec="ffv1", sample_rate=8000) as writer:
        writer.write(arrays.of(GOOD[0]))
    assert [text for text in writer.close().warnings if "stream 1" in text]


def test_after_the_end(out: Path, arrays: Arrays) -> None:
    with transcode_py.VideoWriter(out / "out.mkv", fps=25, video_codec="ffv1", sample_rate=8000) as writer:
        writer.write(arrays.of(GOOD[0]))
        stats = writer.close()
        assert writer.close() is stats
        assert writer.closed
        with pytest.raises(InvalidOptionError, match=r"^this VideoWriter is closed"):
            writer.write(arrays.of(GOOD[1]))
        with pytest.raises(InvalidOptionError, match=r"^this VideoWriter is closed"):
            writer.write_audio(arrays.of(np.zeros((1, 2), np.float32)))
    writer.cancel()
    assert os.listdir(out) == ["out.mkv"]


def test_no_copies_of_a_writer(out: Path) -> None:
    writer = transcode_py.VideoWriter(out / "out.mkv", fps=25)
    for attempt in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="a VideoWriter cannot be pickled"):
            attempt(writer)


FORKED = """
import os, sys
import numpy as np
import transcode_py

frame = np.zeros((18, 26, 3), np.uint8)
with transcode_py.VideoWriter(sys.argv[1], fps=25, video_codec="ffv1") as writer:
    writer.write(frame)
    child = os.fork()
    if child == 0:
        for call in (lambda: writer.write(frame), lambda: writer.write_audio(frame), writer.close, writer.cancel):
            try:
                call()
            except transcode_py.TranscodeError as error:
                assert "forked child" in str(error), error
            else:
                os._exit(1)
        del writer
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    writer.write(frame)
assert writer.close().frames_encoded == 2
"""


def test_a_forked_child_is_refused(out: Path) -> None:
    script = textwrap.dedent(FORKED)
    done = subprocess.run(
        [sys.executable, "-c", script, out / "out.mkv"], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert written.raw(out / "out.mkv", "rgb24").size == 2 * 18 * 26 * 3


def test_words_of_errors(out: Path, arrays: Arrays) -> None:
    """`WHAT; expected X; got Y; FIX`."""
    writer = transcode_py.VideoWriter(out / "out.mkv", fps=25)
    with pytest.raises(InvalidOptionError) as caught:
        writer.write(arrays.of(np.zeros((3, 18, 26))))
    assert re.fullmatch(
        r'frame: expected uint8 or uint16 or float32 array of shape .+; got float64 \(3, 18, 26\); use layout="CHW" and .+',
        str(caught.value),
    )


def test_floats_of_bytes_are_refused(tmp_path: Path, arrays: Arrays) -> None:
    """Numbers of 0 to 255 as floats are a mistake, and not white."""
    with transcode_py.VideoWriter(tmp_path / "out.mkv", fps=25) as writer:
        writer.write(arrays.of(np.full((16, 16, 3), 0.5, np.float32)))
        for wrong in (255.0, -1.0, float("inf")):
            with pytest.raises(transcode_py.InvalidOptionError, match="numbers from 0 to 1"):
                writer.write(arrays.of(np.full((16, 16, 3), wrong, np.float32)))
    assert writer.close().frames_encoded == 1
