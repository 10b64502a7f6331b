"""Arrays of NumPy and of Torch, so that one test is run with both: it takes the fixture `arrays`, which is one of these."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import pytest

if TYPE_CHECKING:
    from collections.abc import Container, Iterable

NO_TORCH = "torch is not installed: its wheel for Linux brings 5 GB of CUDA along"


class Numpy:
    """NumPy's arrays: what a test makes is what it passes."""

    name = "numpy"
    type: Any = np.ndarray

    def of(self, value: Any) -> Any:
        """The same numbers in the same memory, with the same strides; a tuple of planes is one of theirs."""
        return value

    def got(self, result: Any) -> Any:
        """What a caller takes a result or a frame as, without a copy."""
        return np.asarray(result)

    def to_numpy(self, result: Any) -> Any:
        """The numbers of a result, of the same memory, to compare them."""
        return np.asarray(result)


class Torch:
    """Torch's tensors, of the memory of the test's arrays, and results taken by DLPack. What is no array stays what it is."""

    name = "torch"

    def __init__(self) -> None:
        self.torch = pytest.importorskip("torch", reason=NO_TORCH)
        self.type = self.torch.Tensor

    def of(self, value: Any) -> Any:
        if isinstance(value, tuple):
            return tuple(map(self.of, value))
        if not isinstance(value, (np.ndarray, np.generic)):
            return value
        with warnings.catch_warnings():
            # No tensor is read-only: the tests know which of theirs must not be written to.
            warnings.simplefilter("ignore", UserWarning)
            return self.torch.from_numpy(np.asarray(value))

    def got(self, result: Any) -> Any:
        return result if isinstance(result, self.type) else self.torch.from_dlpack(result)

    def to_numpy(self, result: Any) -> Any:
        return self.got(result).numpy()


Arrays: TypeAlias = Numpy | Torch
KINDS: dict[str, type[Arrays]] = {"numpy": Numpy, "torch": Torch}


def both(names: Iterable[str], without: Container[str] = ()) -> list[tuple[str, str]]:
    """Each name with each kind of arrays, but for those `without` a twin; for `parametrize(..., indirect=["arrays"])`."""
    return [(kind, name) for name in names for kind in KINDS if kind == "numpy" or name not in without]
