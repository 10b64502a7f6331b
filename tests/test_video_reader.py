"""`VideoReader`: any picture is the one that sequential decoding gives, and that is what the ffmpeg program gives."""

from __future__ import annotations

import datetime
import hashlib
import itertools
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import transcode_py
from transcode_py import Frame, VideoReader

import media

if TYPE_CHECKING:
    from pathlib import Path

    from twins import Arrays

    from media import Shelf

# Pictures are asked for by number at this distance, so many times.
STEP = 3

CLIPS = [
    *["plain.mp4", "plain.mkv", "plain.mov", "plain.ts", "plain.webm", "plain.avi", "plain.flv", "plain.gif"],
    *["bframes.mp4", "groups.ts", "groups.mkv", "groups.webm", "fields.mkv", "vfr-groups.mkv", "opengop.ts"],
    *["hevc-groups.mkv", "hevc-open.mp4", "hevc-open.ts", "hevc-tenbit.mkv", "mpeg2-groups.ts", "mpeg2-fields.ts"],
    *["mpeg4-groups.mp4", "mpeg4-qpel.mkv", "mpeg4-fields-both-ways.mkv", "av1-groups.mp4", "av1-vfr.mkv", "vfr.mkv"],
    *[
        "late-picture.mkv",
        "offset.ts",
        "raw.h264",
        "resize.ts",
        "tenbit.mkv",
        "yuv444.mkv",
        "interlaced.ts",
        "gray16.mkv",
    ],
    *["planar-rgb.mkv", "theora.ogv", "mpeg1.mpg", "wmv.asf", "h263.3gp", "huffyuv.avi", "song.mp3", "film.mp4"],
    *["h263.avi", "h263-plus.avi"],
]


def digest(frame: Frame) -> str:
    """The checksum that framemd5 gives."""
    out = hashlib.md5(usedforsecurity=False)
    for plane in frame.planes:
        out.update(plane.tobytes())
    return out.hexdigest()


def truth(path: Path, *options: str) -> list[str]:
    words = ["ffmpeg", "-nostdin", "-v", "error", *options, "-i", str(path), "-map", "0:v:0"]
    done = subprocess.run(
        [*words, "-fps_mode", "passthrough", "-f", "framemd5", "-"], capture_output=True, text=True, check=True
    )
    return [line.split(",")[5].strip() for line in done.stdout.splitlines() if not line.startswith("#")]


def compared(path: Path, *options: str, truthful: bool = True) -> None:
    with VideoReader(path, format=None) as video:
        order = [(digest(frame), frame.time, frame.pts, frame.key, frame.index) for frame in video]
        if truthful:
            assert [checksum for checksum, *_ in order] == truth(path, *options)
        assert len(video) == len(order)
        assert list(video.times) == [time for _, time, *_ in order]
        # Every one of them, on the way and by jumps backwards.
        for first in reversed(range(STEP)):
            for number in range(first, len(order), STEP):
                frame = video[number]
                assert (digest(frame), frame.time, frame.pts, frame.key, frame.index) == order[number]
        assert [video.at(time).index for _, time, *_ in order] == [*range(len(order))]


@pytest.mark.parametrize("name", CLIPS)
def test_every_picture_is_that_of_sequential_decoding(name: str, shelf: Shelf, arrays: Arrays) -> None:
    # A video of several sizes is shown in its first, by the scaler of whoever decodes it.
    # FFmpeg gives other pictures of MPEG-4's fields with each number of threads; those of one are right.
    options = ["-threads", "1"] if name == "mpeg4-fields-both-ways.mkv" else []
    compared(shelf[name], *options, truthful=name != "resize.ts")
    # Several at once, from several groups of pictures: each group by a decoder of its own.
    with VideoReader(shelf[name], width=32, height=24) as video:
        every = np.stack([arrays.to_numpy(frame) for frame in video])
        assert np.array_equal(arrays.to_numpy(video[::3]), every[::3])
        assert np.array_equal(arrays.to_numpy(video[::-7]), every[::-7])


@pytest.mark.parametrize("file", [file for file in media.real_files() if file.clean], ids=lambda file: str(file.name))
@pytest.mark.timeout(300)
def test_every_picture_of_real_files(file: media.RealFile) -> None:
    try:
        info = transcode_py.probe(file.path)
    except transcode_py.TranscodeError:
        pytest.skip("it cannot be probed")
    pictures = [stream for stream in info.streams if isinstance(stream, transcode_py.VideoStream)]
    if not pictures:
        pytest.skip("it has no pictures")
    first = pictures[0]
    if first.width * first.height > 1 << 26:
        with pytest.raises(transcode_py.LimitExceededError):
            VideoReader(file.path)
        return
    turned = first.rotation != 0 or file.name == "sample_rotate_and_reflect.mp4"
    sized = file.name in {"av1-1-b8-03-sizeup.ivf", "resize.ts"}
    transparent = any(stream.tags.get("alpha_mode") == "1" for stream in pictures)
    compared(file.path, truthful=not (turned or sized or transparent))


def test_rotated_pictures_are_upright(shelf: Shelf, tmp_path: Path) -> None:
    turned = tmp_path / "turned.mp4"
    subprocess.run(
        ["ffmpeg", "-v", "error", "-i", shelf["plain.mp4"], "-c", "copy", "-metadata:s:v", "rotate=90", turned],
        check=True,
    )
    with VideoReader(turned, format=None) as video:
        assert (video.width, video.height) == (180, 320)
        assert [digest(frame) for frame in video] == truth(turned)


def as_ffmpeg(path: Path, filters: str, pixel_format: str, shape: tuple[int, ...], dtype: str = "uint8") -> Any:
    words = [
        "ffmpeg",
        "-nostdin",
        "-v",
        "error",
        "-i",
        str(path),
        "-map",
        "0:v:0",
        "-vf",
        filters,
        "-fps_mode",
        "passthrough",
    ]
    done = subprocess.run([*words, "-f", "rawvideo", "-pix_fmt", pixel_format, "-"], capture_output=True, check=True)
    return np.frombuffer(done.stdout, dtype).reshape(-1, *shape)


@pytest.mark.parametrize(
    ("name", "order", "dtype"),
    [("rgb24", "RGB", "uint8"), ("bgr24", "BGR", "uint8"), ("rgba", "RGBA", "uint8"), ("rgb48", "RGB", "uint16")],
)
def test_colours_are_those_of_the_formula(name: str, order: str, dtype: str, shelf: Shelf, arrays: Arrays) -> None:
    # BT.601 of limited range (ITU-R BT.601-7, 2.5), as players take small pictures that name no matrix.
    path = shelf["yuv444.mkv"]
    planes = as_ffmpeg(path, "null", "yuv444p", (3, 180, 320)).astype(float)
    y, u, v = (planes[:, 0] - 16) / 219, (planes[:, 1] - 128) / 224, (planes[:, 2] - 128) / 224
    channels = {
        "R": y + 1.402 * v,
        "G": y - 0.114 * 1.772 / 0.587 * u - 0.299 * 1.402 / 0.587 * v,
        "B": y + 1.772 * u,
        "A": np.ones_like(y),
    }
    most = np.iinfo(dtype).max
    expected = np.stack([channels[channel] for channel in order], -1).clip(0, 1) * most
    with VideoReader(path, format=name) as video:
        found = arrays.to_numpy(video[:])
        assert (found.dtype, found.shape) == (dtype, expected.shape)
        assert np.abs(found - expected).max() <= (1 if dtype == "uint8" else 40)
        for number in (0, 7):
            assert np.array_equal(arrays.to_numpy(video[number]), found[number])
    with VideoReader(path, format="rgbf32", layout="CHW", mean=0.5, std=0.25) as video:
        exact = np.stack([channels[channel].clip(0, 1) for channel in "RGB"], 1)
        assert np.abs(arrays.to_numpy(video[:]) - (exact - 0.5) / 0.25).max() < 1e-5
    with VideoReader(path, format="gray") as video:
        assert np.abs(arrays.to_numpy(video[:])[..., 0] - (y.clip(0, 1) * 255)).max() <= 1


def test_layouts_and_floats_are_the_same_numbers(shelf: Shelf, arrays: Arrays) -> None:
    path = shelf["plain.mp4"]
    with VideoReader(path) as video:
        bytes_ = video[:5]
    with VideoReader(path, layout="CHW") as video:
        assert np.array_equal(arrays.to_numpy(video[:5]), bytes_.transpose(0, 3, 1, 2))
        assert np.array_equal(arrays.to_numpy(video[3]), bytes_[3].transpose(2, 0, 1))
    with VideoReader(path, format="rgbf32") as video:
        assert np.allclose(arrays.to_numpy(video[:5]), bytes_ / np.float32(255), atol=1e-6)
    mean, std = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
    with VideoReader(path, format="rgbf32", layout="CHW", mean=mean, std=std) as video:
        expected = ((bytes_ / 255 - mean) / std).transpose(0, 3, 1, 2)
        # Channels first are made in one step, and not rounded to bytes on the way.
        assert np.abs(arrays.to_numpy(video[:5]) - expected).max() < 0.6 / 255 / min(std)


def test_sizes(shelf: Shelf, arrays: Arrays) -> None:
    for asked, size in [
        ({"width": 224, "height": 224}, (224, 224)),
        ({"width": 160}, (160, 90)),
        ({"height": 90}, (160, 90)),
        ({"width": 100, "height": 100, "fit": "contain"}, (100, 56)),
        ({"width": 100, "height": 100, "fit": "cover"}, (100, 100)),
        ({"width": 1, "height": 1}, (1, 1)),
        ({"crop": "100:50:10:20"}, (100, 50)),
    ]:
        with VideoReader(shelf["plain.mp4"], **asked) as video:  # type: ignore[arg-type]
            assert (video.width, video.height) == size
            assert video[0].shape == arrays.got(video[0]).shape == (size[1], size[0], 3)


def test_a_frame_shares_its_memory_and_keeps_it_alone(shelf: Shelf, arrays: Arrays) -> None:
    video = VideoReader(shelf["plain.mp4"])
    frame = video[3]
    once, again = frame.to_numpy(), arrays.got(frame)
    assert np.shares_memory(once, arrays.to_numpy(again))
    assert np.from_dlpack(frame).ctypes.data == np.from_dlpack(again).ctypes.data == once.ctypes.data
    lent: Any = frame  # the buffer protocol has a name in Python since 3.12 only
    assert memoryview(lent).shape == (180, 320, 3)
    kept = once.copy()
    video.close()
    del frame, lent, video, once
    assert np.array_equal(arrays.to_numpy(again), kept)
    again[0, 0] = 7  # it is ours alone
    assert (arrays.to_numpy(again)[0, 0] == 7).all()

    planes = VideoReader(shelf["plain.mp4"], format=None)[3].planes
    assert [plane.shape for plane in planes] == [(180, 320), (90, 160), (90, 160)]
    with VideoReader(shelf["plain.mp4"], format="nv12") as video:
        found = [arrays.of(plane) for plane in video[0].planes]
        assert [tuple(plane.shape) for plane in found] == [(180, 320), (90, 160, 2)]
        assert all(map(np.array_equal, map(arrays.to_numpy, found), video[0].planes))
        with pytest.raises(BufferError, match="planes"):
            video[0].to_numpy()
        with pytest.raises(BufferError, match="planes"):
            arrays.got(video[0])
        assert not hasattr(video[0], "shape")


def test_what_a_frame_tells(shelf: Shelf) -> None:
    with VideoReader(shelf["bt709.mkv"], format=None) as video:
        frame = video[2]
        assert (frame.width, frame.height, frame.format, frame.index) == (640, 360, "yuv420p", 2)
        assert (frame.color_range, frame.color_space) == ("tv", "bt709")
        assert (frame.color_primaries, frame.color_transfer) == ("bt709", "bt709")
        assert frame.time == pytest.approx(0.08)
        assert frame.duration == pytest.approx(0.04)
        assert video[0].key
        assert not frame.key
        assert repr(frame).startswith("Frame(index=2, time=0.080000, width=640")


@pytest.mark.parametrize(
    "options", [{}, {"format": "bgr24"}, {"layout": "CHW"}, {"format": "rgbf32"}, {"format": "gray"}]
)
def test_notebooks_see_a_picture(options: dict[str, Any], shelf: Shelf, arrays: Arrays) -> None:
    with VideoReader(shelf["plain.mp4"]) as plain, VideoReader(shelf["plain.mp4"], **options) as video:
        png = getattr(video[3], "_repr_png_")()  # noqa: B009 - it is IPython's
        shown = transcode_py.decode_image(png, mode=None)
        expected = arrays.to_numpy(plain[3] if options.get("format") != "gray" else video[3])
        assert np.abs(shown.astype(int) - expected).max() <= (1 if "rgbf32" in options.values() else 0)
    with VideoReader(shelf["plain.mp4"], format=None) as video:
        assert getattr(video[3], "_repr_png_")() is None  # noqa: B009


def test_slices_lists_and_batches(shelf: Shelf, arrays: Arrays) -> None:
    with VideoReader(shelf["bframes.mp4"], width=32, height=32) as video:
        every = np.stack([arrays.to_numpy(frame).copy() for frame in video])
        assert len(video) == len(every) == 50
        assert np.array_equal(arrays.to_numpy(video[::7]), every[::7])
        assert np.array_equal(arrays.to_numpy(video[40:10:-3]), every[40:10:-3])
        chosen = [3, 49, 3, -1, 0, 20, 19]
        assert np.array_equal(arrays.to_numpy(video[chosen]), every[chosen])
        assert np.array_equal(arrays.to_numpy(video[arrays.of(np.array([5, 1]))]), every[[5, 1]])
        assert arrays.to_numpy(video[5:5]).shape == (0, 32, 32, 3)
        assert [len(batch) for batch in video.batches(16)] == [16, 16, 16, 2]
        assert np.array_equal(np.concatenate([arrays.to_numpy(batch) for batch in video.batches(16)]), every)
        assert np.array_equal(
            np.concatenate(list(map(arrays.to_numpy, video.batches(4, start=3, stop=40, step=5)))), every[3:40:5]
        )
        assert np.array_equal(arrays.to_numpy(video[video.keyframes]), every[video.keyframes])
        assert video.keyframes == [0, 10, 20, 30, 40]

        out = np.zeros((16, 32, 32, 3), np.uint8)
        for first, batch in zip(range(0, 50, 16), video.batches(16, out=arrays.of(out)), strict=True):
            assert isinstance(batch, arrays.type)
            assert np.shares_memory(arrays.to_numpy(batch), out)
            assert np.array_equal(arrays.to_numpy(batch), every[first : first + 16])
        strided = np.zeros((16, 32, 64, 3), np.uint8)[:, :, ::2]
        assert np.array_equal(arrays.to_numpy(next(video.batches(16, out=arrays.of(strided)))), every[:16])


def test_batches_fill_what_the_caller_has(shelf: Shelf, arrays: Arrays) -> None:
    """Channels first and floats, of no other type."""
    memory = np.zeros((10, 3, 32, 32), np.float32)
    out = arrays.of(memory)
    with VideoReader(shelf["plain.mp4"], format="rgbf32", layout="CHW", width=32, height=32) as video:
        every = video[:]
        for first, batch in zip((0, 10, 20), video.batches(10, out=out), strict=True):
            assert arrays.to_numpy(batch).ctypes.data == memory.ctypes.data
            assert np.array_equal(arrays.to_numpy(batch), every[first : first + 10])
    with (
        VideoReader(shelf["plain.mp4"], width=32, height=32) as video,
        pytest.raises(transcode_py.InvalidOptionError, match="expected uint8 array of shape"),
    ):
        next(video.batches(10, out=out))


def test_times_find_what_is_shown(shelf: Shelf) -> None:
    with VideoReader(shelf["vfr.mkv"]) as video:
        times = video.times
        assert len({round(b - a, 3) for a, b in itertools.pairwise(times)}) > 1
        for number, (here, there) in enumerate(itertools.pairwise(times)):
            assert video.at(here).index == number
            assert video.at(here + (there - here) * 0.99).index == number
        assert video.at(0).index == 0
        half = datetime.timedelta(seconds=0.5)
        assert video.at(half).index == video.at(0.5).index == video.at("00:00:00.5").index
        for late in (times[-1] + 10, -1, float("nan")):
            with pytest.raises(transcode_py.InvalidOptionError, match="no picture is shown"):
                video.at(late)


def test_a_stale_index_is_no_wrong_picture(shelf: Shelf, tmp_path: Path) -> None:
    path, other = tmp_path / "now.mkv", shelf["vfr-groups.mkv"].read_bytes()
    path.write_bytes(shelf["groups.mkv"].read_bytes())
    with VideoReader(path) as video:
        index = video.index
    # Another file of the same size under the same name.
    whole = path.stat().st_size
    path.write_bytes((other + bytes(whole))[:whole])
    with pytest.raises(transcode_py.TranscodeError, match="index"), VideoReader(path, index=index) as video:
        video[[5, 30, 50]]


def test_an_index_is_kept(shelf: Shelf, tmp_path: Path) -> None:
    path, kept = shelf["groups.mkv"], tmp_path / "index"
    with VideoReader(path, format=None) as video:
        video.save_index(str(kept))
        times, picture = video.times, digest(video[37])
    with VideoReader(path, format=None, index=str(kept)) as video:
        assert video.times == times
        assert digest(video[37]) == picture
    with pytest.raises(transcode_py.InvalidOptionError, match="index of another file"):
        VideoReader(shelf["plain.mp4"], index=str(kept))
    with pytest.raises(transcode_py.InvalidOptionError, match="cut off"):
        VideoReader(path, index=kept.read_bytes()[:100])
    copy = tmp_path / "copy.mkv"
    copy.write_bytes(path.read_bytes())
    with VideoReader(copy) as video:
        with pytest.raises(transcode_py.InvalidOptionError, match="another file than the video"):
            video.save_index(str(copy))
        with pytest.raises(FileNotFoundError):
            video.save_index(str(tmp_path / "nowhere" / "index"))
    assert copy.read_bytes() == path.read_bytes()
    assert sorted(file.name for file in tmp_path.iterdir()) == ["copy.mkv", "index"]


@pytest.mark.parametrize("kind", ["bytes", "file"])
def test_other_inputs(kind: str, shelf: Shelf, arrays: Arrays) -> None:
    path = shelf["groups.mkv"]
    with path.open("rb") as file, VideoReader(path.read_bytes() if kind == "bytes" else file) as video:
        first = arrays.to_numpy(next(iter(video)))
        with VideoReader(path) as plain:
            assert np.array_equal(first, plain[0].to_numpy())
            assert np.array_equal(arrays.to_numpy(video[40]), plain[40].to_numpy())
            assert np.array_equal(arrays.to_numpy(video[11]), plain[11].to_numpy())


UNWRITABLE = {"numpy": "read-only", "torch": "overlapping"}


def test_wrong_arguments_are_told(shelf: Shelf, arrays: Arrays) -> None:
    path = shelf["plain.mp4"]
    for wrong, text in [
        ({"format": "rgb25"}, "unknown format 'rgb25'"),
        ({"format": 5}, "format; expected a name; got 5"),
        ({"layout": "WHC"}, "layout"),
        ({"mean": 0.5}, "rgbf32"),
        ({"format": "rgbf32", "std": 0}, "std"),
        ({"format": "rgbf32", "mean": (1, 2)}, "mean"),
        ({"video": 7}, "no video stream 7"),
        ({"prefetch": -1}, "prefetch"),
        ({"width": 0}, "width"),
        ({"width": 8, "fit": "stretched"}, "fit"),
        ({"index": 5}, "index; expected a path"),
        ({"simd": "mmx"}, "simd"),
    ]:
        with pytest.raises(transcode_py.InvalidOptionError, match=text):
            VideoReader(path, **wrong)  # type: ignore[arg-type]
    with pytest.raises(transcode_py.InputNotFoundError):
        VideoReader("/nowhere.mp4")
    with pytest.raises(transcode_py.InputNotFoundError, match="no index /nowhere"):
        VideoReader(path, index="/nowhere.index")
    with pytest.raises(transcode_py.LimitExceededError, match="max_pixels"):
        VideoReader(path, width=20_000, height=20_000)
    with pytest.raises(transcode_py.InvalidMediaError, match="no pictures"):
        VideoReader(shelf["plain.wav"])
    with VideoReader(path) as video:
        for number in (25, -26, 10**12):
            with pytest.raises(IndexError, match="there is no picture"):
                video[number]
        with pytest.raises(transcode_py.InvalidOptionError, match="a number, a slice or a list"):
            video["3"]
        wrong_numbers: list[Any] = [[True, False], [1.5], np.array([1.5]), np.zeros((2, 2), int)]
        for numbers in wrong_numbers:
            with pytest.raises(transcode_py.InvalidOptionError, match="flatnonzero"):
                video[arrays.of(numbers)]
        times: list[Any] = [None, True, "soon", []]
        for time in times:
            with pytest.raises(transcode_py.InvalidOptionError, match=r"^time"):
                video.at(time)
        with pytest.raises(transcode_py.InvalidOptionError, match="from 1 on"):
            next(video.batches(0))
        assert bool(video)
        out: Any
        for out, text in [
            (np.zeros((4, 180, 320, 3)), "got float64"),
            (5, "out; expected an array of pictures; got a int"),
            (np.zeros((4, 180, 320), np.uint8), "expected uint8 array of shape"),
            # No tensor is read-only, but those that write one number in several places are refused as well.
            (np.broadcast_to(np.zeros(3, np.uint8), (4, 180, 320, 3)), UNWRITABLE[arrays.name]),
        ]:
            with pytest.raises(transcode_py.InvalidOptionError, match=text):
                next(video.batches(4, out=arrays.of(out)))


@pytest.mark.parametrize("numbers", [np.array([True, False]), np.array(True), np.zeros((2, 1), int)], ids=repr)
def test_a_mask_is_no_list_of_numbers(numbers: Any, shelf: Shelf, arrays: Arrays) -> None:
    with (
        VideoReader(shelf["plain.mp4"]) as video,
        pytest.raises(transcode_py.InvalidOptionError, match=r"^video\[...\]; expected"),
    ):
        video[arrays.of(numbers)]


MISUSE = {
    "after close": "video.close(); list(video)",
    "closed while iterating": "pictures = iter(video); next(pictures); video.close(); next(pictures)",
    "closed by another thread": """
import threading
threading.Timer(0.05, video.close).start()
while True: list(video)
""",
    "after fork": """
import os
next(iter(video))
child = os.fork()
if child == 0:
    try:
        video[0]
    except transcode_py.TranscodeError as error:
        os._exit(0 if "another process" in str(error) else 3)
    os._exit(4)
_, status = os.waitpid(child, 0)
assert os.waitstatus_to_exitcode(status) == 0, status
video[0]
raise transcode_py.InvalidOptionError("closed")
""",
}


@pytest.mark.parametrize("how", MISUSE)
def test_misuse_is_an_exception(how: str, shelf: Shelf) -> None:
    script = f"import sys, transcode_py\nvideo = transcode_py.VideoReader(sys.argv[1])\n{MISUSE[how]}"
    done = subprocess.run(
        [sys.executable, "-c", script, shelf["bframes.mp4"]], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 1, (done.returncode, done.stderr)
    assert "InvalidOptionError" in done.stderr
    assert "closed" in done.stderr


FILE_OBJECTS = {
    "closed in a forked child": """
video = transcode_py.VideoReader(io.BytesIO(data))
next(iter(video))
child = os.fork()
if child == 0:
    video.close()
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
assert video[3].index == 3
""",
    "open when the interpreter ends": """
video = transcode_py.VideoReader(io.BytesIO(data))
sound = transcode_py.AudioReader(io.BytesIO(data))
next(iter(video)), sound.read(10)
""",
    "forgotten in a forked child": """
video = transcode_py.VideoReader(io.BytesIO(data))
sound = transcode_py.AudioReader(io.BytesIO(data))
next(iter(video)), sound.read(10)
child = os.fork()
if child == 0:
    sys.exit(0)
assert os.waitpid(child, 0)[1] == 0
""",
    "collected on the thread that calls the file object": """
class Slow(io.BytesIO):
    def read(self, size=-1):
        time.sleep(0.1)
        return super().read(size)

class Ring:
    pass

gc.disable()
ring = Ring()
ring.video = transcode_py.VideoReader(Slow(data), width=16, height=16, prefetch=100)
ring.pictures, ring.ring = iter(ring.video), ring
next(ring.pictures)
del ring
gc.set_threshold(1, 1, 1)
gc.enable()
time.sleep(2)
gc.set_threshold(700, 10, 10)
ring = Ring()
ring.ring, gone = ring, weakref.ref(ring)
del ring
gc.collect()
assert gone() is None, "the collector hangs"
""",
}


@pytest.mark.parametrize("how", FILE_OBJECTS)
def test_readers_of_file_objects_end(how: str, shelf: Shelf) -> None:
    head = "import gc, io, os, sys, time, weakref, transcode_py\ndata = open(sys.argv[1], 'rb').read()\n"
    command = [sys.executable, "-c", head + FILE_OBJECTS[how], str(shelf["film.mp4"])]
    subprocess.run(command, check=True, timeout=30)


def test_what_a_file_object_raises_is_raised(shelf: Shelf) -> None:
    from io import BytesIO

    class Broken(BytesIO):
        reads = 0

        def read(self, size: int | None = -1, /) -> bytes:
            self.reads += 1
            if self.reads > 1000:
                raise ZeroDivisionError
            return super().read(size)

    # More than is read to open it.
    data = shelf["huffyuv.avi"].read_bytes()
    for use in (list, len, lambda video: video[5], lambda video: video[:], lambda video: video.at(1)):
        file = Broken(data)
        with VideoReader(file, prefetch=0) as video:
            file.reads = 1000
            with pytest.raises(ZeroDivisionError):
                use(video)


def test_numbers_that_are_not_there(shelf: Shelf, arrays: Arrays) -> None:
    with VideoReader(shelf["bframes.mp4"], width=16, height=16) as video:
        for key in (50, -51, 1 << 70, -(1 << 70), [50], [0, 1 << 70], [-51], np.array([50]), np.array(-51)):
            with pytest.raises(IndexError):
                video[arrays.of(key)]


def test_threads_share_a_reader(shelf: Shelf, arrays: Arrays) -> None:
    from concurrent.futures import ThreadPoolExecutor

    with VideoReader(shelf["bframes.mp4"], width=32, height=32) as video, ThreadPoolExecutor(4) as pool:
        every = video[:]
        found = list(pool.map(lambda number: arrays.to_numpy(video[number]).copy(), [n % 50 for n in range(0, 500, 7)]))
        assert all(np.array_equal(one, every[n % 50]) for one, n in zip(found, range(0, 500, 7), strict=True))


def test_a_reader_is_pickled(shelf: Shelf, arrays: Arrays) -> None:
    import pickle

    with VideoReader(shelf["bframes.mp4"], width=64, height=48, layout="CHW") as video:
        expected = video[[5, 30]]
        with pickle.loads(pickle.dumps(video)) as other:
            assert np.array_equal(arrays.to_numpy(other[[5, 30]]), expected)
    with (
        shelf["bframes.mp4"].open("rb") as file,
        VideoReader(file) as video,
        pytest.raises(TypeError, match="file object"),
    ):
        pickle.dumps(video)


@pytest.mark.parametrize("way", ["fork", "spawn", "forkserver"])
def test_a_reader_goes_to_worker_processes(way: str, shelf: Shelf, tmp_path: Path) -> None:
    script = tmp_path / "workers.py"
    script.write_text(
        """
import multiprocessing, sys, transcode_py

def total(video, number):
    return int(video[number].to_numpy().sum())

if __name__ == "__main__":
    video = transcode_py.VideoReader(sys.argv[1], width=32, height=32)
    with multiprocessing.get_context(sys.argv[2]).Pool(2) as pool:
        found = pool.starmap(total, [(video, n) for n in (3, 40, 17)])
    assert found == [total(video, n) for n in (3, 40, 17)], found
""",
        encoding="utf-8",
    )
    subprocess.run([sys.executable, script, shelf["bframes.mp4"], way], check=True, timeout=100)


def test_ctrl_c_stops_a_wait(tmp_path: Path) -> None:
    import os

    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    script = f"""
import signal, threading, os, transcode_py
threading.Timer(0.3, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
try:
    transcode_py.VideoReader({str(pipe)!r})
except KeyboardInterrupt:
    print("stopped")
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=30, check=True)
    assert done.stdout == "stopped\n"


def test_ctrl_c_stops_a_batch_whose_pictures_come_fast(tmp_path: Path) -> None:
    clip = tmp_path / "many.mp4"
    words = ["-f", "lavfi", "-i", "testsrc2=s=320x240:r=25:d=120", "-c:v", "libx264", "-preset", "ultrafast"]
    subprocess.run(["ffmpeg", "-v", "error", *words, clip], check=True)
    script = f"""
import signal, threading, time, os, transcode_py
video = transcode_py.VideoReader({str(clip)!r}, width=16, height=16)
count = len(video)
began = time.monotonic()
video[:]
whole = time.monotonic() - began
threading.Timer(whole / 8, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
began = time.monotonic()
try:
    video[:]
except KeyboardInterrupt:
    print(count, time.monotonic() - began < whole / 2)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "3000 True\n"


def test_of_a_damaged_video_numbers_are_those_of_what_can_be_decoded(
    shelf: Shelf, tmp_path: Path, arrays: Arrays
) -> None:
    data = bytearray(shelf["bframes.mp4"].read_bytes())
    middle = len(data) // 2
    data[middle : middle + 6000] = bytes(6000)
    damaged = tmp_path / "damaged.mp4"
    damaged.write_bytes(data)
    with VideoReader(damaged, format=None, threads=1) as video:
        seen = [digest(frame) for frame in video]
        assert 0 < len(seen) <= 50
        assert any("damaged" in warning for warning in video.warnings)
    with VideoReader(damaged, format=None, threads=1) as video:
        assert len(video) >= len(seen)
        assert [digest(frame) for frame in video] == seen
        assert len(video) == len(seen)
        assert digest(video[0]) == seen[0]
    with VideoReader(damaged, width=16, height=16, threads=1) as video:
        out = arrays.of(np.zeros((60, 16, 16, 3), np.uint8))
        assert len(next(video.batches(60, out=out))) == len(video[:]) == len(seen) < 50
        assert video._warnings, "what is wrong is told with the array"
    with VideoReader(damaged, width=16, height=16, threads=1) as video:
        found = np.concatenate(list(map(arrays.to_numpy, video.batches(arrays.of(np.int64(7))))))
        assert len(found) == len(seen)
        assert np.array_equal(found[-1], arrays.to_numpy(video[-1]))
    # Nobody reads to the end: it is told when the reader is closed.
    with VideoReader(damaged, format=None, threads=1) as video:
        for frame in video:
            if frame.index == len(seen) - 2:
                break
    assert any("damaged" in warning for warning in video.warnings)
    cut = tmp_path / "cut.mkv"
    whole = shelf["groups.mkv"].read_bytes()
    cut.write_bytes(whole[: len(whole) * 2 // 3])
    with VideoReader(cut, format=None) as video:
        seen = [digest(frame) for frame in video]
        assert 10 < len(seen) < 60
        assert len(video) == len(seen)
        assert digest(video[-1]) == seen[-1]


def test_one_picture_and_none(shelf: Shelf, tmp_path: Path, arrays: Arrays) -> None:
    with VideoReader(shelf["cover.png"]) as video:
        assert len(video) == 1
        assert arrays.got(video[-1]).shape == (64, 64, 3)
        assert arrays.got(video[:]).shape == (1, 64, 64, 3)
    empty = tmp_path / "empty.mkv"
    subprocess.run(
        ["ffmpeg", "-v", "error", "-i", str(shelf["plain.mp4"]), "-c", "copy", "-frames:v", "0", "-an", str(empty)],
        check=True,
    )
    # Versions of FFmpeg differ in whether that is a video.
    try:
        counts = [len(list(VideoReader(empty))), len(VideoReader(empty)), len(VideoReader(empty)[:])]
    except transcode_py.InvalidMediaError:
        return
    assert counts == [0, 0, 0]
