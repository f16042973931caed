"""Structs made from other Structs."""

from typing import Any

from msgspec import UNSET, Struct


def copy_fields[T: Struct](target: type[T], source: Struct, /, **values: Any) -> T:
    """Return a Struct with the given values; other fields are copied from the source.

    Raises AttributeError for a field that neither has.
    """
    names = [name for name in target.__struct_fields__ if name not in values]
    return target(**{name: getattr(source, name) for name in names}, **values)


def merge[T: Struct](target: type[T], stored: Struct, change: Struct) -> T:
    """Return a Struct with the fields of `change` that are set, and the others from `stored`."""
    given = {name: getattr(change, name) for name in target.__struct_fields__}
    changed = {name: value for name, value in given.items() if value is not UNSET}
    return copy_fields(target, stored, **changed)
