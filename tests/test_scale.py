"""Scaling by our own kernels, seen in the pixels of the output. The truth is the model in `scaling`."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import reference
import transcode_py
from scaling import FORMATS, planes, scaled

if TYPE_CHECKING:
    from pathlib import Path

    from media import Shelf

LEVELS = ["scalar", "avx2", "avx512", "neon"]


def lossless(source: Path, folder: Path, **options: Any) -> tuple[Path, transcode_py.TranscodeStats]:
    """Transcode with ffv1, so that the output's pixels are the kernels' pixels."""
    target = folder / f"{options.get('simd', 'out')}.mkv"
    return target, transcode_py.transcode(source, target, video_codec="ffv1", **options)


@pytest.mark.parametrize("target", [(160, 90), (98, 174), (320, 200), (641, 363), (33, 17), (1, 1)])
@pytest.mark.parametrize("name", FORMATS)
def test_pixels(name: str, target: tuple[int, int], out: Path) -> None:
    """Within 1 of the model, in every format, for sizes up and down, odd ones and a single pixel."""
    _, log2_w, log2_h, _ = FORMATS[name]
    size = (target[0] + target[0] % 2, target[1] + target[1] % 2) if log2_w + log2_h else target
    source = (322, 182)
    clip = out / "in.mkv"
    noisy = f"testsrc2=size={source[0]}x{source[1]}:rate=5:duration=0.4,noise=alls=30:allf=t,format={name}"
    reference.ffmpeg("-f", "lavfi", "-i", noisy, "-c:v", "ffv1", clip)
    target_path, stats = lossless(clip, out, resolution=size, fit="stretch")
    assert list(stats.metrics["kernels"]) == ["scale"]
    site = (0.0, 0.5)
    before, after = planes(clip, name, *source), planes(target_path, name, *size)
    assert len(before) == len(after) == 2
    for was, got in zip(before, after, strict=True):
        for model, plane in zip(scaled(was, name, source, size, site), got, strict=True):
            assert np.abs(model - plane).max() <= 1.0


@pytest.mark.parametrize("place", ["left", "center", "topleft", "top"])
def test_chroma_stays_in_place(place: str, out: Path) -> None:
    """Chroma that lies with the left luma, between, or above, lies there in the scaled picture too."""
    clip, site = out / "in.mkv", {"left": (0, 0.5), "center": (0.5, 0.5), "topleft": (0, 0), "top": (0.5, 0)}[place]
    noisy = "testsrc2=size=320x180:rate=5:duration=0.2,noise=alls=60,format=yuv420p"
    reference.ffmpeg("-f", "lavfi", "-i", noisy, "-c:v", "ffv1", "-chroma_sample_location", place, clip)
    assert reference.stream(clip, "video").get("chroma_location") == place
    target, _ = lossless(clip, out, resolution=(128, 72))
    assert reference.stream(target, "video").get("chroma_location") == place
    (was,), (got,) = planes(clip, "yuv420p", 320, 180), planes(target, "yuv420p", 128, 72)
    for model, plane in zip(scaled(was, "yuv420p", (320, 180), (128, 72), site), got, strict=True):
        assert np.abs(model - plane).max() <= 1.0


@pytest.mark.parametrize("clip", ["plain.mkv", "vfr.mkv"])
def test_every_level_gives_the_same_pictures(clip: str, shelf: Shelf, out: Path) -> None:
    """`simd=` names the level, `stats.metrics` tells it, and the pixels are the same to the bit."""
    flags = transcode_py.detect_simd()
    here = [name for name in LEVELS if name == "scalar" or getattr(flags, name)]
    seen = []
    for level in here:
        target, stats = lossless(shelf[clip], out, resolution=(200, None), simd=level, overwrite=True)
        assert (stats.metrics["simd"], list(stats.metrics["kernels"])) == (level, ["scale"])
        seen.append(reference.frames(target, "-map", "0:v")[0])
    assert len(seen) == len(here) > 0
    assert all(frames == seen[0] for frames in seen)


def test_a_level_that_is_not_there_is_an_error(shelf: Shelf, out: Path) -> None:
    """A word that is none, and a level of another processor, before anything is written."""
    flags = transcode_py.detect_simd()
    missing = [name for name in LEVELS if name != "scalar" and not getattr(flags, name)]
    words: list[Any] = ["avx3", *missing]
    for word in words:
        with pytest.raises(transcode_py.InvalidOptionError, match="simd"):
            transcode_py.transcode(shelf["plain.mkv"], out / "out.mkv", resolution=(160, 90), simd=word)
    assert os.listdir(out) == []


@pytest.mark.parametrize(
    ("clip", "options"),
    [
        ("plain.mkv", {}),
        ("plain.mkv", {"resolution": (320, 180)}),
        ("fields.mkv", {"resolution": (160, 96)}),
        ("plain.mkv", {"resolution": (160, 90), "rotate": 90}),
        ("gray16.mkv", {"resolution": (160, 90)}),
    ],
)
def test_the_rest_is_left_to_ffmpeg(clip: str, options: dict[str, Any], shelf: Shelf, out: Path) -> None:
    """Pictures that keep their size, have two fields, are turned first or have more than 12 bits: no kernel is named."""
    _, stats = lossless(shelf[clip], out, **options)
    assert list(stats.metrics["kernels"]) == []


@pytest.mark.parametrize("fit", ["contain", "cover", "stretch", "pad"])
def test_as_ffmpeg_scales(fit: Any, shelf: Shelf, out: Path) -> None:
    """The same picture, to the eye, as FFmpeg's scaler makes by the plan's own filters; the plan tells them."""
    job = transcode_py.TranscodeOptions(
        input=shelf["plain.mkv"], output=out / "out.mkv", video_codec="ffv1", resolution=(200, 200), fit=fit
    )
    (video,) = (s for s in transcode_py.Transcoder(job).plan().streams if s.kind == "video")
    assert video.filters is not None
    assert video.filters.startswith("scale=")
    transcode_py.Transcoder(job).run()
    ours = reference.gray(out / "out.mkv").astype(np.float64)
    theirs = reference.gray(shelf["plain.mkv"], "-vf", f"{video.filters},format=yuv420p").astype(np.float64)
    assert ours.shape == theirs.shape
    assert 10 * np.log10(255**2 / np.square(ours - theirs).mean()) > 45
