"""Arrays from outside that have no buffer protocol: tensors, and what else gives NumPy its memory."""

from __future__ import annotations

from .errors import InvalidOptionError, UnsupportedError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["empty", "from_memory", "strided"]

# DLPack's numbers of devices whose memory this process can read: the CPU's, and what CUDA and ROCm pin of it.
_CPU = {1, 3, 11}


def from_memory(memory: Any) -> Any:
    """Make a NumPy array of memory, without a copy.

    Raises:
        UnsupportedError: NumPy is not installed.
    """
    return _numpy("the result").asarray(memory)


def empty(shape: tuple[int, ...], dtype: str) -> Any:
    """Make a NumPy array that is to be filled.

    Raises:
        UnsupportedError: NumPy is not installed.
    """
    return _numpy("the result").empty(shape, dtype)


def strided(what: str, wanted: str, value: Any, writable: bool) -> Any:
    """Give an object with the buffer protocol that shares the memory of `value`.

    Args:
        what: What it is to the caller, for errors.
        wanted: What was expected, for errors.
        value: Something that has no buffer protocol, or refused it.
        writable: Whether it is to be written to.

    Raises:
        InvalidOptionError: There is no such object.
        UnsupportedError: NumPy is needed and not installed.
    """
    if hasattr(value, "__dlpack__"):
        return _from_dlpack(what, wanted, value, writable)
    if hasattr(value, "__array_interface__") and not hasattr(value, "dtype"):
        # Pictures of Pillow.
        return _numpy(what).asarray(value)
    kind = type(value)
    name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
    dtype = getattr(value, "dtype", None)
    got = f"a {name}" if dtype is None else f"a {name} of {dtype}"
    fix = "use numpy.asarray(...)" if isinstance(value, (list, tuple)) else "pass a NumPy array or a tensor"
    raise _refused(what, wanted, got, fix)


def _from_dlpack(what: str, wanted: str, value: Any, writable: bool) -> Any:
    name = type(value).__name__
    if hasattr(value, "__dlpack_device__"):
        try:
            kind, number = map(int, value.__dlpack_device__())
        except (BufferError, RuntimeError, TypeError, ValueError) as error:
            fix = f"pass one that has memory of the CPU ({error})"
            raise _refused(what, wanted, f"a {name} on no device of DLPack", fix) from error
        if kind not in _CPU:
            device = getattr(value, "device", f"{kind}:{number}")
            fix = "move it to the CPU, with value.cpu()"
            raise _refused(what, wanted, f"a {name} on the device {device}", fix)
    if getattr(value, "requires_grad", False):
        raise _refused(what, wanted, f"a {name} that requires grad", "use value.detach()")
    if hasattr(value, "is_neg") and value.is_neg():
        # Torch may leave the sign for later, of which DLPack tells nothing.
        raise _refused(what, wanted, f"a {name} whose signs are still to be changed", "use value.resolve_neg()")
    numpy = _numpy(what)
    try:
        array = numpy.from_dlpack(value)
        if writable and not array.flags.writeable:
            # Older forms of DLPack do not say whether it can be written to; the object's own method knows.
            array = numpy.asarray(value)
        # What NumPy has and the buffer protocol has not, such as times, is refused here.
        axes = memoryview(array).ndim
    except (BufferError, RuntimeError, TypeError, ValueError) as error:
        got = f"a {name} of {getattr(value, 'dtype', 'unknown type')}"
        raise _refused(what, wanted, got, f"pass one that NumPy can read ({error})") from error
    if axes == 0:
        raise _refused(what, wanted, f"a {name} of one number", "pass an array")
    return array


def _numpy(what: str) -> Any:
    try:
        import numpy
    except ImportError as error:
        message = f"{what}: expected NumPy to be installed; got {error}; install it with 'pip install numpy'"
        raise UnsupportedError(message) from error
    return numpy


def _refused(what: str, wanted: str, got: str, fix: str) -> InvalidOptionError:
    return InvalidOptionError(f"{what}: expected {wanted}; got {got}; {fix}")
