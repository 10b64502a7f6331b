"""Where media comes from and where it goes: telling paths, URLs, data and file objects apart."""

from __future__ import annotations

import os

from .errors import InvalidOptionError, UnsupportedError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["Url", "source", "target"]


class Url:
    """An address that FFmpeg opens by its protocol, such as `Url("https://example.com/a.mp4")`.

    A plain `str` is always a local path, whatever it looks like: so a file name from outside can never become
    a connection.

    Args:
        address: The address, protocol included.

    Raises:
        InvalidOptionError: The address is not text, is empty, or holds a NUL.
    """

    __slots__ = ("_address",)
    _address: str

    def __init__(self, address: str) -> None:
        if not isinstance(address, str) or not address or "\0" in address:
            message = f"Url; expected an address such as 'https://host/file'; got {address!r}; pass it as text"
            raise InvalidOptionError(message)
        object.__setattr__(self, "_address", address)

    @property
    def address(self) -> str:
        """The address as it was given."""
        return self._address

    def __setattr__(self, name: str, value: object) -> None:
        message = f"Url is frozen: {name!r} cannot be set"
        raise AttributeError(message)

    def __str__(self) -> str:
        return self._address

    def __repr__(self) -> str:
        return f"Url({self._address!r})"

    def __eq__(self, other: object) -> bool:
        return self._address == other._address if isinstance(other, Url) else NotImplemented

    def __hash__(self) -> int:
        return hash((Url, self._address))

    def __reduce__(self) -> tuple[object, ...]:
        return Url, (self._address,)


def source(value: Any) -> Any:
    """Give the lasting form of an input: a path as `str`, a `Url`, `bytes`, or the file object itself.

    Raises:
        InvalidOptionError: It is none of them.
    """
    if isinstance(value, Url):
        return value
    path = _path("input", value)
    if path is not None:
        return path
    if isinstance(value, dict) and set(value) == {"url"}:
        return Url(value["url"])
    if isinstance(value, bytes):
        return value
    # File objects before data: a mapped file is both, and should not be copied.
    if hasattr(value, "read"):
        return value
    try:
        # A copy: what is an option stays as it is, and a bytearray does not.
        return memoryview(value).tobytes()
    except TypeError:
        pass
    message = f"input; expected a path, bytes, a binary file object or a Url; got {_named(value)}; pass one of these"
    raise InvalidOptionError(message)


def target(value: Any) -> Any:
    """Give the lasting form of an output: a path as `str`, `None`, or the file object itself.

    Raises:
        InvalidOptionError: It is none of them.
        UnsupportedError: It is a `Url`.
    """
    if value is None:
        return None
    if isinstance(value, Url):
        message = (
            f"output; expected a path, a binary file object or None; got {value!r}; "
            "write to a file object that sends the data on"
        )
        raise UnsupportedError(message)
    path = _path("output", value)
    if path is not None:
        return path
    if hasattr(value, "write"):
        return value
    message = (
        "output; expected a path, a binary file object or None; "
        f"got {_named(value)}; pass None and format= to get the bytes in stats.data"
    )
    raise InvalidOptionError(message)


def _path(what: str, value: Any) -> str | None:
    if isinstance(value, str):
        path: str = value
    elif hasattr(value, "__fspath__"):
        # A path-like may give bytes; `bytes` themselves are data.
        path = os.fsdecode(value)
    else:
        return None
    if not path:
        message = f"{what}; expected a path; got an empty one; name a file"
        raise InvalidOptionError(message)
    if "\0" in path:
        message = f"{what}; expected a path without NUL; got {path!r}; remove the NUL, no system takes it"
        raise InvalidOptionError(message, None, None, path)
    return path


def _named(value: object) -> str:
    kind = type(value)
    name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
    return f"{value!r} ({name})" if isinstance(value, (int, float, bool)) else f"a {name}"
