"""Pictures of a video as RGB: `frames.py WORK ours|pyav|torchcodec|decord|opencv FILE`, in a process of its own.

Work: `all` (each as an array of its own), `small` (all as 224x224 in batches of 32), `random` (32 of them), `stride` (every
30th), `bare` (decoded, and nothing made of them).
"""

from __future__ import annotations

import importlib
import random
import sys
import time
from typing import Any

SIDE = 224
BATCH = 32
STEP = 30


# What is loaded before the clock starts: some need seconds for it.
MODULES = {
    "ours": "transcode_py._native",
    "pyav": "av",
    "torchcodec": "torchcodec.decoders",
    "decord": "decord",
    "opencv": "cv2",
}


def chosen(count: int) -> list[int]:
    """The same pictures for everybody."""
    return random.Random(5).sample(range(count), BATCH)  # noqa: S311 - no secret


def ours(work: str, path: str) -> int:
    """This library."""
    import transcode_py

    size = {"width": SIDE, "height": SIDE} if work == "small" else {}
    with transcode_py.VideoReader(path, format=None if work == "bare" else "rgb24", **size) as video:  # type: ignore[arg-type]
        match work:
            case "bare":
                return sum(1 for _ in video)
            case "all":
                return sum(1 for frame in video if frame.to_numpy() is not None)
            case "small":
                return sum(len(batch) for batch in video.batches(BATCH))
            case "random":
                return len(video[chosen(len(video))])
            case _:
                return len(video[::STEP])


def pyav(work: str, path: str) -> int:
    """Decoding with all threads, pictures made one by one; it has no access by number."""
    import av
    import numpy as np

    batch, count = np.empty((BATCH, SIDE, SIDE, 3), np.uint8), 0
    with av.open(path) as source:
        source.streams.video[0].thread_type = "AUTO"
        for frame in source.decode(video=0):
            if work == "all":
                frame.to_ndarray(format="rgb24")
            elif work == "small":
                batch[count % BATCH] = frame.to_ndarray(format="rgb24", width=SIDE, height=SIDE)
            elif work == "stride" and count % STEP == 0:
                frame.to_ndarray(format="rgb24")
            count += 1
    return count


def torchcodec(work: str, path: str) -> int:
    """Its decoder with as many threads as FFmpeg takes, and its own resizing."""
    from torchcodec.decoders import VideoDecoder
    from torchcodec.transforms import Resize

    transforms: Any = [Resize((SIDE, SIDE))] if work == "small" else None
    video = VideoDecoder(path, dimension_order="NHWC", num_ffmpeg_threads=0, transforms=transforms)
    count = len(video)
    match work:
        case "all":
            return sum(1 for _ in video)
        case "small":
            ranges = ((first, min(count, first + BATCH)) for first in range(0, count, BATCH))
            return sum(len(video.get_frames_in_range(*bounds).data) for bounds in ranges)
        case "random":
            return len(video.get_frames_at(chosen(count)).data)
        case _:
            return len(video.get_frames_at(list(range(0, count, STEP))).data)


def decord(work: str, path: str) -> int:
    """Its reader, which scales while it decodes."""
    from decord import VideoReader

    size = {"width": SIDE, "height": SIDE} if work == "small" else {}
    video = VideoReader(path, **size)
    count = len(video)
    match work:
        case "all":
            return sum(1 for number in range(count) if video[number].asnumpy() is not None)
        case "small":
            ranges = (range(first, min(count, first + BATCH)) for first in range(0, count, BATCH))
            return sum(len(video.get_batch(numbers).asnumpy()) for numbers in ranges)
        case "random":
            return len(video.get_batch(chosen(count)).asnumpy())
        case _:
            return len(video.get_batch(range(0, count, STEP)).asnumpy())


def opencv(work: str, path: str) -> int:
    """Read, turned to RGB and scaled by itself."""
    import cv2
    import numpy as np

    source, count = cv2.VideoCapture(path), 0
    batch = np.empty((BATCH, SIDE, SIDE, 3), np.uint8)
    wanted = chosen(int(source.get(cv2.CAP_PROP_FRAME_COUNT))) if work == "random" else []
    for number in wanted:
        source.set(cv2.CAP_PROP_POS_FRAMES, number)
        count += int(source.read()[0])
    while work != "random":
        if work == "stride" and count % STEP:
            found = source.grab()
        else:
            found, picture = source.read()
            if found and work == "small":
                picture = cv2.resize(picture, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)
                cv2.cvtColor(picture, cv2.COLOR_BGR2RGB, dst=batch[count % BATCH])
            elif found:
                cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)
        if not found:
            break
        count += 1
    return count


if __name__ == "__main__":
    who: Any = {"ours": ours, "pyav": pyav, "torchcodec": torchcodec, "decord": decord, "opencv": opencv}[sys.argv[2]]
    for module in (MODULES[sys.argv[2]], "numpy"):
        importlib.import_module(module)
    began = time.perf_counter()
    made = who(sys.argv[1], sys.argv[3])
    took = time.perf_counter() - began
    if made < BATCH:
        raise SystemExit(f"{made} pictures")
    print(took)  # noqa: T201 - what `measure` takes for the time of the call
