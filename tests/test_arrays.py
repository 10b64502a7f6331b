"""The boundary of arrays: whatever strides an array has it is read right, and what does not fit is told in one form."""

from __future__ import annotations

import re
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from transcode_py import InvalidOptionError, UnsupportedError, decode_image, encode_image

PIXELS = np.random.default_rng(5).integers(0, 256, (14, 18, 3), dtype=np.uint8)
DEEP = np.random.default_rng(6).integers(0, 65536, (6, 10, 4), dtype=np.uint16)


def passed(array: Any, out: Any = None) -> Any:
    """What comes out when an array goes in: through a PNG, which keeps every sample."""
    return decode_image(encode_image(array), mode=None, out=out)


def unaligned(array: np.ndarray) -> np.ndarray:
    raw = np.zeros(array.nbytes + 1, np.uint8)
    raw[1:] = np.frombuffer(array.tobytes(), np.uint8)
    return np.ndarray(array.shape, array.dtype, raw, 1)


VIEWS = {
    "packed": PIXELS,
    "upside down": PIXELS[::-1],
    "mirrored": PIXELS[:, ::-1],
    "BGR": PIXELS[..., ::-1],
    "all ways backwards": PIXELS[::-1, ::-1, ::-1],
    "every other row and third column": PIXELS[::2, ::3],
    "cut out": PIXELS[3:9, 2:17],
    "Fortran order": np.asfortranarray(PIXELS),
    "turned": PIXELS.transpose(1, 0, 2),
    "channels first": np.ascontiguousarray(PIXELS.transpose(2, 0, 1)).transpose(1, 2, 0),
    "one row again and again": np.broadcast_to(PIXELS[:1], (9, 18, 3)),
    "one pixel again and again": np.broadcast_to(PIXELS[0, 0], (9, 18, 3)),
    "gray": PIXELS[..., 0],
    "one channel": PIXELS[..., :1],
    "1x1": PIXELS[:1, :1],
    "one column": PIXELS[:, :1],
    "one row": PIXELS[:1],
    "16 bits": DEEP,
    "16 bits mirrored": DEEP[:, ::-1],
    "16 bits in Fortran order": np.asfortranarray(DEEP),
    "16 bits of three channels": DEEP[..., :3],
    "16 bits at odd addresses": unaligned(DEEP),
    "read-only": np.frombuffer(PIXELS.tobytes(), np.uint8).reshape(PIXELS.shape),
}


@pytest.mark.parametrize("name", VIEWS)
def test_any_strides_give_the_right_pixels(name: str) -> None:
    view = VIEWS[name]
    found = passed(view)
    assert (found.dtype, found.shape) == (view.dtype, np.atleast_3d(view).shape)
    assert found.flags.c_contiguous
    np.testing.assert_array_equal(found, np.atleast_3d(view))


@pytest.mark.parametrize("name", VIEWS)
def test_any_strides_can_be_written_to(name: str) -> None:
    view = np.atleast_3d(VIEWS[name])
    if not view.flags.writeable or 0 in view.strides:
        pytest.skip("an array that is not to be written to")
    # Of the same strides, in memory in which whatever is beside them is seen.
    frame = np.full(4096, 7, np.uint8)
    low = sum(min(0, step * (count - 1)) for step, count in zip(view.strides, view.shape, strict=True))
    target = np.ndarray(view.shape, view.dtype, frame, -low, view.strides)
    expected = frame.copy()
    np.ndarray(view.shape, view.dtype, expected, -low, view.strides)[...] = view
    assert passed(view, target) is target
    np.testing.assert_array_equal(frame, expected)


def test_what_is_returned_lives_alone_and_can_be_written_to() -> None:
    found = passed(PIXELS)
    part = found[2:5, ::2]
    del found
    part[...] = 9
    assert (part == 9).all()
    np.testing.assert_array_equal(np.from_dlpack(passed(PIXELS)), PIXELS)


def test_memory_is_handed_over_and_not_copied() -> None:
    found = passed(PIXELS)
    memory = found.base.obj
    other = np.asarray(memory)
    assert np.shares_memory(found, other)
    assert found.ctypes.data == other.ctypes.data
    found[0, 0, 0] = PIXELS[0, 0, 0] ^ 255
    assert other[0, 0, 0] == PIXELS[0, 0, 0] ^ 255
    view = memoryview(memory)
    assert (view.readonly, view.shape, view.strides, view.format) == (False, PIXELS.shape, PIXELS.strides, "B")
    assert bytes(view) == found.tobytes()
    tensor = np.from_dlpack(found)
    assert np.shares_memory(tensor, found)


def test_plain_buffers_are_arrays_too() -> None:
    data = bytearray(PIXELS.tobytes())
    np.testing.assert_array_equal(passed(memoryview(data).cast("B", PIXELS.shape)), PIXELS)
    # It was let go: a bytearray that is held cannot grow.
    data.append(0)


class Tensor:
    """What torch's tensors are to NumPy: DLPack, and no buffer protocol."""

    def __init__(self, array: np.ndarray, device: tuple[int, int] = (1, 0), grad: bool = False) -> None:
        self.array, self.device, self.requires_grad = array, device, grad

    def __dlpack__(self, **options: Any) -> Any:
        return self.array.__dlpack__(**options)

    def __dlpack_device__(self) -> tuple[int, int]:
        return self.device


def test_tensors_share_their_memory_by_dlpack() -> None:
    np.testing.assert_array_equal(passed(Tensor(PIXELS[::-1])), PIXELS[::-1])
    out = np.zeros_like(PIXELS)
    passed(PIXELS, Tensor(out))
    np.testing.assert_array_equal(out, PIXELS)


@pytest.mark.parametrize("name", ["packed", "upside down", "channels first", "cut out", "1x1"])
def test_tensors_of_torch_are_read_as_arrays_are(name: str) -> None:
    torch = pytest.importorskip("torch", reason="torch is not installed")
    view = np.ascontiguousarray(VIEWS[name])
    tensor = torch.from_numpy(view.copy())
    np.testing.assert_array_equal(passed(tensor), view)
    out = torch.zeros_like(tensor)
    passed(view, out)
    np.testing.assert_array_equal(out.numpy(), view)
    channels_first = torch.from_numpy(view.copy()).permute(2, 0, 1).contiguous()
    np.testing.assert_array_equal(passed(channels_first.permute(1, 2, 0)), view)
    with pytest.raises(InvalidOptionError, match=r"requires grad; use value\.detach\(\)"):
        passed(torch.zeros(2, 2, 3, requires_grad=True))


IMAGE = r"image: expected uint8 or uint16 array of shape (H, W, 1|2|3|4) or (H, W); got "

# Expressions, and what is said of them: each is run in a process of its own, which a signal would end.
REFUSED = {
    "np.zeros((2, 3, 3))": 'float64 (2, 3, 3); use array.astype("uint8"), or (array * 255).astype("uint8") where',
    "np.zeros((3, 4, 6))": 'float64 (3, 4, 6); use array.transpose(1, 2, 0) and array.astype("uint8")',
    "np.zeros((3, 4, 6), 'u1')": "uint8 (3, 4, 6); use array.transpose(1, 2, 0)",
    "np.zeros((5, 5, 5), 'u1')": "uint8 (5, 5, 5); reshape it",
    "np.zeros((9, 4, 6, 3), 'u1')": "uint8 (9, 4, 6, 3); pass its items one by one, such as array[0]",
    "np.zeros(12, 'u1')": "uint8 (12,); reshape it",
    "np.zeros((), 'u1')": "a ndarray of one number; pass an array",
    "np.zeros((0, 4, 3), 'u1')": "uint8 (0, 4, 3); pass an array that is not empty",
    "np.zeros((4, 0, 3), 'u1')": "uint8 (4, 0, 3); pass an array that is not empty",
    "np.zeros((4, 4, 3), 'i8')": 'int64 (4, 4, 3); use array.astype("uint8") where its values are 0 to 255',
    "np.zeros((4, 4, 3), 'i1')": "int8 (4, 4, 3); use",
    "np.zeros((4, 4, 3), 'f2')": "float16 (4, 4, 3); use",
    "np.zeros((4, 4, 3), bool)": "bool (4, 4, 3); use",
    "np.zeros((4, 4, 3), '>u2')": ">u2 (4, 4, 3); use array.astype(array.dtype.newbyteorder('='))",
    "np.zeros((4, 4, 3), object)": "object (4, 4, 3); pass an array of numbers",
    "np.zeros((4, 4, 3), complex)": "complex128 (4, 4, 3); pass an array of numbers",
    "np.zeros((4, 4, 3), 'u1,u2')": "structured (4, 4, 3); pass an array of numbers",
    "np.zeros((4, 4, 3), 'S1')": "items of the format",
    "np.zeros((4, 4, 3), 'M8[s]')": "a ndarray of datetime64[s]; pass one that NumPy can read",
    "np.broadcast_to(np.uint8(3), (1, 2**31, 3))": "uint8 (1, 2147483648, 3); cut it: a picture has at most",
    "np.broadcast_to(np.uint8(3), (2**20, 2**20, 3))": "uint8 (1048576, 1048576, 3); cut it: a picture has at most",
    "np.broadcast_to(np.uint8(3), (2**31, 2**31))": "uint8 (2147483648, 2147483648); cut it: a picture has at most",
    "[[[1, 2, 3]]]": "a list; use numpy.asarray(...)",
    "7": "a int; pass a NumPy array or a tensor",
    "None": "a NoneType",
    "b'abcdef'": "uint8 (6,)",
    "Tensor(np.zeros((2, 2, 3), 'u1'), (2, 0))": "a Tensor on the device (2, 0); move it to the CPU, with value.cpu()",
    "Tensor(np.zeros((2, 2, 3), 'u1'), (1, 0), True)": "a Tensor that requires grad; use value.detach()",
    "Tensor(np.zeros((2, 2, 3), '>u2'))": "a Tensor of unknown type; pass one that NumPy can read",
}

SCRIPT = """
import sys
sys.path.insert(0, sys.argv[2])
import numpy as np
from test_arrays import PIXELS, Tensor, passed
import transcode_py
value = eval(sys.argv[1])
try:
    passed(*value) if isinstance(value, tuple) else passed(value)
except transcode_py.InvalidOptionError as error:
    print(error)
"""


def told(expression: str) -> str:
    command = [sys.executable, "-c", textwrap.dedent(SCRIPT), expression, str(Path(__file__).parent)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, f"exit status {done.returncode}\n{done.stderr[-3000:]}"
    return done.stdout


@pytest.mark.parametrize("expression", REFUSED)
def test_what_does_not_fit_is_told_in_one_form(expression: str) -> None:
    assert told(expression).startswith(IMAGE + REFUSED[expression])


OUT = r"out: expected uint8 array of shape (14, 18, 3); got "
REFUSED_OUTS = {
    "np.frombuffer(PIXELS.tobytes(), 'u1').reshape(PIXELS.shape)": "read-only uint8 (14, 18, 3); pass array.copy()",
    "np.broadcast_to(PIXELS[:1], PIXELS.shape)": "read-only uint8",
    "np.lib.stride_tricks.as_strided(PIXELS, (14, 18, 3), (54, 0, 1))": "overlapping uint8 (14, 18, 3); pass an array",
    "np.lib.stride_tricks.as_strided(PIXELS, (14, 18, 3), (54, 2, 1))": "overlapping uint8 (14, 18, 3); pass an array",
    "np.lib.stride_tricks.as_strided(PIXELS[::-1], (14, 18, 3), (-53, 3, 1))": "overlapping uint8 (14, 18, 3)",
    "np.zeros((14, 18, 4), 'u1')": "uint8 (14, 18, 4); reshape it",
    "np.zeros((14, 18, 3), 'f4')": "float32 (14, 18, 3); use",
    "np.zeros((14, 18, 3), '>u2')": ">u2 (14, 18, 3); use",
    "b'abc'": "uint8 (3,); reshape it",
    "[1]": "a list; use numpy.asarray(...)",
}


@pytest.mark.parametrize("out", REFUSED_OUTS)
def test_what_cannot_be_written_to_is_told(out: str) -> None:
    assert told(f"(PIXELS, {out})").startswith(OUT + REFUSED_OUTS[out])


def test_without_numpy_the_error_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    data = encode_image(PIXELS)
    monkeypatch.setitem(sys.modules, "numpy", None)
    with pytest.raises(UnsupportedError, match=re.escape("pip install numpy")):
        decode_image(data)
    assert encode_image(memoryview(PIXELS.tobytes()).cast("B", PIXELS.shape)) == data
