"""`compare()`: two streams of pictures measured against each other."""

from __future__ import annotations

from . import _native
from .comparison import Comparison
from .errors import InvalidOptionError
from .files import Opened
from .media import Url, source
from .options import TranscodeOptions, values_of
from .progress import watcher, watcher_async
from .watch import watch, watch_async

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, Literal

    from .typed import Input, Metrics, ProgressLike, Seconds

__all__ = ["compare", "compare_async"]

_BOTH = 2
# What FFmpeg counts streams in.
_MOST_STREAMS = 1 << 31


def compare(
    a: Input,
    b: Input,
    metrics: Metrics = ("psnr", "ssim", "xpsnr"),
    *,
    video: int | Sequence[int | None] | None = None,
    progress: ProgressLike | None = None,
    threads: int | None = None,
    simd: Literal["auto", "scalar", "avx2", "avx512", "neon"] = "auto",
    timeout: Seconds | None = None,
    strict: bool = False,
    max_pixels: int = 67_108_864,
) -> Comparison:
    """Measure the pictures of `a`, the distorted input, against those of `b`, the reference.

    For psnr and ssim the order does not matter, for xpsnr it does; and `b` decides the format that is measured.

    Frames are paired by time, in seconds from the first frame of each stream, where they lie within half a frame of each
    other, at constant and variable rates. Frames that have no partner are not measured; they are counted and told in
    the warnings. Pictures are turned upright where one of the two says that it is to be turned. Nothing is scaled.
    Where the pixel formats or ranges differ, the pictures are converted to those of `b`, with a warning; transparency
    is not measured. The GIL is free meanwhile.

    Args:
        a: The distorted input: a local path, `bytes`-like data, a binary file object or a `Url`.
        b: The reference, in the same forms.
        metrics: Some of `"psnr"`, `"ssim"`, `"ms_ssim"` and `"xpsnr"`, or one of them. psnr and ssim are those of
            FFmpeg's filters. One that the pictures cannot be measured by (xpsnr of RGB, ms_ssim below 176 pixels) is
            left out with a warning.
        video: Which video stream of each to take: an index of `probe()` for both, or one for `a` and one for `b`. By
            default the first of each.
        progress: Called with a `Progress` on this thread, at most ten times a second; what it raises stops the work
            and is raised. `True` shows a bar on stderr, `"tqdm"` and `"rich"` show theirs.
        threads: Threads of each decoder. `None` or 0 takes what the machine has and other jobs leave.
        simd: Instructions that the measures use; the values are the same with all of them, ssim to six digits.
        timeout: Stop with an error when it takes longer, in seconds.
        strict: Fail at the first damage in an input instead of telling it in the warnings.
        max_pixels: Refuse an input whose frames hold more pixels, before memory is taken for them.

    Returns:
        Values of each frame and over all. Its warnings are also logged to the logger `transcode_py`.

    Raises:
        InputNotFoundError: An input does not exist.
        InvalidMediaError: An input cannot be read or has no pictures, or no two pictures have the same time.
        InvalidOptionError: A metric is unknown, an option is wrong, or the pictures differ in size.
        TranscodeError: Another of its kinds.
        KeyboardInterrupt: Ctrl-C; nothing goes on, and no file is open.

    Example:
        ```python
        found = transcode_py.compare("small.mp4", "input.mp4")
        print(found.psnr, found.ssim, min(found.values["psnr"]["y"]))
        ```
    """
    job = _job(
        metrics,
        video,
        {"threads": threads, "simd": simd, "timeout": timeout, "strict": strict, "max_pixels": max_pixels},
    )
    with watcher(progress) as show, _opened(a, b) as media, _task(media, *job) as task:
        return Comparison(**watch(task, show))


async def compare_async(
    a: Input,
    b: Input,
    metrics: Metrics = ("psnr", "ssim", "xpsnr"),
    *,
    video: int | Sequence[int | None] | None = None,
    progress: ProgressLike | None = None,
    threads: int | None = None,
    simd: Literal["auto", "scalar", "avx2", "avx512", "neon"] = "auto",
    timeout: Seconds | None = None,  # noqa: ASYNC109 - that of `compare()`, which is an error of its own kind
    strict: bool = False,
    max_pixels: int = 67_108_864,
) -> Comparison:
    """Measure as `compare()` does, on threads of its own while the event loop goes on.

    A cancelled task raises `CancelledError` here when the work has ended: its threads are gone and its files closed.

    Args:
        a: The distorted input.
        b: The reference.
        metrics: What is measured.
        video: Which video stream of each to take.
        progress: A function or an `async def`, called with a `Progress` on the loop's thread, at most ten times a
            second; or `True`, `"tqdm"` or `"rich"` for a bar.
        threads: Threads of each decoder.
        simd: Instructions that the measures use.
        timeout: Stop with an error when it takes longer, in seconds.
        strict: Fail at the first damage in an input.
        max_pixels: Refuse an input whose frames hold more pixels.

    Returns:
        Values of each frame and over all.

    Raises:
        TranscodeError: One of its kinds, as from `compare()`.
    """
    job = _job(
        metrics,
        video,
        {"threads": threads, "simd": simd, "timeout": timeout, "strict": strict, "max_pixels": max_pixels},
    )
    with watcher_async(progress) as show, _opened(a, b) as media, _task(media, *job) as task:
        return Comparison(**await watch_async(task, show))


def _task(media: Any, names: list[str], streams: tuple[Any, Any], values: Any) -> _native.Task:
    a, b = media
    return _native.compare(a, b, names, streams, values)


def _job(metrics: Any, video: Any, options: dict[str, Any]) -> tuple[list[str], tuple[Any, Any], Any]:
    names = [metrics] if isinstance(metrics, str) else metrics
    if not hasattr(names, "__iter__"):
        message = (
            f"metrics; expected names such as 'psnr'; got {names!r}; name them as text, or leave them out for all three"
        )
        raise InvalidOptionError(message)
    names = list(names)
    for name in names:
        if not isinstance(name, str):
            message = f"metrics; expected names such as 'psnr'; got {name!r}; name them as text"
            raise InvalidOptionError(message)
    return names, _streams(video), values_of(TranscodeOptions(**options))


def _streams(video: Any) -> tuple[Any, Any]:
    pair = tuple(video) if isinstance(video, (list, tuple)) else (video, video)
    if len(pair) != _BOTH or not all(map(_fits, pair)):
        message = (
            "video; expected the index of a video stream, or one for a and one for b; "
            f"got {video!r}; probe() tells the indices"
        )
        raise InvalidOptionError(message)
    return pair


def _fits(index: Any) -> bool:
    return index is None or (isinstance(index, int) and not isinstance(index, bool) and 0 <= index < _MOST_STREAMS)


def _opened(a: Any, b: Any) -> Opened:
    first, second = source(a), source(b)
    if first is second and not isinstance(first, (str, bytes, Url)):
        message = (
            "a and b are one file object; expected two, since each is read at its own place; "
            f"got {first!r} twice; open the file twice"
        )
        raise InvalidOptionError(message)
    return Opened(first, second, sources=2)
