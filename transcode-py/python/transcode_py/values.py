"""The ground of all value objects: frozen, hashable, comparable, picklable, printable, writable as JSON."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any, ClassVar, NoReturn, Self, dataclass_transform
else:
    # `typing` costs milliseconds, and only type checkers read this.
    def dataclass_transform(**_options):  # noqa: ANN003, ANN201
        """Leave the class as it is."""
        return lambda cls: cls


class FrozenDict(dict):  # type: ignore[type-arg]
    """A `dict` that cannot change, and so can be hashed."""

    __slots__ = ()

    def _refuse(self, *_arguments: object, **_named: object) -> NoReturn:
        message = "this mapping is frozen; make a changed copy with dict(mapping)"
        raise TypeError(message)

    __setitem__ = __delitem__ = clear = pop = popitem = setdefault = update = __ior__ = _refuse

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(frozenset(self.items()))

    def __reduce__(self) -> tuple[object, ...]:
        return FrozenDict, (dict(self),)

    def __copy__(self) -> Self:
        return self


def freeze(value: Any) -> Any:
    """Give `value` with every list as a tuple and every dict as a `FrozenDict`."""
    if isinstance(value, (list, tuple)):
        return tuple(freeze(item) for item in value)
    if isinstance(value, dict):
        return FrozenDict((key, freeze(item)) for key, item in value.items())
    return value


def plain(value: Any) -> Any:
    """Give `value` as JSON's types: lists, dicts, text, numbers."""
    if isinstance(value, Value):
        return value.to_dict()
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if hasattr(value, "numerator") and not isinstance(value, (int, float)):
        return str(value)  # a Fraction
    return value


@dataclass_transform(frozen_default=True, kw_only_default=True)
class Value:
    """An object that is its fields. A subclass names them as annotations; a default is a class attribute."""

    _names: ClassVar[tuple[str, ...]] = ()
    # What makes a field of what JSON has for it: a stream of a dict, a Fraction of text.
    _make: ClassVar[Mapping[str, Callable[[Any], Any]]] = {}
    # Fields that JSON cannot hold.
    _unwritten: ClassVar[frozenset[str]] = frozenset()

    def __init_subclass__(cls) -> None:
        own = (name for name in cls.__annotations__ if not name.startswith("_"))
        cls._names = (*cls._names, *own)

    def __init__(self, **fields: Any) -> None:
        state = self.__dict__
        for name in self._names:
            if name in fields:
                value = freeze(fields.pop(name))
                make = self._make.get(name)
                state[name] = make(value) if make is not None and value is not None else value
            elif hasattr(type(self), name):
                state[name] = getattr(type(self), name)
            else:
                message = f"{type(self).__name__}() misses the field {name!r}"
                raise TypeError(message)
        if fields:
            message = f"{type(self).__name__}() has no field {next(iter(fields))!r}; it has {', '.join(self._names)}"
            raise TypeError(message)

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> Self:
        """Make the object of what `to_dict()` gave.

        Args:
            fields: Every field by its name.

        Raises:
            TypeError: A field is missing or unknown.
        """
        return cls(**fields)

    def to_dict(self) -> dict[str, Any]:
        """Give the fields as a plain `dict` of JSON's types, to keep or to change."""
        return {name: plain(getattr(self, name)) for name in self._names if name not in self._unwritten}

    def to_json(self, *, indent: int | None = None) -> str:
        """Give the fields as JSON text.

        Args:
            indent: Spaces per level; `None` puts all on one line.
        """
        import json

        return json.dumps(self.to_dict(), indent=indent, ensure_ascii=False)

    def _key(self) -> tuple[object, ...]:
        return tuple(getattr(self, name) for name in self._names)

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return self._key() == other._key()

    def __hash__(self) -> int:
        return hash((type(self).__name__, self._key()))

    def __setattr__(self, name: str, value: object) -> NoReturn:
        message = f"{type(self).__name__} is frozen: its field {name!r} cannot be set"
        raise AttributeError(message)

    def __delattr__(self, name: str) -> NoReturn:
        message = f"{type(self).__name__} is frozen: its field {name!r} cannot be deleted"
        raise AttributeError(message)

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={_shown(getattr(self, name))}" for name in self._names)
        return f"{type(self).__name__}({shown})"


def _shown(value: object) -> str:
    # A Fraction prints as the text that makes it again, so that `repr` needs no other name than ours.
    return repr(str(value)) if hasattr(value, "numerator") and not isinstance(value, (int, float)) else repr(value)


def fraction(value: Any) -> Any:
    """Make a `Fraction` of `"30000/1001"`, of a number, or of a Fraction; `None` of one that says nothing."""
    from fractions import Fraction

    return None if isinstance(value, str) and value.endswith("/0") else Fraction(value)


def one(make: Callable[[Any], Value]) -> Callable[[Any], Value]:
    """Give the function that makes a value object of a dict, and leaves one that is made already."""
    return lambda item: item if isinstance(item, Value) else make(item)


def each(make: Callable[[Any], Value]) -> Callable[[tuple[Any, ...]], tuple[Value, ...]]:
    """Give the function that makes value objects of all dicts in a tuple."""
    return lambda items: tuple(item if isinstance(item, Value) else make(item) for item in items)
