"""Tensors: what works with arrays works with Torch, without a copy where arrays have none, and in a DataLoader's workers."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest
import transcode_py
from transcode_py import VideoReader

if TYPE_CHECKING:
    from pathlib import Path

    from media import Shelf

torch = pytest.importorskip("torch", reason="torch is not installed: its wheel for Linux brings 5 GB of CUDA along")


def test_a_frame_becomes_a_tensor_of_the_same_memory(shelf: Shelf) -> None:
    for options in ({}, {"layout": "CHW"}, {"format": "rgbf32"}, {"format": "gray"}):
        with VideoReader(shelf["plain.mp4"], **options) as video:  # type: ignore[arg-type]
            frame = video[3]
            tensor = torch.from_dlpack(frame)
            assert tensor.data_ptr() == frame.to_numpy().ctypes.data
            assert tuple(tensor.shape) == frame.shape
            assert np.array_equal(tensor.numpy(), frame.to_numpy())
            del frame
            assert np.array_equal(tensor.numpy(), video[3].to_numpy())


def test_planes_become_tensors(shelf: Shelf) -> None:
    with VideoReader(shelf["plain.mp4"], format="nv12") as video:
        luma, chroma = (torch.from_numpy(plane) for plane in video[0].planes)
        assert (tuple(luma.shape), tuple(chroma.shape)) == ((180, 320), (90, 160, 2))


def test_batches_fill_a_tensor(shelf: Shelf) -> None:
    out = torch.zeros((10, 3, 32, 32))
    with VideoReader(shelf["plain.mp4"], format="rgbf32", layout="CHW", width=32, height=32) as video:
        every = video[:]
        for first, batch in zip((0, 10, 20), video.batches(10, out=out), strict=True):
            assert batch.data_ptr() == out.data_ptr()
            assert np.array_equal(batch.numpy(), every[first : first + 10])
    with (
        VideoReader(shelf["plain.mp4"], width=32, height=32) as video,
        pytest.raises(transcode_py.InvalidOptionError, match="expected uint8 array of shape"),
    ):
        next(video.batches(10, out=out))


@pytest.mark.parametrize("way", ["fork", "spawn", "forkserver"])
@pytest.mark.timeout(300)
def test_a_loader_has_workers(way: str, shelf: Shelf, tmp_path: Path) -> None:
    script = tmp_path / "loader.py"
    script.write_text(
        """
import sys
import torch
import transcode_py

class Clips(torch.utils.data.Dataset):
    def __init__(self, path):
        self.path, self.video, self.count = path, None, 50
    def __len__(self):
        return self.count
    def __getitem__(self, number):
        if self.video is None:
            self.video = transcode_py.VideoReader(self.path, width=32, height=32)
        return torch.from_dlpack(self.video[number])

class Opened(Clips):
    def __init__(self, path):
        super().__init__(path)
        self.video = transcode_py.VideoReader(path, width=32, height=32)

if __name__ == "__main__":
    with transcode_py.VideoReader(sys.argv[1], width=32, height=32) as video:
        expected = torch.from_numpy(video[:])
    # A reader that is open already goes to workers that are not forked; a forked one opens its own.
    for kind in (Clips,) if sys.argv[2] == "fork" else (Clips, Opened):
        loader = torch.utils.data.DataLoader(kind(sys.argv[1]), 7, num_workers=2, multiprocessing_context=sys.argv[2])
        assert torch.equal(torch.cat(list(loader)), expected)
""",
        encoding="utf-8",
    )
    subprocess.run([sys.executable, script, shelf["bframes.mp4"], way], check=True, timeout=200)
