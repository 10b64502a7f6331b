"""An hour of sound as 16 kHz mono: `hour.py ours|reader|pyav|torchcodec FILE`, in a process of its own."""

from __future__ import annotations

import importlib
import sys
import time
from typing import Any

from frames import MODULES

RATE = 16_000


def ours(path: str) -> int:
    """In one call."""
    import transcode_py

    return len(transcode_py.read_audio(path, RATE, 1))


def reader(path: str) -> int:
    """In pieces of a second, none of which is kept."""
    import transcode_py

    with transcode_py.AudioReader(path, RATE, 1) as audio:
        return sum(map(len, audio))


def pyav(path: str) -> int:
    """As its documentation does: decoded, resampled, joined."""
    import av
    import numpy as np

    resampler = av.AudioResampler(format="flt", layout="mono", rate=RATE)
    pieces: list[Any] = []
    with av.open(path) as source:
        for frame in source.decode(audio=0):
            pieces += [piece.to_ndarray() for piece in resampler.resample(frame)]
        pieces += [piece.to_ndarray() for piece in resampler.resample(None)]
    return int(np.concatenate(pieces, axis=1).shape[1])


def torchcodec(path: str) -> int:
    """In one call."""
    decoders: Any = importlib.import_module("torchcodec.decoders")
    decoder = decoders.AudioDecoder(path, sample_rate=RATE, num_channels=1)
    return int(decoder.get_all_samples().data.shape[1])


if __name__ == "__main__":
    work = {"ours": ours, "reader": reader, "pyav": pyav, "torchcodec": torchcodec}[sys.argv[1]]
    for module in (MODULES.get(sys.argv[1], MODULES["ours"]), "numpy"):
        importlib.import_module(module)
    began = time.perf_counter()
    count = work(sys.argv[2])
    took = time.perf_counter() - began
    if count < RATE:
        raise SystemExit(f"{count} samples")
    print(took)  # noqa: T201 - what `measure` takes for the time of the call
