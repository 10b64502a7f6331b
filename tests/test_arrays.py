"""The boundary of arrays: whatever strides an array has it is read right, and what does not fit is told in one form."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from transcode_py import UnsupportedError, decode_image, encode_image
from twins import NO_TORCH, both

if TYPE_CHECKING:
    from twins import Arrays

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

# Torch has no strides below zero.
NO_TENSORS = {"upside down", "mirrored", "BGR", "all ways backwards", "16 bits mirrored"}
WRITABLE = [name for name, view in VIEWS.items() if view.flags.writeable and 0 not in view.strides]


@pytest.mark.parametrize(("arrays", "name"), both(VIEWS, NO_TENSORS), indirect=["arrays"])
def test_any_strides_give_the_right_pixels(name: str, arrays: Arrays) -> None:
    view = VIEWS[name]
    found = passed(arrays.of(view))
    assert (found.dtype, found.shape) == (view.dtype, np.atleast_3d(view).shape)
    assert found.flags.c_contiguous
    np.testing.assert_array_equal(arrays.to_numpy(found), np.atleast_3d(view))


@pytest.mark.parametrize(("arrays", "name"), both(WRITABLE, NO_TENSORS), indirect=["arrays"])
def test_any_strides_can_be_written_to(name: str, arrays: Arrays) -> None:
    view = np.atleast_3d(VIEWS[name])
    # Of the same strides, in memory in which whatever is beside them is seen.
    frame = np.full(4096, 7, np.uint8)
    low = sum(min(0, step * (count - 1)) for step, count in zip(view.strides, view.shape, strict=True))
    target = np.ndarray(view.shape, view.dtype, frame, -low, view.strides)
    expected = frame.copy()
    np.ndarray(view.shape, view.dtype, expected, -low, view.strides)[...] = view
    given = arrays.of(target)
    assert passed(view, given) is given
    np.testing.assert_array_equal(frame, expected)


def test_what_is_returned_lives_alone_and_can_be_written_to(arrays: Arrays) -> None:
    found = passed(PIXELS)
    part = arrays.got(found)[2:5, ::2]
    del found
    part[...] = 9
    assert (part == 9).all()
    np.testing.assert_array_equal(np.from_dlpack(arrays.got(passed(PIXELS))), PIXELS)


def test_memory_is_handed_over_and_not_copied(arrays: Arrays) -> None:
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
    # However a caller takes it, by the buffer protocol or by DLPack.
    for taken in (arrays.of(found), arrays.got(found), np.from_dlpack(found)):
        assert np.shares_memory(np.from_dlpack(taken), found)


def test_plain_buffers_are_arrays_too() -> None:
    data = bytearray(PIXELS.tobytes())
    np.testing.assert_array_equal(passed(memoryview(data).cast("B", PIXELS.shape)), PIXELS)
    # It was let go: a bytearray that is held cannot grow.
    data.append(0)


class Tensor:
    """What torch's tensors are to NumPy: DLPack, and no buffer protocol."""

    def __init__(self, array: np.ndarray, device: tuple[Any, int] = (1, 0), grad: bool = False) -> None:
        self.array, self.device, self.requires_grad = array, device, grad

    def __dlpack__(self, **options: Any) -> Any:
        return self.array.__dlpack__(**options)

    def __dlpack_device__(self) -> tuple[Any, int]:
        return self.device


def test_tensors_share_their_memory_by_dlpack() -> None:
    np.testing.assert_array_equal(passed(Tensor(PIXELS[::-1])), PIXELS[::-1])
    out = np.zeros_like(PIXELS)
    passed(PIXELS, Tensor(out))
    np.testing.assert_array_equal(out, PIXELS)


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
    "Tensor(np.zeros((2, 2, 3), 'u1'), ('meta', 0))": "a Tensor on no device of DLPack; pass one that has memory of the CPU",
    "Tensor(np.zeros((2, 2, 3), 'u1'), (1, 0), True)": "a Tensor that requires grad; use value.detach()",
    "Tensor(np.zeros((2, 2, 3), '>u2'))": "a Tensor of unknown type; pass one that NumPy can read",
}

# The same of tensors. What torch has not: swapped bytes, objects, structures, text and times.
NUMBER = "torch.tensor(3, dtype=torch.uint8)"
REFUSED_TENSORS = {
    "torch.zeros((2, 3, 3), dtype=torch.float64)": "float64 (2, 3, 3); use ",
    "torch.zeros((3, 4, 6))": "float32 (3, 4, 6); use ",
    "torch.zeros((3, 4, 6), dtype=torch.uint8)": "uint8 (3, 4, 6); use ",
    "torch.zeros((5, 5, 5), dtype=torch.uint8)": "uint8 (5, 5, 5); reshape it",
    "torch.zeros((9, 4, 6, 3), dtype=torch.uint8)": "uint8 (9, 4, 6, 3); pass its items one by one, such as array[0]",
    "torch.zeros(12, dtype=torch.uint8)": "uint8 (12,); reshape it",
    NUMBER: "a Tensor of one number; pass an array",
    "torch.zeros((0, 4, 3), dtype=torch.uint8)": "uint8 (0, 4, 3); pass an array that is not empty",
    "torch.zeros((4, 0, 3), dtype=torch.uint8)": "uint8 (4, 0, 3); pass an array that is not empty",
    "torch.zeros((4, 4, 3), dtype=torch.int64)": "int64 (4, 4, 3); use ",
    "torch.zeros((4, 4, 3), dtype=torch.int8)": "int8 (4, 4, 3); use ",
    "torch.zeros((4, 4, 3), dtype=torch.float16)": "float16 (4, 4, 3); use ",
    "torch.zeros((4, 4, 3), dtype=torch.bfloat16)": "a Tensor of torch.bfloat16; pass one that NumPy can read (",
    "torch.zeros((4, 4, 3), dtype=torch.bool)": "bool (4, 4, 3); use ",
    "torch.zeros((4, 4, 3), dtype=torch.complex128)": "complex128 (4, 4, 3); pass an array of numbers",
    "torch.zeros((4, 4, 3), dtype=torch.complex64).conj()": "a Tensor of torch.complex64; pass one that NumPy can read (",
    "torch.zeros((4, 4, 3), dtype=torch.uint8).to_sparse()": "a Tensor of torch.uint8; pass one that NumPy can read (",
    f"{NUMBER}.expand(1, 2**31, 3)": "uint8 (1, 2147483648, 3); cut it: a picture has at most",
    f"{NUMBER}.expand(2**20, 2**20, 3)": "uint8 (1048576, 1048576, 3); cut it: a picture has at most",
    f"{NUMBER}.expand(2**31, 2**31)": "uint8 (2147483648, 2147483648); cut it: a picture has at most",
    "[torch.zeros((4, 3), dtype=torch.uint8)]": "a list; use numpy.asarray(...)",
    "torch.zeros((2, 2, 3), device='meta')": "a Tensor on no device of DLPack; pass one that has memory of the CPU (",
    "torch.zeros((2, 2, 3), requires_grad=True)": "a Tensor that requires grad; use value.detach()",
    "torch.nn.Parameter(torch.zeros(2, 2, 3))": "a Parameter that requires grad; use value.detach()",
}

SCRIPT = """
import json, sys
sys.path.insert(0, sys.argv[2])
import numpy as np
from test_arrays import PIXELS, Tensor, passed
import transcode_py
if "torch" in sys.argv[1]:
    import torch
told = {}
for expression in json.loads(sys.argv[1]):
    value = eval(expression)
    try:
        passed(*value) if isinstance(value, tuple) else passed(value)
    except transcode_py.InvalidOptionError as error:
        told[expression] = str(error)
print(json.dumps(told))
"""


def told(*expressions: str) -> dict[str, str]:
    command = [sys.executable, "-c", textwrap.dedent(SCRIPT), json.dumps(expressions), str(Path(__file__).parent)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, f"exit status {done.returncode}\n{done.stderr[-3000:]}"
    return dict(json.loads(done.stdout))


@pytest.mark.parametrize("expression", REFUSED)
def test_what_does_not_fit_is_told_in_one_form(expression: str) -> None:
    assert told(expression)[expression].startswith(IMAGE + REFUSED[expression])


def test_tensors_that_do_not_fit_are_told_in_the_same_form() -> None:
    """In one process for all: each would take seconds to import torch."""
    pytest.importorskip("torch", reason=NO_TORCH)
    found = told(*REFUSED_TENSORS)
    assert {name: said for name, said in REFUSED_TENSORS.items() if not found[name].startswith(IMAGE + said)} == {}


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
    expression = f"(PIXELS, {out})"
    assert told(expression)[expression].startswith(OUT + REFUSED_OUTS[out])


# No tensor is read-only, and none has swapped bytes.
ROOM = "torch.zeros(1000, dtype=torch.uint8)"
REFUSED_OUT_TENSORS = {
    f"{ROOM}[:54].view(1, 18, 3).expand(14, 18, 3)": "overlapping uint8 (14, 18, 3); pass an array whose items",
    f"{ROOM}.as_strided((14, 18, 3), (54, 0, 1))": "overlapping uint8 (14, 18, 3); pass an array whose items",
    f"{ROOM}.as_strided((14, 18, 3), (54, 2, 1))": "overlapping uint8 (14, 18, 3); pass an array whose items",
    "torch.zeros((14, 18, 4), dtype=torch.uint8)": "uint8 (14, 18, 4); reshape it",
    "torch.zeros((14, 18, 3))": "float32 (14, 18, 3); use ",
    "torch.zeros((14, 18, 3), device='meta')": "a Tensor on no device of DLPack; pass one that has memory of the CPU (",
    "torch.zeros((14, 18, 3), requires_grad=True)": "a Tensor that requires grad; use value.detach()",
}


def test_tensors_that_cannot_be_written_to_are_told() -> None:
    pytest.importorskip("torch", reason=NO_TORCH)
    found = told(*[f"(PIXELS, {out})" for out in REFUSED_OUT_TENSORS])
    wrong = {
        out: said for out, said in REFUSED_OUT_TENSORS.items() if not found[f"(PIXELS, {out})"].startswith(OUT + said)
    }
    assert wrong == {}


def test_without_numpy_the_error_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch, arrays: Arrays) -> None:
    given = arrays.of(PIXELS)
    data = encode_image(PIXELS)
    monkeypatch.setitem(sys.modules, "numpy", None)
    with pytest.raises(UnsupportedError, match=re.escape("pip install numpy")):
        decode_image(data)
    if arrays.name == "torch":
        with pytest.raises(UnsupportedError, match=re.escape("pip install numpy")):
            encode_image(given)
        return
    assert encode_image(given) == data
    assert encode_image(memoryview(PIXELS.tobytes()).cast("B", PIXELS.shape)) == data
