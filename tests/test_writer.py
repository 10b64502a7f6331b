"""VideoWriter: what the ffmpeg program decodes is what the arrays held, whatever their format, strides and times."""

from __future__ import annotations

import io
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import reference
import transcode_py
import written
from twins import Numpy, both
from written import Array, noise, scene

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from transcode_py import TranscodeStats
    from twins import Arrays

LOSSLESS = {"video_codec": "ffv1"}
# Decibels. x264 at crf 12 is seen to keep 41 of the scene; a matrix or a range mistaken costs more than 12 of them.
FLOOR = 38.0


def write(arrays: Arrays, target: Path, frames: Iterable[Any], fps: Any = 25, **options: Any) -> TranscodeStats:
    with transcode_py.VideoWriter(target, fps=fps, **options) as writer:
        for frame in frames:
            writer.write(arrays.of(frame))
    return writer.close()


RGB, RGBA = noise(5, 18, 26, 3), noise(5, 18, 26, 4)
DEEP, DEEP_ALPHA = noise(5, 18, 26, 3, dtype=np.uint16), noise(5, 18, 26, 4, dtype=np.uint16)
GRAY, DEEP_GRAY = noise(5, 18, 26), noise(5, 18, 26, dtype=np.uint16)

# The arrays, how the writer is told of them, and what FFmpeg's program reads back in which format.
EXACT: dict[str, tuple[Array, dict[str, Any], str, Array]] = {
    "rgb": (RGB, {}, "rgb24", RGB),
    "bgr": (RGB, {"frame_format": "bgr24"}, "bgr24", RGB),
    "rgba": (RGBA, {}, "rgba", RGBA),
    "bgra": (RGBA, {"frame_format": "bgra"}, "bgra", RGBA),
    "gray": (GRAY, {}, "gray", GRAY),
    "gray of one channel": (GRAY[..., None], {}, "gray", GRAY),
    "gray of one channel first": (GRAY[:, None], {"layout": "CHW"}, "gray", GRAY),
    "rgb of 16 bits": (DEEP, {}, "rgb48le", DEEP),
    "rgba of 16 bits": (DEEP_ALPHA, {}, "rgba64le", DEEP_ALPHA),
    "gray of 16 bits": (DEEP_GRAY, {}, "gray16le", DEEP_GRAY),
    "channels first": (RGB.transpose(0, 3, 1, 2), {"layout": "CHW"}, "rgb24", RGB),
    "channels first in memory": (np.ascontiguousarray(RGB.transpose(0, 3, 1, 2)), {"layout": "CHW"}, "rgb24", RGB),
    "16 bits, channels first": (np.ascontiguousarray(DEEP.transpose(0, 3, 1, 2)), {"layout": "CHW"}, "rgb48le", DEEP),
    "upside down": (RGB[:, ::-1], {}, "rgb24", RGB[:, ::-1]),
    "mirrored": (RGB[:, :, ::-1], {}, "rgb24", RGB[:, :, ::-1]),
    "channels backwards": (RGB[..., ::-1], {}, "bgr24", RGB),
    "every other pixel": (RGB[:, ::2, ::2], {}, "rgb24", RGB[:, ::2, ::2]),
    "Fortran order": (np.array([np.asfortranarray(frame) for frame in RGB]), {}, "rgb24", RGB),
    "one row again and again": (np.broadcast_to(RGB[:, :1], RGB.shape), {}, "rgb24", np.repeat(RGB[:, :1], 18, 1)),
    "odd sides": (RGB[:, :17, :25], {}, "rgb24", RGB[:, :17, :25]),
    "1x1": (RGB[:, :1, :1], {}, "rgb24", RGB[:, :1, :1]),
    "yuv420p in one": (noise(5, 27, 26), {"frame_format": "yuv420p"}, "yuv420p", noise(5, 27, 26)),
    "nv12 in one": (noise(5, 27, 26), {"frame_format": "nv12"}, "nv12", noise(5, 27, 26)),
    "yuv422p in one": (noise(5, 36, 26), {"frame_format": "yuv422p"}, "yuv422p", noise(5, 36, 26)),
    "yuv444p in one": (noise(5, 3, 18, 26), {"frame_format": "yuv444p"}, "yuv444p", noise(5, 3, 18, 26)),
    "yuv420p of 10 bits": (
        noise(5, 27, 26, dtype=np.uint16, most=1023),
        {"frame_format": "yuv420p10"},
        "yuv420p10le",
        noise(5, 27, 26, dtype=np.uint16, most=1023),
    ),
}


# Torch has no strides below zero.
NO_TENSORS = {"upside down", "mirrored", "channels backwards"}


@pytest.mark.parametrize(("arrays", "name"), both(EXACT, NO_TENSORS), indirect=["arrays"])
def test_without_loss_every_sample_comes_back(name: str, out: Path, arrays: Arrays) -> None:
    frames, told, pixel_format, expected = EXACT[name]
    stats = write(arrays, out / "out.mkv", frames, **LOSSLESS, **told)
    back = written.raw(out / "out.mkv", pixel_format, expected.dtype)
    assert np.array_equal(back, expected.ravel())
    assert (stats.frames_encoded, stats.input_size) == (5, expected.nbytes)
    assert stats.warnings == ()


@pytest.mark.parametrize("height", [18, 17])
@pytest.mark.parametrize(
    ("pixel_format", "across", "down"), [("yuv420p", 2, 2), ("yuv422p", 2, 1), ("yuv444p", 1, 1), ("nv12", 2, 2)]
)
def test_planes_of_a_tuple(pixel_format: str, across: int, down: int, height: int, out: Path, arrays: Arrays) -> None:
    """Each has strides of its own; odd sides round up."""
    width = height + 8
    chroma = -(-height // down), -(-width // across)
    luma, pairs = noise(5, height * 2, width)[:, ::2], noise(5, *chroma, 2)
    if pixel_format == "nv12":
        frames: list[Any] = list(zip(luma, pairs, strict=True))
    else:
        frames = [(y, uv[..., 0], uv[..., 1]) for y, uv in zip(luma, pairs, strict=True)]
    write(arrays, out / "out.mkv", frames, **LOSSLESS)
    back = written.raw(out / "out.mkv", "yuv420p" if pixel_format == "nv12" else pixel_format)
    expected = [
        np.concatenate([y.ravel(), uv[..., 0].ravel(), uv[..., 1].ravel()]) for y, uv in zip(luma, pairs, strict=True)
    ]
    assert np.array_equal(back, np.concatenate(expected))


@pytest.mark.parametrize(("channels", "stored"), [((3,), "rgb24"), ((4,), "rgba"), ((), "gray")])
def test_floats(channels: tuple[int, ...], stored: str, out: Path, arrays: Arrays) -> None:
    """0 to 1, clamped, rounded to the nearest; 16 bits of them where the pixel format has more than 8."""
    frames = np.random.default_rng(3).uniform(-0.2, 1.2, (4, 18, 26, *channels)).astype(np.float32)
    frames[0, 0, 0], frames[0, 0, 1] = 1.5, -0.5
    write(arrays, out / "out.mkv", frames, **LOSSLESS)
    exact = np.clip(frames.astype(np.float64), 0, 1) * 255
    assert np.abs(written.raw(out / "out.mkv", stored) - exact.ravel()).max() <= 0.5 + 1e-4
    if channels == (3,):
        write(arrays, out / "deep.mkv", frames, pixel_format="gbrp16le", **LOSSLESS)
        back = written.raw(out / "deep.mkv", "rgb48le", np.uint16)
        assert np.abs(back / 257 - exact.ravel()).max() <= 0.5 / 257 + 1e-4


@pytest.mark.parametrize(("height", "matrix"), [(180, "smpte170m"), (720, "bt709")])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_h264_keeps_the_colours(height: int, matrix: str, dtype: Any, out: Path, arrays: Arrays) -> None:
    """Right by value and by tag, whatever the arrays are made of and whichever matrix the size implies."""
    frames = scene(8, height, height * 16 // 9)
    scaled = (
        frames.astype(dtype) / 255 if dtype is np.float32 else frames.astype(dtype) * (257 if dtype is np.uint16 else 1)
    )
    write(arrays, out / "out.mp4", scaled.astype(dtype), video_codec="h264", crf=12)
    stream = reference.stream(out / "out.mp4", "video")
    assert (stream["pix_fmt"], stream["color_space"], stream["color_range"]) == ("yuv420p", matrix, "tv")
    assert written.psnr(written.raw(out / "out.mp4", "rgb24"), frames) > FLOOR


@pytest.mark.parametrize("graph", [None, "null"])
def test_chroma_lies_where_it_is_said_to(graph: str | None, out: Path, arrays: Arrays) -> None:
    """On the left of its two columns, whoever converts: a ramp of blue has the value of that column there."""
    frame = np.zeros((64, 256, 3), np.uint8)
    frame[..., 2] = np.arange(256)
    stats = write(arrays, out / "out.mkv", [frame], pixel_format="yuv420p10le", video_filter=graph, **LOSSLESS)
    assert ("rgb_to_yuv" in stats.metrics["kernels"]) == (graph is None)
    blue = written.raw(out / "out.mkv", "yuv420p10le", np.uint16)[64 * 256 :][: 32 * 128].reshape(32, 128)[16]
    column = (blue / 4 - 128) / (224 / 255 / 2)
    assert abs((column - np.arange(0, 256, 2))[8:-8].mean()) < 0.05


def test_gray_stays_gray(out: Path, arrays: Arrays) -> None:
    """Full range, by value and by tag."""
    frames = scene(8, 90, 160)[..., 1]
    write(arrays, out / "out.mp4", frames, video_codec="h264", crf=12)
    assert written.psnr(written.raw(out / "out.mp4", "gray"), frames) > FLOOR


def test_alpha_that_is_lost_is_told(out: Path, arrays: Arrays) -> None:
    stats = write(arrays, out / "out.mp4", RGBA, video_codec="h264")
    assert [text for text in stats.warnings if "rgba becomes yuv420p" in text]


class Tensor:
    """What DLPack alone tells of an array, as tensors of other libraries do."""

    def __init__(self, array: Array) -> None:
        self._array = array

    def __dlpack__(self, **options: Any) -> Any:
        return self._array.__dlpack__(**options)

    def __dlpack_device__(self) -> tuple[int, int]:
        return self._array.__dlpack_device__()


def test_dlpack(out: Path) -> None:
    write(Numpy(), out / "out.mkv", map(Tensor, RGB[:, ::-1]), **LOSSLESS)
    assert np.array_equal(written.raw(out / "out.mkv", "rgb24"), RGB[:, ::-1].ravel())


def test_a_frame_is_copied(out: Path, arrays: Arrays) -> None:
    """One array may be used for all frames."""
    frame = np.empty((18, 26, 3), np.uint8)
    given = arrays.of(frame)
    with transcode_py.VideoWriter(out / "out.mkv", fps=25, video_codec="ffv1") as writer:
        for pixels in RGB:
            frame[:] = pixels
            writer.write(given)
            frame[:] = 0
    assert np.array_equal(written.raw(out / "out.mkv", "rgb24"), RGB.ravel())


@pytest.mark.parametrize(
    ("fps", "rate"),
    [
        (30, Fraction(30)),
        ("30000/1001", Fraction(30000, 1001)),
        (Fraction(25, 2), Fraction(25, 2)),
        (23.976, Fraction(24000, 1001)),
    ],
)
def test_frames_follow_each_other_at_the_rate(fps: Any, rate: Fraction, out: Path, arrays: Arrays) -> None:
    write(arrays, out / "out.mp4", scene(7, 36, 64), fps, video_codec="h264")
    stream = reference.stream(out / "out.mp4", "video")
    assert Fraction(stream["avg_frame_rate"]) == rate
    times = sorted(packet.pts for packet in reference.packets(out / "out.mp4", "v") if packet.pts is not None)
    assert all(abs(time - n / rate) < Fraction(1, 10_000) for n, time in enumerate(times))
    assert len(times) == 7


@pytest.mark.parametrize("fps", [None, 30])
@pytest.mark.parametrize("name", ["out.mp4", "out.mkv"])
def test_frames_with_times_of_their_own(fps: int | None, name: str, out: Path, arrays: Arrays) -> None:
    times = [0, 0.01, 0.5, 0.75, 2.002, 10 / 3]
    with transcode_py.VideoWriter(out / name, fps=fps, video_codec="h264") as writer:
        for frame, time in zip(scene(6, 36, 64), times, strict=True):
            writer.write(arrays.of(frame), pts=time)
    found = sorted(float(packet.pts) for packet in reference.packets(out / name, "v") if packet.pts is not None)
    tick = 0.0006 if name == "out.mkv" else 0.00002
    assert len(found) == 6
    assert np.allclose(found, times, atol=tick, rtol=0)
    # How long the last is shown: as told, or as long as the one before.
    duration = float(reference.probe(out / name)["format"]["duration"])
    assert duration == pytest.approx(times[-1] + (1 / 30 if fps else times[-1] - times[-2]), abs=0.002)


def test_sound_and_pictures_stay_together(out: Path, arrays: Arrays) -> None:
    """A flash and a click every second, at the same moment by the packets and by what is decoded."""
    rate, fps = 48_000, 25
    with transcode_py.VideoWriter(
        out / "out.mp4", fps=fps, video_codec="h264", audio_codec="aac", sample_rate=rate, channels=2
    ) as writer:
        for n in range(5 * fps):
            frame = np.full((36, 64, 3), 255 if n % fps == 0 else 0, np.uint8)
            sound = np.zeros((rate // fps, 2), np.float32)
            if n % fps == 0:
                sound[:480] = 0.8 * np.sin(np.arange(480) / 480 * 2 * np.pi * 10)[:, None]
            writer.write(arrays.of(frame))
            writer.write_audio(arrays.of(sound))
    video, audio = (reference.stream(out / "out.mp4", kind) for kind in ("video", "audio"))
    assert (audio["sample_rate"], audio["channels"]) == ("48000", 2)
    assert float(video["duration"]) == pytest.approx(5, abs=0.001)
    assert float(audio["duration"]) == pytest.approx(5, abs=0.03)
    light = reference.gray(out / "out.mp4").mean(axis=(1, 2))
    flashes = np.flatnonzero(light > 128) / fps
    loud = np.abs(reference.samples(out / "out.mp4")).max(axis=-1) > 0.2
    clicks = [second for second in range(5) if loud[int(second * rate) : int(second * rate) + 600].any()]
    assert flashes.tolist() == [0, 1, 2, 3, 4]
    assert clicks == [0, 1, 2, 3, 4]
    quiet = [loud[int((s + 0.03) * rate) : int((s + 0.97) * rate)].any() for s in range(4)]
    assert not any(quiet)


@pytest.mark.parametrize("dtype", [np.float32, np.int16])
@pytest.mark.parametrize("before", [True, False])
@pytest.mark.parametrize("channels", [1, 2])
def test_sound_without_loss(dtype: Any, before: bool, channels: int, out: Path, arrays: Arrays) -> None:
    """Before the first frame or after it, in any pieces and strides."""
    rng = np.random.default_rng(2)
    sound = rng.integers(-32768, 32768, (200_000, channels), dtype=np.int16)
    given = sound if dtype is np.int16 else (sound / np.float32(32768)).astype(np.float32)
    parts = [given[:1], given[1:150_000], given[150_000:]]
    with transcode_py.VideoWriter(
        out / "out.mkv", fps=25, video_codec="ffv1", audio_codec="flac", sample_rate=44_100, channels=channels
    ) as writer:
        if before:
            writer.write_audio(arrays.of(parts.pop(0)))
        writer.write(arrays.of(RGB[0]))
        for part in parts:
            writer.write_audio(arrays.of(np.asfortranarray(part) if channels == 2 else part[:, 0]))
    back = np.frombuffer(
        reference.ffmpeg("-i", out / "out.mkv", "-map", "0:a", "-f", "s16le", "-c:a", "pcm_s16le", "-"), np.int16
    )
    assert np.array_equal(back.reshape(-1, channels), sound)


def test_bytes_and_file_objects(out: Path, arrays: Arrays) -> None:
    write(arrays, out / "out.mkv", RGB, **LOSSLESS)
    expected = written.raw(out / "out.mkv", "rgb24")
    with transcode_py.VideoWriter(None, fps=25, format="matroska", video_codec="ffv1") as writer:
        for frame in RGB:
            writer.write(arrays.of(frame))
    data = writer.close().data
    assert data is not None
    (out / "data.mkv").write_bytes(data)
    assert np.array_equal(written.raw(out / "data.mkv", "rgb24"), expected)
    file = io.BytesIO()
    with transcode_py.VideoWriter(file, fps=25, format="matroska", video_codec="ffv1") as writer:
        for frame in RGB:
            writer.write(arrays.of(frame))
    (out / "file.mkv").write_bytes(file.getvalue())
    assert np.array_equal(written.raw(out / "file.mkv", "rgb24"), expected)
    assert not file.closed


def test_options_of_the_encoding(out: Path, arrays: Arrays) -> None:
    """They go through the same planner as those of a job."""
    stats = write(
        arrays,
        out / "out.mp4",
        scene(10, 90, 160),
        video_codec="hevc",
        crf=20,
        preset="ultrafast",
        pixel_format="yuv420p10le",
        resolution=(80, 44),
        fit="stretch",
        video_filter="hflip",
        metadata={"title": "a test"},
        threads=1,
        gop=5,
    )
    stream = reference.stream(out / "out.mp4", "video")
    assert (stream["codec_name"], stream["pix_fmt"], stream["width"], stream["height"]) == (
        "hevc",
        "yuv420p10le",
        80,
        44,
    )
    assert reference.probe(out / "out.mp4")["format"]["tags"]["title"] == "a test"
    assert [packet.key for packet in reference.packets(out / "out.mp4", "v")].count(True) >= 2
    assert "hflip" in (stats.streams[0].filters or "")
    assert stats.metrics["threads"] == 1


@pytest.mark.parametrize(
    ("codec", "name"),
    [
        ("mpeg4", "out.mp4"),
        ("mpeg2", "out.mpg"),
        ("mjpeg", "out.avi"),
        ("prores", "out.mov"),
        ("vp9", "out.webm"),
        ("gif", "out.gif"),
        ("png", "out.mkv"),
    ],
)
def test_other_encoders(codec: str, name: str, out: Path, arrays: Arrays) -> None:
    frames = scene(6, 96, 160)
    write(arrays, out / name, frames, video_codec=codec)
    assert not reference.complaints(out / name)
    back = written.raw(out / name, "rgb24")
    assert back.size == frames.size
    # GIF has 256 colours for all.
    assert written.psnr(back, frames) > (18 if codec == "gif" else 25)
