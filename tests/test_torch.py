"""Tensors: what Torch alone has, and that each test of NumPy's arrays has its twin of Torch or a reason for none."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import transcode_py
from transcode_py import InvalidOptionError, VideoReader
from twins import NO_TORCH

if TYPE_CHECKING:
    from media import Shelf

# Where arrays go in or come out.
FILES = ["arrays", "audio_reader", "images", "images_bad", "images_lossy", "read_audio", "video_order", "video_reader"]
FILES += ["write_audio", "writer", "writer_misuse", "writer_stop"]

# Tests of arrays that do not take the fixture `arrays`, by the reason.
WITHOUT: dict[str, list[str]] = {
    "it stands for tensors where torch is not installed": [
        "arrays.test_tensors_share_their_memory_by_dlpack",
        "write_audio.test_dlpack",
        "writer.test_dlpack",
    ],
    "the twin is the next test, of a table of its own": [
        "arrays.test_what_does_not_fit_is_told_in_one_form",
        "arrays.test_what_cannot_be_written_to_is_told",
    ],
    "what has only the buffer protocol is no array of either": ["arrays.test_plain_buffers_are_arrays_too"],
    "the twin is in this file": ["read_audio.test_numpys_types_are_names_too"],
    "it is about the process, which a script of its own is, and which array it holds is no matter": [
        "images_bad.test_a_forked_child_reads_and_writes",
        "write_audio.test_ctrl_c_leaves_nothing",
        "write_audio.test_disk_full",
        "writer_misuse.test_a_forked_child_is_refused",
        "writer_stop.test_a_process_that_ends_leaves_nothing",
        "writer_stop.test_ctrl_c_while_it_waits_for_room",
        "writer_stop.test_disk_full",
        "writer_stop.test_memory_has_a_bound",
    ],
    "it is about who decodes a picture, and what then holds it is no matter": [
        "video_order.test_batches_of_real_files",
        "video_order.test_any_number_of_decoders_gives_the_same",
        "video_order.test_every_form",
        "video_order.test_other_questions_in_between",
        "video_order.test_a_file_that_is_gone_is_read_on",
        "video_order.test_a_file_that_shrinks_is_told",
    ],
    "it is about decoding, of many real files: the twins of generated ones take the same way": [
        "read_audio.test_damaged_real_files_end_well",
        "audio_reader.test_real_files_in_pieces",
    ],
}


def functions(name: str) -> dict[str, ast.FunctionDef]:
    """Those of a file of tests, by `FILE.NAME`."""
    tree = ast.parse((Path(__file__).parent / f"test_{name}.py").read_text(encoding="utf-8"))
    return {f"{name}.{node.name}": node for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_each_test_of_arrays_has_its_twin() -> None:
    """What uses NumPy takes the fixture `arrays`, itself or through `writer`, or is in the table."""
    tests = {name: node for file in FILES for name, node in functions(file).items() if ".test_" in name}
    excused = [name for names in WITHOUT.values() for name in names]
    taking = {name for name, node in tests.items() if any(each.arg == "arrays" for each in node.args.args)}
    using = {name for name, node in tests.items() if "np." in ast.unparse(node)}
    assert sorted(using - taking - {*excused}) == []
    assert sorted(name for name in excused if name not in tests or name in taking) == []


@pytest.fixture
def torch() -> Any:
    return pytest.importorskip("torch", reason=NO_TORCH)


def test_what_requires_grad_is_refused(torch: Any, shelf: Shelf, tmp_path: Path) -> None:
    """Everywhere: nobody would know what the gradient of it is."""
    sound, picture = torch.zeros((10, 2), requires_grad=True), torch.zeros((18, 26, 3), requires_grad=True)
    refused = r"got a Tensor that requires grad; use value\.detach\(\)"
    with pytest.raises(InvalidOptionError, match=rf"^samples: .*{refused}"):
        transcode_py.write_audio_file(tmp_path / "a.wav", sound, 48_000)
    with pytest.raises(InvalidOptionError, match=rf"^out: .*{refused}"):
        transcode_py.read_audio(shelf["plain.wav"], out=sound)
    with pytest.raises(InvalidOptionError, match=rf"^image: .*{refused}"):
        transcode_py.encode_image(picture)
    with transcode_py.VideoWriter(tmp_path / "a.mkv", fps=25) as writer:
        with pytest.raises(InvalidOptionError, match=rf"^frame: .*{refused}"):
            writer.write(picture)
        writer.write(picture.detach())
    assert [path.name for path in tmp_path.iterdir()] == ["a.mkv"]


def test_lazy_negation_is_no_other_sign(torch: Any) -> None:
    """The imaginary part of a conjugate is a view of the memory with the sign to be changed."""
    turned = torch.complex(torch.zeros(10, 2), torch.full((10, 2), 0.25)).conj().imag
    assert turned.is_neg()
    with pytest.raises(
        InvalidOptionError, match=r"^samples: expected .*; got .*signs are still to be changed; use value\.resolve_neg"
    ):
        transcode_py.write_audio_file(None, turned, 48_000, format="wav")
    data = transcode_py.write_audio_file(None, turned.resolve_neg(), 48_000, format="wav").data
    assert data is not None
    assert transcode_py.read_audio(data)[0, 0] == -0.25


def test_torchs_types_are_names_too(torch: Any, shelf: Shelf) -> None:
    assert transcode_py.read_audio(shelf["plain.wav"], dtype=torch.int16).dtype == np.int16
    with pytest.raises(InvalidOptionError, match=r"got torch\.bool; read one of these"):
        transcode_py.read_audio(shelf["plain.wav"], dtype=torch.bool)


def test_a_frame_becomes_a_tensor_of_the_same_memory(torch: Any, shelf: Shelf) -> None:
    for options in ({}, {"layout": "CHW"}, {"format": "rgbf32"}, {"format": "gray"}):
        with VideoReader(shelf["plain.mp4"], **options) as video:  # type: ignore[arg-type]
            frame = video[3]
            tensor = torch.from_dlpack(frame)
            assert tensor.data_ptr() == frame.to_numpy().ctypes.data
            assert tuple(tensor.shape) == frame.shape
            assert np.array_equal(tensor.numpy(), frame.to_numpy())
            del frame
            assert np.array_equal(tensor.numpy(), video[3].to_numpy())


@pytest.mark.parametrize("way", ["fork", "spawn", "forkserver"])
@pytest.mark.timeout(300)
@pytest.mark.usefixtures("torch")
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
