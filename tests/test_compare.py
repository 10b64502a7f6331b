"""`compare()`: its values are those of FFmpeg's filters, its pairs those of the same time, and nothing is passed over."""

from __future__ import annotations

import io
import math
import re
from typing import TYPE_CHECKING, Any

import pytest
import reference
import remains
import transcode_py
from transcode_py import (
    Comparison,
    InputNotFoundError,
    InvalidMediaError,
    InvalidOptionError,
    compare,
)

from media import REAL, ROOT

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from media import Shelf

CLIP = ROOT / "media" / "sintel_excerpt.mp4"
LOW = ["-c:v", "libx264", "-preset", "ultrafast", "-crf", "38"]
VP9 = ["-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-crf", "50", "-b:v", "0"]
HEVC = ["-c:v", "libx265", "-preset", "ultrafast", "-crf", "38", "-x265-params", "log-level=error"]

# Real clips, and encoders that take their size and depth: 8, 10 and 12 bits, all kinds of chroma, odd sizes.
PAIRS = {
    "h265_bframes.mp4": LOW,
    "bear-vp9.webm": LOW,
    "tears_of_steel.webm": LOW,
    "testsrc2_odd_height_and_width_444.mp4": LOW,
    "h264_10bits.mp4": LOW,
    "apple-prores-422.mov": LOW,
    "testsrc2_odd_height_and_width_vp9_10bit.mp4": VP9,
    "testsrc2_12bit_hdr.mp4": HEVC,
}


def lossless(source: Path, target: Path, *filters: str) -> Path:
    reference.ffmpeg("-i", source, "-an", *filters, "-c:v", "ffv1", target)
    return target


def encoded(source: Path, target: Path, encoder: Sequence[str] = LOW) -> Path:
    reference.ffmpeg("-i", source, "-an", *encoder, target)
    return target


def pictures(source: Path) -> list[reference.Frame]:
    (found,) = reference.frames(source, "-map", "0:V:0").values()
    return found


def of_ffmpeg(a: Path, b: Path, folder: Path) -> dict[str, dict[str, list[float]]]:
    """What FFmpeg's filters give for each frame, by the same names."""
    # It pairs by the times as they are; here every frame has a partner, and its number is its time.
    number = "settb=1/25,setpts=N,split"
    graph = (
        f"[0:v]{number}[a][c];[1:v]{number}[b][d];"
        f"[a][b]psnr,metadata=print:file={folder}/psnr.txt;[c][d]ssim,metadata=print:file={folder}/ssim.txt"
    )
    reference.ffmpeg("-i", a, "-i", b, "-lavfi", graph, "-f", "null", "-")
    keys = {"psnr": r"lavfi\.psnr\.psnr[._](\w+)=(\S+)", "ssim": r"lavfi\.ssim\.(\w+)=(\S+)"}
    found: dict[str, dict[str, list[float]]] = {}
    for metric, key in keys.items():
        planes = found.setdefault(metric, {})
        for name, value in re.findall(key, (folder / f"{metric}.txt").read_text(encoding="utf-8")):
            planes.setdefault({"avg": "all"}.get(name.lower(), name.lower()), []).append(float(value))
    return found


def psnr_of_mean(values: Sequence[float]) -> float:
    """What FFmpeg's summary tells: that of the mean error."""
    mean = sum(10 ** (-value / 10) for value in values) / len(values)
    return -10 * math.log10(mean) if mean else math.inf


def agrees(found: Comparison, expected: dict[str, dict[str, list[float]]]) -> None:
    for metric in ("psnr", "ssim"):
        assert set(found.values[metric]) <= set(expected[metric])
        for plane, values in found.values[metric].items():
            others = expected[metric][plane]
            assert values == pytest.approx(others, abs=1e-4), (metric, plane)
            pooled = psnr_of_mean(others) if metric == "psnr" else sum(others) / len(others)
            assert found.pooled[metric][plane] == pytest.approx(pooled, abs=1e-4), (metric, plane)


@pytest.mark.parametrize("name", PAIRS)
def test_real_clips_measure_as_by_ffmpeg(name: str, tmp_path: Path) -> None:
    source = REAL / name
    if not source.exists():
        pytest.skip("the real media are not here")
    low = encoded(source, tmp_path / "low.mkv", PAIRS[name])
    found = compare(low, source)
    assert found.unpaired_a == found.unpaired_b == 0
    assert found.frames == len(pictures(source))
    assert found.warnings == ()
    agrees(found, of_ffmpeg(low, source, tmp_path))
    assert 0 < min(found.values["xpsnr"]["all"]) < 100


@pytest.mark.parametrize("name", ["plain.mkv", "yuv444.mkv", "gray.mkv", "gray16.mkv", "planar-rgb.mkv", "vfr.mkv"])
def test_generated_clips_measure_as_by_ffmpeg(name: str, shelf: Shelf, tmp_path: Path) -> None:
    # The filter knows few formats.
    same = ["-pix_fmt", reference.streams(shelf[name], "video")[0]["pix_fmt"], "-fps_mode", "passthrough"]
    noisy = lossless(shelf[name], tmp_path / "noisy.mkv", "-vf", "noise=alls=20:allf=t", *same)
    found = compare(noisy, shelf[name], ("ssim", "psnr"))
    assert found.metrics == ("ssim", "psnr")
    assert (found.unpaired_a, found.unpaired_b) == (0, 0)
    agrees(found, of_ffmpeg(noisy, shelf[name], tmp_path))


def test_what_is_equal_is_infinitely_so(shelf: Shelf) -> None:
    found = compare(shelf["plain.mkv"], shelf["plain.mkv"], ("psnr", "ssim", "ms_ssim", "xpsnr"))
    assert (found.psnr, found.ssim, found.ms_ssim, found.xpsnr) == (math.inf, 1.0, 1.0, math.inf)
    assert found.warnings == ()
    assert found.times == pytest.approx([n / 25 for n in range(25)])
    assert list(found.values["psnr"]) == ["all", "y", "u", "v"]
    assert list(found.values["ms_ssim"]) == ["all", "y"]
    assert (found.width, found.height, found.pixel_format) == (320, 180, "yuv420p")
    assert str(found) == "psnr inf, ssim 1, ms_ssim 1, xpsnr inf (25 frames)"


def test_the_order_matters_to_xpsnr_alone(shelf: Shelf, tmp_path: Path) -> None:
    low = encoded(shelf["plain.mkv"], tmp_path / "low.mkv")
    one, other = compare(low, shelf["plain.mkv"]), compare(shelf["plain.mkv"], low)
    for metric in ("psnr", "ssim"):
        assert one.pooled[metric]["all"] == pytest.approx(other.pooled[metric]["all"], rel=1e-12)
    assert one.xpsnr != other.xpsnr


# Pairs


@pytest.mark.parametrize("shift", ["-3", "0.017", "1000"])
def test_a_shifted_start_pairs_right(shift: str, shelf: Shelf, tmp_path: Path) -> None:
    shifted = tmp_path / "shifted.ts"
    move = ["-c", "copy", "-muxdelay", "0", "-output_ts_offset", shift]
    reference.ffmpeg("-i", shelf["bframes.mp4"], *move, shifted)
    found = compare(shifted, shelf["bframes.mp4"], "psnr")
    assert (found.frames, found.unpaired_a, found.unpaired_b, found.psnr) == (50, 0, 0, math.inf)


def test_pictures_that_begin_late_in_their_file_are_told(shelf: Shelf, tmp_path: Path) -> None:
    alone = lossless(shelf["late-picture.mkv"], tmp_path / "alone.mkv")
    found = compare(shelf["late-picture.mkv"], alone, "psnr")
    assert (found.unpaired_a, found.unpaired_b, found.psnr) == (0, 0, math.inf)
    assert len(found.warnings) == 1
    assert re.search(r"of a begin at 0\.3\d\d s and those of b at 0\.000 s", found.warnings[0])


def test_dropped_frames_are_counted_and_move_no_other(
    shelf: Shelf, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    some = tmp_path / "some.mkv"
    lossless(shelf["plain.mkv"], some, "-vf", "select='not(eq(n,5)+eq(n,11)+eq(n,24))'", "-fps_mode", "passthrough")
    found = compare(some, shelf["plain.mkv"])
    assert (found.frames, found.unpaired_a, found.unpaired_b) == (22, 0, 3)
    assert (found.psnr, found.ssim) == (math.inf, 1.0)
    warning = "b: 3 frames are not measured, the first at 0.200 s: a has none within half a frame"
    assert found.warnings == (warning,)
    assert warning in caplog.messages
    turned = compare(shelf["plain.mkv"], some, "psnr")
    assert (turned.frames, turned.unpaired_a, turned.unpaired_b) == (22, 3, 0)
    assert [round(at * 25) for at in turned.times] == [n for n in range(25) if n not in {5, 11, 24}]


def test_a_variable_rate_pairs_with_a_constant_one(shelf: Shelf) -> None:
    # Every seventh and every third of 50 frames, encoded anew.
    times = [frame.time for frame in pictures(shelf["vfr.mkv"])]
    found = compare(shelf["vfr.mkv"], shelf["bframes.mp4"], "ssim")
    assert found.frames == len(times)
    assert (found.unpaired_a, found.unpaired_b) == (0, 50 - len(times))
    assert found.times == pytest.approx([float(at) for at in times], abs=0.002)
    assert min(found.values["ssim"]["all"]) > 0.9


def test_half_the_rate_measures_every_other_frame(shelf: Shelf, tmp_path: Path) -> None:
    half = lossless(shelf["bframes.mp4"], tmp_path / "half.mkv", "-vf", "select='not(mod(n,2))',fps=12.5")
    found = compare(half, shelf["bframes.mp4"], "psnr")
    assert (found.frames, found.unpaired_a, found.unpaired_b) == (25, 0, 25)
    assert found.psnr == math.inf


def test_damage_is_told_with_the_name_of_its_input(shelf: Shelf, tmp_path: Path) -> None:
    data = bytearray(shelf["groups.ts"].read_bytes())
    middle = len(data) // 2 // 188 * 188
    data[middle : middle + 188 * 12] = b"\x47\x1f\xff\x10" * (47 * 12)
    broken = tmp_path / "broken.ts"
    broken.write_bytes(data)
    found = compare(broken, shelf["bframes.mp4"], "psnr")
    assert any(warning.startswith("a: stream 0: ") for warning in found.warnings)
    assert found.frames > 0
    with pytest.raises(InvalidMediaError, match="damaged") as caught:
        compare(shelf["bframes.mp4"], broken, "psnr", strict=True)
    assert caught.value.path == str(broken)


# Forms


def test_another_size_is_an_error_that_says_the_fix(shelf: Shelf) -> None:
    with pytest.raises(InvalidOptionError, match=r"640x360; got 320x180 of a; .*resolution=\(640, 360\)"):
        compare(shelf["plain.mkv"], shelf["bt709.mkv"])


def test_a_size_that_changes_on_the_way_is_an_error(shelf: Shelf) -> None:
    with pytest.raises(InvalidOptionError, match="change their size; expected 320x180"):
        compare(shelf["resize.ts"], shelf["resize.ts"], "psnr")


@pytest.mark.parametrize(
    ("a", "b", "format"),
    [
        ("tenbit.mkv", "plain.mkv", "yuv420p"),
        ("plain.mkv", "tenbit.mkv", "yuv420p10le"),
        ("dnxhr.mov", "plain.mkv", "yuv420p"),
        ("plain.mkv", "planar-rgb.mkv", "gbrp"),
    ],
)
def test_other_formats_become_that_of_the_reference_with_a_warning(a: str, b: str, format: str, shelf: Shelf) -> None:
    found = compare(shelf[a], shelf[b], ("psnr", "ssim"))
    assert found.pixel_format == format
    (warning,) = (warning for warning in found.warnings if "converted" in warning)
    assert warning.startswith("a: its pictures are ")
    assert f"converted to {format}" in warning
    assert found.psnr is not None
    assert found.psnr > 20


def test_ranges_become_that_of_the_reference(shelf: Shelf, tmp_path: Path) -> None:
    # The same picture in both: what is left is rounding.
    full = lossless(shelf["plain.mkv"], tmp_path / "full.mkv", "-vf", "scale=out_range=full", "-color_range", "pc")
    found = compare(full, shelf["plain.mkv"])
    assert "a: its pictures are yuv420p of full range; they were converted to yuv420p of limited range" in str(
        found.warnings
    )
    assert found.psnr is not None
    assert found.psnr > 48


@pytest.mark.parametrize("name", ["rgb.mov", "alpha.mov", "palette.gif", "alpha.webm", "full-range.avi"])
def test_formats_that_cannot_be_measured_are_brought_near(name: str, shelf: Shelf) -> None:
    found = compare(shelf[name], shelf[name])
    assert found.psnr == math.inf
    told = any(warning.startswith("b: its pictures are ") for warning in found.warnings)
    assert told == (name in {"rgb.mov", "alpha.mov", "palette.gif"})
    if told:
        assert list(found.pooled["psnr"]) == ["all", "r", "g", "b"]
        assert any(warning.startswith("xpsnr is left out") for warning in found.warnings)
        assert found.metrics == ("psnr", "ssim")
        assert found.xpsnr is None


@pytest.mark.parametrize(("size", "matrix"), [("640x360", "bt601"), ("1280x720", "bt709")])
def test_rgb_is_converted_by_the_matrix_that_is_meant(size: str, matrix: str, tmp_path: Path) -> None:
    """Our own RGB of a picture is that picture, whichever of them is the reference; by the other matrix it is not."""
    source = tmp_path / "yuv.mkv"
    # From RGB, so that all colours are some.
    scale = f"scale=out_color_matrix={matrix}:flags=accurate_rnd+full_chroma_int,format=yuv444p"
    smooth = f"testsrc2=size={size}:rate=5:duration=0.4,format=gbrp,gblur=8,{scale},setparams=colorspace=unknown"
    reference.ffmpeg("-f", "lavfi", "-i", smooth, "-c:v", "ffv1", source)
    made = tmp_path / "rgb.mkv"
    transcode_py.transcode(source, made, video_codec="ffv1", pixel_format="bgr0")
    for pair in ((made, source), (source, made)):
        found = compare(*pair, "psnr").psnr
        assert found is not None
        assert found > 49


def test_what_is_to_be_turned_compares_with_what_was(shelf: Shelf, tmp_path: Path) -> None:
    turned = tmp_path / "turned.mkv"
    transcode_py.transcode(shelf.rotated(90), turned, video_codec="ffv1")
    for a, b in ((turned, shelf.rotated(90)), (shelf.rotated(90), turned)):
        found = compare(a, b, "psnr")
        assert (found.width, found.height, found.psnr) == (180, 320, math.inf)
    assert compare(shelf.rotated(90), shelf.rotated(90), "psnr").width == 320


def test_colours_of_other_names_are_told(shelf: Shelf, tmp_path: Path) -> None:
    named = tmp_path / "named.mkv"
    tags = ["-colorspace", "smpte170m", "-color_primaries", "smpte170m", "-color_trc", "smpte170m"]
    reference.ffmpeg("-i", shelf["bt709.mkv"], "-c:v", "ffv1", *tags, named)
    (warning,) = compare(named, shelf["bt709.mkv"], "psnr").warnings
    assert "matrix smpte170m and bt709" in warning


# Arguments


@pytest.mark.parametrize(
    ("metrics", "text"),
    [
        (("psnr", "vmaff"), r"unknown metric; expected some of psnr, ssim, ms_ssim, xpsnr; got 'vmaff'"),
        ("psnrr", "did you mean psnr"),
        (("ssim", "ms-sim"), "did you mean ms_ssim"),
        ((), "got none"),
        ((3,), "got 3"),
        (None, "got None"),
        (5, "got 5"),
    ],
)
def test_a_wrong_metric_is_an_error_before_any_work(metrics: Any, text: str) -> None:
    with pytest.raises(InvalidOptionError, match=text):
        compare("nothing.mp4", "nothing.mp4", metrics)


def test_a_stream_beyond_all_numbers_is_an_error() -> None:
    with pytest.raises(InvalidOptionError, match="video; expected the index"):
        compare("nothing.mp4", "nothing.mp4", video=2**70)


def test_gray_that_does_not_tell_its_range_is_full(shelf: Shelf, tmp_path: Path) -> None:
    """What we make of a clip equals the clip, also in a container that stores no range."""
    gray = tmp_path / "gray.avi"
    transcode_py.transcode(shelf["plain.mkv"], gray, video_codec="ffv1", pixel_format="gray", audio=False)
    kept = lossless(gray, tmp_path / "kept.mkv")
    assert compare(gray, kept, "psnr").psnr == math.inf


def test_a_metric_that_does_not_fit_is_left_out_unless_it_is_all(shelf: Shelf) -> None:
    small = shelf["plain.gif"]
    found = compare(small, small, ("psnr", "ms_ssim"))
    assert found.metrics == ("psnr",)
    assert found.ms_ssim is None
    assert any(warning.startswith("ms_ssim is left out: it needs 176 pixels") for warning in found.warnings)
    with pytest.raises(InvalidOptionError, match="no metric is left"):
        compare(small, small, "ms_ssim")


def test_inputs_without_pictures(shelf: Shelf, tmp_path: Path) -> None:
    with pytest.raises(InvalidMediaError, match="a has no pictures; expected a video stream; got audio; pass"):
        compare(shelf["plain.wav"], shelf["plain.mkv"])
    with pytest.raises(InvalidMediaError, match="b has no pictures"):
        compare(shelf["plain.mkv"], shelf["plain.wav"])
    with pytest.raises(InputNotFoundError):
        compare(shelf["plain.mkv"], tmp_path / "nothing.mkv")
    with pytest.raises(InvalidMediaError):
        compare(b"no media at all", shelf["plain.mkv"])


def test_streams_are_chosen_by_index(shelf: Shelf, tmp_path: Path) -> None:
    both = tmp_path / "both.mkv"
    parts = ["-map", "1:a", "-map", "0:v", "-map", "1:v", "-c", "copy"]
    reference.ffmpeg("-i", shelf["bframes.mp4"], "-i", shelf["plain.mkv"], *parts, both)
    assert compare(both, shelf["bframes.mp4"], "psnr").psnr == math.inf
    assert compare(both, shelf["plain.mkv"], "psnr", video=(2, None)).psnr == math.inf
    assert compare(both, both, "psnr", video=2).frames == 25
    with pytest.raises(InvalidOptionError, match=r"a has no video stream 0; .*got audio, video, video"):
        compare(both, both, video=0)
    for wrong in (True, -1, "eng", (1,), (1, 2, 3), 1.5):
        with pytest.raises(InvalidOptionError, match="video; expected the index"):
            compare(both, both, video=wrong)  # type: ignore[arg-type]


def test_inputs_are_what_they_are_everywhere(shelf: Shelf) -> None:
    path = shelf["plain.mkv"]
    data = path.read_bytes()
    expected = compare(path, path)
    with path.open("rb") as file, path.open("rb") as other:
        for a, b in ((data, bytearray(data)), (file, other), (file, str(path)), (data, io.BytesIO(data))):
            found = compare(a, b)
            assert found.values == expected.values
            assert (found.a, found.b) == (None, str(path) if b == str(path) else None)
        with pytest.raises(InvalidOptionError, match="one file object; expected two"):
            compare(file, file)
    assert compare(data, data, "psnr").psnr == math.inf


class Breaking(io.BytesIO):
    """A file that breaks after a while."""

    def read(self, size: int | None = -1, /) -> bytes:
        if self.tell() > 4096:
            message = "it broke"
            raise ArithmeticError(message)
        return super().read(min(size or 0, 2048))


def test_what_a_file_object_raises_comes_out_itself(shelf: Shelf) -> None:
    with remains.nothing(), pytest.raises(ArithmeticError, match="it broke"):
        compare(shelf["bframes.mp4"], Breaking(shelf["bframes.mp4"].read_bytes()))
