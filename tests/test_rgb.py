"""Pictures that become red, green and blue by our own kernels, seen in the pixels of the output.

The truth is a float64 model after ITU-T H.273, written here: chroma between its samples by where they lie (bilinear in the
picture's own size, the bicubic model of `scaling` in another), then the matrix.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import bars
import numpy as np
import pytest
import reference
import scaling
import transcode_py
from bars import Coding

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from media import Shelf

    Planes = list[NDArray[Any]]
    Site = tuple[float, float]

MATRICES = ["smpte170m", "bt709", "bt2020nc"]
SITES: dict[str, Site] = {"left": (0, 0.5), "center": (0.5, 0.5), "topleft": (0, 0)}
TOP: Site = (0.5, 0)
LEVELS = ["scalar", "avx2", "avx512", "neon"]
SIZE = (71, 37)

# pixel format -> codec, container, order of red, green and blue, samples a pixel, bits
TARGETS = {
    "rgb24": ("rawvideo", "nut", (0, 1, 2), 3, 8),
    "bgr24": ("rawvideo", "nut", (2, 1, 0), 3, 8),
    "rgba": ("png", "mov", (0, 1, 2), 4, 8),
    "rgb0": ("rawvideo", "nut", (0, 1, 2), 4, 8),
    "bgra": ("ffv1", "mkv", (2, 1, 0), 4, 8),
    "bgr0": ("ffv1", "mkv", (2, 1, 0), 4, 8),
    "rgb48le": ("rawvideo", "nut", (0, 1, 2), 3, 16),
}


def layout(chroma: str, depth: int) -> str:
    """The pixel format of that subsampling and depth."""
    return f"yuv{chroma}p" + ("" if depth == 8 else f"{depth}le")


def shapes(name: str, size: tuple[int, int]) -> list[tuple[int, int]]:
    """Rows and columns of each plane."""
    across, down = {"420": (2, 2), "422": (2, 1), "444": (1, 1)}[name[3:6]]
    return [(size[1], size[0]), *[(-(-size[1] // down), -(-size[0] // across))] * 2]


def noise(name: str, depth: int, size: tuple[int, int] = SIZE) -> Planes:
    """Any numbers, the least and the greatest among them."""
    rng = np.random.default_rng([depth, *size])
    return [rng.integers(0, 2**depth, shape, endpoint=False) for shape in shapes(name, size)]


def smooth(name: str, depth: int, size: tuple[int, int]) -> Planes:
    """Slow waves, of which every good filter makes the same."""
    unit = 2 ** (depth - 8)
    made = []
    for index, (rows, columns) in enumerate(shapes(name, size)):
        y, x = np.mgrid[:rows, :columns] / max(rows, columns) * 6
        made.append(np.rint((125 + 40 * np.sin(x + index) * np.cos(y)) * unit).astype(int))
    return made


def clip(path: Path, coding: Coding, name: str, picture: Planes, size: tuple[int, int] = SIZE, place: str = "") -> Path:
    """Two pictures with tags, without loss."""
    data = b"".join(bars.rounded(plane, coding.depth).tobytes() for plane in picture)
    chroma = ["-chroma_sample_location", place] if place else []
    return bars.write(path, data * 2, name, size, *bars.tagging(coding), *chroma, "-c:v", "ffv1")


def bilinear(count: int, pixels: int, site: float) -> NDArray[np.float64]:
    """A matrix from the samples of a row to its pixels."""
    matrix = np.zeros((pixels, count))
    group = 1 if count == pixels else 2
    at = (np.arange(pixels) - site * (group - 1)) / group
    first = np.floor(at).astype(int)
    for step, weight in ((0, 1 - (at - first)), (1, at - first)):
        np.add.at(matrix, (np.arange(pixels), np.clip(first + step, 0, count - 1)), weight)
    return matrix


def full_chroma(picture: Planes, site: Site) -> Planes:
    """The planes with chroma for each pixel."""
    height, width = picture[0].shape
    out = [picture[0].astype(np.float64)]
    for plane in picture[1:]:
        across, down = bilinear(plane.shape[1], width, site[0]), bilinear(plane.shape[0], height, site[1])
        out.append(down @ plane @ across.T)
    return out


def to_rgb(picture: Planes, coding: Coding, bits: int = 8) -> NDArray[np.float64]:
    """Red, green and blue of planes of one size (H.273, equations 25 to 33 and 38 to 40, the other way round)."""
    red, blue = bars.SHARES[coding.matrix]
    unit, most, half = 2 ** (coding.depth - 8), 2**coding.depth - 1, 2 ** (coding.depth - 1)
    luma, blues, reds = picture
    if coding.range == "tv":
        luma, blues, reds = (luma / unit - 16) / 219, (blues - half) / unit / 224, (reds - half) / unit / 224
    else:
        luma, blues, reds = luma / most, (blues - half) / most, (reds - half) / most
    r, b = luma + (2 - 2 * red) * reds, luma + (2 - 2 * blue) * blues
    g = (luma - red * r - blue * b) / (1 - red - blue)
    rgb: NDArray[np.float64] = np.clip(np.stack([r, g, b], axis=2), 0, 1) * (2**bits - 1)
    return rgb


def to_file(source: Path, name: str, **options: Any) -> tuple[Path, transcode_py.TranscodeStats]:
    """Transcode to a format of RGB without loss."""
    codec, suffix, *_ = TARGETS[name]
    target = source.with_name(f"{source.stem}-{name}.{suffix}")
    return target, transcode_py.transcode(source, target, video_codec=codec, pixel_format=name, **options)


def pictures(path: Path, name: str, size: tuple[int, int]) -> NDArray[Any]:
    """All pictures of a file as they are stored: pictures, rows, columns, red-green-blue; alpha is opaque."""
    _, _, order, count, bits = TARGETS[name]
    assert reference.stream(path, "video")["pix_fmt"] == name
    data = reference.ffmpeg("-i", path, "-fps_mode", "passthrough", "-pix_fmt", name, "-f", "rawvideo", "-")
    values = np.frombuffer(data, "<u2" if bits == 16 else "u1").reshape(-1, size[1], size[0], count)
    if name in {"rgba", "bgra"}:
        assert (values[..., 3] == 2**bits - 1).all()
    return values[..., list(order)].astype(np.float64)


def codings(depth: int) -> Iterator[Coding]:
    """Every matrix and range."""
    for matrix, range_ in itertools.product(MATRICES, ("tv", "pc")):
        yield Coding(matrix, range_, depth)


@pytest.mark.parametrize(
    ("chroma", "place"), [*itertools.product(("420", "422"), ("left", "center", "topleft")), ("444", "left")]
)
@pytest.mark.parametrize("depth", [8, 10, 12])
def test_pixels(chroma: str, depth: int, place: str, out: Path) -> None:
    """Within 1 of exact numbers, for every matrix and range, in an odd size."""
    name = layout(chroma, depth)
    picture = noise(name, depth)
    for coding, wanted in zip(codings(depth), itertools.cycle(TARGETS), strict=False):
        source = clip(out / f"{coding.matrix}-{coding.range}.mkv", coding, name, picture, place=place)
        target, stats = to_file(source, wanted)
        assert list(stats.metrics["kernels"]) == ["yuv_to_rgb"]
        bits = TARGETS[wanted][4]
        model = to_rgb(full_chroma(picture, SITES[place]), coding, bits)
        got = pictures(target, wanted, SIZE)
        assert len(got) == 2
        assert np.abs(got - model).max() <= 1, (coding, wanted)


@pytest.mark.parametrize("depth", [8, 10])
@pytest.mark.parametrize("wanted", TARGETS)
def test_every_layout(wanted: str, depth: int, out: Path) -> None:
    """Each order of samples; the tags are those of RGB, with primaries and transfer as they were."""
    coding = Coding("bt709", "tv", depth)
    picture = noise(layout("420", depth), depth)
    source = clip(out / "in.mkv", coding, layout("420", depth), picture)
    target, _ = to_file(source, wanted)
    model = to_rgb(full_chroma(picture, SITES["left"]), coding, TARGETS[wanted][4])
    assert np.abs(pictures(target, wanted, SIZE) - model).max() <= 1
    if target.suffix == ".mkv":
        video = reference.stream(target, "video")
        assert (video["color_space"], video["color_range"]) == ("gbr", "pc")
        assert (video["color_primaries"], video["color_transfer"]) == ("bt709", "bt709")


def test_chroma_above_the_luma(out: Path) -> None:
    """A place that the conversion does not know: chroma gets its full size first, and is rounded once more."""
    coding = Coding("bt709", "tv", 10)
    picture = noise("yuv420p10le", 10)
    source = clip(out / "in.mkv", coding, "yuv420p10le", picture, place="top")
    assert reference.stream(source, "video").get("chroma_location") == "top"
    target, stats = to_file(source, "rgb24")
    assert list(stats.metrics["kernels"]) == ["yuv_to_rgb"]
    model = to_rgb(full_chroma(picture, TOP), coding)
    assert np.abs(pictures(target, "rgb24", SIZE) - model).max() <= 1


@pytest.mark.parametrize("size", [None, (50, 23)])
def test_both_colours_in_one_plane(size: tuple[int, int] | None, out: Path) -> None:
    """Two planes, the second with both colour differences. Files hold no others than NV12; a test in Rust has them."""
    coding, picture = Coding("smpte170m", "tv", 8), noise("yuv420p", 8)
    luma, *both = (plane.astype("u1") for plane in picture)
    data = luma.tobytes() + np.stack(both, axis=2).tobytes()
    source = bars.write(out / "in.nut", data * 2, "nv12", SIZE, "-c:v", "rawvideo")
    assert reference.stream(source, "video")["pix_fmt"] == "nv12"
    options: dict[str, Any] = {"resolution": size, "fit": "stretch"} if size else {}
    target, stats = to_file(source, "rgb24", **options)
    assert list(stats.metrics["kernels"]) == (["scale", "yuv_to_rgb"] if size else ["yuv_to_rgb"])
    if size is None:
        assert np.abs(pictures(target, "rgb24", SIZE) - to_rgb(full_chroma(picture, (0, 0.5)), coding)).max() <= 1
    else:
        model = scaled(picture, "yuv420p", SIZE, size, (0, 0.5), coding)
        assert np.abs(pictures(target, "rgb24", size) - model).max() <= 2


def scaled(
    picture: Planes, name: str, source: tuple[int, int], target: tuple[int, int], site: Site, coding: Coding
) -> NDArray[np.float64]:
    """RGB of the scaling model, in whole numbers."""
    down = {"420": (1, 1), "422": (1, 0), "444": (0, 0)}[name[3:6]]
    planes = []
    for plane, log2 in zip(picture, ((0, 0), down, down), strict=True):
        across, downwards = (scaling.weights(source[i], target[i], log2[i], site[i], 0) for i in (0, 1))
        planes.append(np.clip(downwards @ plane @ across.T, 0, 2**coding.depth - 1))
    return np.rint(to_rgb(planes, coding))


@pytest.mark.parametrize("target", [(160, 90), (97, 53), (33, 17), (1, 1), (400, 301), (322, 90)])
@pytest.mark.parametrize("chroma", ["420", "422", "444"])
@pytest.mark.parametrize("depth", [8, 10, 12])
def test_scaled(chroma: str, depth: int, target: tuple[int, int], out: Path) -> None:
    """Scaled and converted at once, within 2 of the models in whole numbers, up and down and in odd sizes."""
    source, name = (322, 183), layout(chroma, depth)
    place = ["left", "center", "topleft", "top"][sum(target) % 4]
    coding = list(codings(depth))[target[0] % 6]
    picture = noise(name, depth, source)
    path = clip(out / "in.mkv", coding, name, picture, source, place)
    made, stats = to_file(path, "bgr0", resolution=target, fit="stretch")
    assert list(stats.metrics["kernels"]) == ["scale", "yuv_to_rgb"]
    site = {**SITES, "top": TOP}[place]
    model = scaled(picture, name, source, target, site, coding)
    got = pictures(made, "bgr0", target)
    assert len(got) == 2
    assert np.abs(got - model).max() <= 2


@pytest.mark.parametrize("name", ["yuv420p", "yuv422p10le"])
def test_every_level_gives_the_same_pictures(name: str, out: Path) -> None:
    """The pixels are the same to the bit, scaled and not."""
    flags = transcode_py.detect_simd()
    here = [level for level in LEVELS if level == "scalar" or getattr(flags, level)]
    depth = 10 if name.endswith("le") else 8
    source = clip(out / "in.mkv", Coding("bt709", "tv", depth), name, noise(name, depth, (150, 71)), (150, 71))
    for options, wanted in itertools.product([{}, {"resolution": (77, 40), "fit": "stretch"}], ["rgb24", "bgra"]):
        seen = []
        for level in here:
            target, stats = to_file(source, wanted, simd=level, overwrite=True, **options)
            assert stats.metrics["simd"] == level
            assert "yuv_to_rgb" in stats.metrics["kernels"]
            seen.append(reference.frames(target)[0])
        assert all(frames == seen[0] for frames in seen)


@pytest.mark.parametrize("size", [(16, 16), (15, 9), (2, 2), (1, 1), (1, 8), (8, 1)])
def test_small_pictures(size: tuple[int, int], out: Path) -> None:
    """Too small for a vector, or a single pixel."""
    coding, picture = Coding("bt709", "pc", 8), noise("yuv420p", 8, size)
    target, _ = to_file(clip(out / "in.mkv", coding, "yuv420p", picture, size), "bgr0")
    assert np.abs(pictures(target, "bgr0", size) - to_rgb(full_chroma(picture, (0, 0.5)), coding)).max() <= 1


@pytest.mark.parametrize("range_", ["tv", "pc"])
@pytest.mark.parametrize("depth", [8, 10])
def test_gray_is_the_luma(depth: int, range_: str, out: Path) -> None:
    """Gray is luma of full range, scaled too."""
    coding, name = Coding("bt709", range_, depth), layout("420", depth)
    picture = noise(name, depth)
    source = clip(out / "in.mkv", coding, name, picture)
    grays = [picture[0], np.full_like(picture[0], 2 ** (depth - 1)), np.full_like(picture[0], 2 ** (depth - 1))]
    target = out / "out.mkv"
    stats = transcode_py.transcode(source, target, video_codec="ffv1", pixel_format="gray")
    assert list(stats.metrics["kernels"]) == ["yuv_to_rgb"]
    assert np.abs(reference.gray(target) - to_rgb(grays, coding)[..., 0]).max() <= 1
    stats = transcode_py.transcode(
        source, target, video_codec="ffv1", pixel_format="gray", resolution=(40, 30), fit="stretch", overwrite=True
    )
    assert list(stats.metrics["kernels"]) == ["scale", "yuv_to_rgb"]
    small = scaled(grays, layout("444", depth), SIZE, (40, 30), (0, 0), coding)[..., 0]
    assert np.abs(reference.gray(target) - small).max() <= 2
    assert reference.stream(target, "video")["color_range"] == "pc"


@pytest.mark.parametrize(
    ("options", "turns"),
    [({"video_filter": "hflip,hflip"}, 0), ({"video_filter": "null"}, 0), ({"rotate": 90}, 3), ({"rotate": 180}, 2)],
)
def test_the_rest_is_left_to_ffmpeg(options: dict[str, Any], turns: int, out: Path) -> None:
    """Filters of the user and turned pictures: no kernel is named, and the colours are right."""
    coding, size = Coding("bt709", "tv", 8), (128, 64)
    picture = smooth("yuv420p", 8, size)
    target, stats = to_file(clip(out / "in.mkv", coding, "yuv420p", picture, size), "bgr0", **options)
    assert list(stats.metrics["kernels"]) == []
    model = np.rot90(to_rgb(full_chroma(picture, (0, 0.5)), coding), turns)
    got = pictures(target, "bgr0", (model.shape[1], model.shape[0]))
    assert np.abs(got - model).max() <= 4


def test_alpha_is_left_to_ffmpeg(out: Path) -> None:
    """What is transparent stays so."""
    reference.ffmpeg(
        *("-f", "lavfi", "-i", "testsrc2=size=64x48:rate=5:duration=0.4,format=yuva420p,geq=lum=lum(X\\,Y):a=X*4"),
        *("-c:v", "ffv1", out / "in.mkv"),
    )
    target, stats = to_file(out / "in.mkv", "bgra", fit="stretch")
    assert list(stats.metrics["kernels"]) == []
    data = reference.ffmpeg("-i", target, "-frames:v", "1", "-pix_fmt", "bgra", "-f", "rawvideo", "-")
    alpha = np.frombuffer(data, np.uint8).reshape(48, 64, 4)[..., 3]
    assert (alpha == np.arange(64) * 4).all()


def test_fields_are_left_to_ffmpeg(shelf: Shelf, out: Path) -> None:
    """Each field has chroma of its own."""
    target = out / "out.mkv"
    stats = transcode_py.transcode(shelf["fields.mkv"], target, video_codec="ffv1", pixel_format="bgr0")
    assert list(stats.metrics["kernels"]) == []
    assert reference.stream(target, "video")["pix_fmt"] == "bgr0"


@pytest.mark.parametrize("fit", ["contain", "stretch", "pad", "cover"])
def test_as_ffmpeg_does_it(fit: Any, out: Path) -> None:
    """The plan tells FFmpeg's filters, which make the same picture to the eye; what pads and cuts is theirs."""
    size = (320, 180)
    both = fit in {"contain", "stretch"}
    # Of the rest only slow waves are alike: FFmpeg's scaler puts chroma elsewhere by itself.
    picture = (noise if both else smooth)("yuv420p", 8, size)
    source = clip(out / "in.mkv", Coding("bt709", "tv", 8), "yuv420p", picture, size)
    options: dict[str, Any] = {"video_codec": "ffv1", "pixel_format": "bgr0", "resolution": (200, 200), "fit": fit}
    job = transcode_py.TranscodeOptions(input=source, output=out / "out.mkv", **options)
    plan = transcode_py.Transcoder(job).plan()
    (video,) = plan.streams
    assert video.filters is not None
    assert "flags=bicubic+accurate_rnd+full_chroma_int+full_chroma_inp" in video.filters
    assert video.filters in plan.ffmpeg_command()
    stats = transcode_py.Transcoder(job).run()
    assert list(stats.metrics["kernels"]) == (["scale", "yuv_to_rgb"] if both else ["scale"])
    ours = reference.rgb(out / "out.mkv").astype(np.float64)
    theirs = reference.rgb(source, "-vf", video.filters).astype(np.float64)
    assert ours.shape == theirs.shape
    assert 10 * np.log10(255**2 / np.square(ours - theirs).mean()) > 38


@pytest.mark.parametrize("options", [{"resolution": (256, 64)}, {}])
def test_pictures_that_change_on_the_way(options: dict[str, Any], shelf: Shelf, out: Path) -> None:
    """Another matrix, range and size in the middle of a stream: every picture has the right colours and the first's size."""
    parts = []
    for coding, size in ((Coding("bt709", "tv", 8), "256:64"), (Coding("smpte170m", "pc", 8), "128:32")):
        part = out / f"{coding.matrix}.h264"
        wanted = "yuvj420p" if coding.range == "pc" else "yuv420p"
        settings = ["-c:v", "libx264", "-qp", "1", "-pix_fmt", wanted, *bars.tagging(coding)[2:]]
        scale = f"scale={size}:flags=neighbor:in_range={coding.range}:out_range={coding.range}"
        reference.ffmpeg("-i", bars.clip(shelf.folder, coding), "-vf", scale, *settings, part)
        parts.append(part.read_bytes())
    (out / "both.h264").write_bytes(b"".join(parts))
    target, stats = to_file(out / "both.h264", "bgr0", **options)
    assert stats.frames_encoded == 4
    for got in pictures(target, "bgr0", (256, 64)):
        assert np.abs(bars.spots(got) - bars.expected()).max() <= 5


def test_hdr_that_becomes_rgb(out: Path) -> None:
    """Tone mapped first, then converted by BT.709: grey stays grey."""
    size = (256, 64)
    ramp = np.broadcast_to(64 + np.arange(256) * 876 // 255, (64, 256))
    picture = [ramp, *[np.full((32, 128), 512)] * 2]
    source = clip(out / "in.mkv", Coding("bt2020nc", "tv", 10), "yuv420p10le", picture, size)
    target, stats = to_file(source, "bgr0", hdr="sdr", resolution=(128, 32))
    assert list(stats.metrics["kernels"]) == ["scale", "tone", "yuv_to_rgb"]
    got = pictures(target, "bgr0", (128, 32))[0, 10]
    assert np.ptp(got, axis=1).max() <= 3
    assert (got[0] <= 1).all()
    assert (got[-1] >= 250).all()
    assert (np.diff(got[:, 1]) >= -1).all()
