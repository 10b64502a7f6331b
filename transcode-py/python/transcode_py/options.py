"""`TranscodeOptions`. Its methods are made from the table of options in Rust; `options.pyi` describes them."""

from __future__ import annotations

import json
import os

from . import _native
from .errors import InputNotFoundError, InvalidOptionError
from .media import Url, source, target
from .values import freeze, plain

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any, Self

__all__ = ["TABLE", "TranscodeOptions"]

TABLE = {row["name"]: row for row in _native.table()}
_ORDER = {name: place for place, name in enumerate(TABLE)}
_DEFAULTS = {name: freeze(json.loads(row["default"])) for name, row in TABLE.items()}
# Objects of Python's own, which never become JSON.
_MEDIA = {"input": source, "output": target}


def _canonical(name: str, value: Any) -> Any:
    make = _MEDIA.get(name)
    if make is not None:
        return None if value is None else make(value)
    return freeze(_native.canonical(name, _simple(name, value)))


def _simple(name: str, value: Any) -> Any:
    """Make a plain value of what Python people write: a timedelta, a Fraction, a NumPy number, a set."""
    if value is None or isinstance(value, (str, int, float, list, tuple, dict)):
        return value
    if hasattr(value, "total_seconds"):
        return value.total_seconds()
    if hasattr(value, "numerator"):
        # Only a rate is meant as a ratio; everything else is a number.
        ratio = f"{value.numerator}/{value.denominator}"
        return ratio if TABLE.get(name, {}).get("kind") == "rate" else value.numerator / value.denominator
    if hasattr(value, "tolist"):
        return value.tolist()
    if hasattr(value, "as_integer_ratio"):
        return float(value)
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    return list(value) if isinstance(value, range) else value


class TranscodeOptions:
    """Everything a job is told, frozen: each method gives a new object."""

    __slots__ = ("_values",)
    _values: dict[str, Any]

    def __init__(self, **options: Any) -> None:
        object.__setattr__(self, "_values", {})
        if options:
            made = self.replace(**options)
            object.__setattr__(self, "_values", made._values)

    @classmethod
    def from_dict(cls, options: Mapping[str, Any]) -> Self:
        for name in options:
            if not isinstance(name, str):
                message = f"options; expected names as text; got {name!r}; write the name in quotes"
                raise InvalidOptionError(message)
        return cls(**options)

    @classmethod
    def from_file(cls, path: str | os.PathLike[str]) -> Self:
        name = os.fspath(path)
        parse = _parser(name)
        try:
            with open(name, "rb") as file:
                options = parse(file.read().decode("utf-8"))
        except FileNotFoundError as error:
            message = f"{name}; expected a job file; got nothing there; check the path"
            raise InputNotFoundError(message, None, None, name) from error
        except ValueError as error:  # both parsers' errors, and text that is not UTF-8
            message = f"{name}; expected a readable job file; got {error}; mend that place"
            raise InvalidOptionError(message, None, None, name) from error
        if not isinstance(options, dict):
            message = f"{name}; expected options by name; got a {type(options).__name__}; write an object at the top"
            raise InvalidOptionError(message, None, None, name)
        try:
            return cls.from_dict(options)
        except InvalidOptionError as error:
            error.path = name
            error.add_note(f"in the job file {name}")
            raise

    def replace(self, **options: Any) -> Self:
        made = self._with(options)
        _native.check(values_of(made))
        return made

    def get(self, name: str) -> Any:
        if name not in _DEFAULTS:
            _native.canonical(name, None)  # the error for an unknown name
        return self._values.get(name, _DEFAULTS[name])

    def to_dict(self) -> dict[str, Any]:
        return {name: _written(value) for name, value in self._values.items()}

    def to_json(self, *, indent: int | None = None) -> str:
        for name in _MEDIA:
            value = self._values.get(name)
            if not (value is None or isinstance(value, (str, Url))):
                message = f"{name}; expected a path to write as JSON; got a {type(value).__name__}; leave {name} out"
                raise InvalidOptionError(message)
        return json.dumps(self.to_dict(), indent=indent, ensure_ascii=False)

    def _with(self, changes: Mapping[str, Any]) -> Self:
        values = dict(self._values)
        for name, value in changes.items():
            canonical = _canonical(name, value)
            # What equals the default is not kept: so equal jobs are equal objects.
            if canonical is None or _typed(canonical) == _typed(_DEFAULTS[name]):
                values.pop(name, None)
            else:
                values[name] = canonical
        made = object.__new__(type(self))
        object.__setattr__(made, "_values", {name: values[name] for name in sorted(values, key=_ORDER.__getitem__)})
        return made

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, TranscodeOptions):
            return NotImplemented
        return self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def _key(self) -> tuple[object, ...]:
        return tuple((name, *_typed(value)) for name, value in self._values.items())

    def __repr__(self) -> str:
        return f"TranscodeOptions({', '.join(f'{name}={value!r}' for name, value in self._values.items())})"

    def __setattr__(self, name: str, value: object) -> None:
        message = f"TranscodeOptions is frozen; {name!r} cannot be set; call .{name}(value), which gives a new object"
        raise AttributeError(message)

    def __reduce__(self) -> tuple[object, ...]:
        return _restored, (type(self), self._values)


def _typed(value: Any) -> tuple[type, Any]:
    # To Python 1 == True, but the stream 1 is not "all streams".
    return type(value), value


def values_of(options: TranscodeOptions) -> dict[str, Any]:
    """Give the options that are values, all but `input` and `output`, for the native module."""
    return {name: value for name, value in options._values.items() if name not in _MEDIA}


def _restored(cls: type[TranscodeOptions], values: dict[str, Any]) -> TranscodeOptions:
    return cls()._with(values)


def _written(value: Any) -> Any:
    return {"url": value.address} if isinstance(value, Url) else plain(value)


def _parser(name: str) -> Callable[[str], Any]:
    if name.endswith(".toml"):
        import tomllib

        return tomllib.loads
    if name.endswith(".json"):
        return json.loads
    message = f"{name}; expected a job file named .toml or .json; got another name; rename it"
    raise InvalidOptionError(message, None, None, name)


def _builder(name: str) -> Callable[..., TranscodeOptions]:
    if name == "resolution":

        def build(self: TranscodeOptions, width: int | None, height: int | None) -> TranscodeOptions:
            return self._with({"resolution": (width, height)})

    elif TABLE[name]["kind"] == "flag":

        def build(self: TranscodeOptions, value: bool = True, /) -> TranscodeOptions:  # type: ignore[misc]
            return self._with({name: value})

    else:

        def build(self: TranscodeOptions, value: Any, /) -> TranscodeOptions:  # type: ignore[misc]
            return self._with({name: value})

    row = TABLE[name]
    build.__name__ = name
    build.__qualname__ = f"TranscodeOptions.{name}"
    build.__doc__ = f"{row['help']}\n\nTakes {row['value']}. Default: {row['default']}."
    return build


for _name in TABLE:
    setattr(TranscodeOptions, _name, _builder(_name))
