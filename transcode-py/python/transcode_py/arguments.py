"""Arguments that are no options of a job: whole numbers, times, NumPy's types, and inputs that go to other processes."""

from __future__ import annotations

from operator import index

from .errors import InvalidOptionError
from .media import Url
from .options import TranscodeOptions

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["dtype_name", "is_whole", "movable", "name_of", "seconds"]

# What FFmpeg counts streams in, and more than anybody waits for of anything else.
_MOST = (1 << 31) - 1


def is_whole(value: Any, least: float, most: float = _MOST) -> bool:
    """Tell whether it is a whole number of that range, NumPy's and Torch's own included."""
    if isinstance(value, bool) or not hasattr(value, "__index__"):
        return False
    # Tensors that hold one truth value, and rows of one number, would pass.
    if getattr(value, "shape", ()) != () or "bool" in str(getattr(value, "dtype", "")):
        return False
    try:
        return least <= index(value) <= most
    except TypeError:
        # NumPy's truth values and its arrays have such a method too.
        return False


def name_of(what: str, value: Any) -> Any:
    """Give a name as it is, for the native side to know it or not.

    Raises:
        InvalidOptionError: It is neither text nor None.
    """
    if value is None or isinstance(value, str):
        return value
    message = f"{what}; expected a name; got {value!r}; pass it as text"
    raise InvalidOptionError(message)


def seconds(name: str, value: Any) -> float:
    """Give a time in seconds, a number as it is, whatever its range.

    Raises:
        InvalidOptionError: It is no time.
    """
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return float(value)
    if value is None:
        message = f"{name}; expected seconds; got None; pass a number"
        raise InvalidOptionError(message)
    try:
        return float(TranscodeOptions(start=value).to_dict()["start"])
    except InvalidOptionError as error:
        # What is an option of that name there is an argument of another name here.
        message = f"{name}{str(error).removeprefix('start')}"
        raise InvalidOptionError(message) from None


def dtype_name(dtype: Any) -> Any:
    """Give the name of a type of NumPy's, of which they have one inside, or of Torch's; or what else came."""
    if isinstance(dtype, str):
        return dtype
    if type(dtype).__module__ == "torch":
        return str(dtype).removeprefix("torch.")
    return getattr(dtype, "__name__", None) or getattr(dtype, "name", dtype)


def movable(handle: str, input: Any) -> Any:
    """Give the input of a reader that is pickled.

    Raises:
        TypeError: It is a file object, which is of use in this process alone.
    """
    if isinstance(input, (str, bytes, Url)):
        return input
    message = (
        f"this {handle} cannot be pickled; expected a path, bytes or a Url as its input; "
        f"got a file object, a {type(input).__qualname__}; open a path instead"
    )
    raise TypeError(message)
