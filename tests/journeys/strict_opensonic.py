"""Holds what py-opensonic reads against the types that it declares: it takes texts for anything."""

import dataclasses
import functools
import types
import typing
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum
from typing import Any

import libopensonic.media.media_types as declared  # pyright: ignore[reportMissingTypeStubs]
from mashumaro.types import Alias


@contextmanager
def strictly_typed() -> Iterator[None]:
    """Fail with the name of a field where an answer does not fit the type of it."""
    kinds = [kind for kind in vars(declared).values() if dataclasses.is_dataclass(kind)]
    former: dict[Any, Any] = {kind: kind.__dict__.get("from_dict") for kind in kinds}
    for kind in kinds:
        kind.from_dict = classmethod(functools.partial(_read, kind.from_dict.__func__))
    try:
        yield
    finally:
        for kind, method in former.items():
            if method is None:
                del kind.from_dict
            else:
                kind.from_dict = method


def _read(original: Any, kind: Any, values: Any, **options: Any) -> Any:
    _ensure_fits(kind, values, kind.__name__)
    return original(kind, values, **options)


def _ensure_fits(hint: Any, value: Any, where: str) -> None:
    """Fail unless a value of JSON fits a type."""
    origin = typing.get_origin(hint)
    if origin is typing.Annotated:
        _ensure_fits(typing.get_args(hint)[0], value, where)
    elif origin in {typing.Union, types.UnionType}:
        given = [each for each in typing.get_args(hint) if each is not types.NoneType]
        # What is absent is left out: null is no value of OpenSubsonic.
        assert value is not None, where
        [only] = given
        _ensure_fits(only, value, where)
    elif origin is list:
        assert isinstance(value, list), (where, value)
        for each in value:
            _ensure_fits(typing.get_args(hint)[0], each, f"{where}[]")
    elif dataclasses.is_dataclass(hint):
        _ensure_has_fields(hint, value, where)
    elif issubclass(hint, Enum):
        assert value in {each.value for each in hint}, (where, value)
    elif hint is float:
        assert isinstance(value, int | float), (where, value)
    else:
        # A boolean is a number in Python, and none here.
        assert type(value) is hint, (where, value)


def _ensure_has_fields(kind: Any, values: Any, where: str) -> None:
    assert isinstance(values, dict), (where, values)
    hints = typing.get_type_hints(kind, include_extras=True)
    for field in dataclasses.fields(kind):
        aliases = [
            each.name
            for each in getattr(hints[field.name], "__metadata__", ())
            if isinstance(each, Alias)
        ]
        name = aliases[0] if aliases else field.name
        if name in values:
            _ensure_fits(hints[field.name], values[name], f"{where}.{name}")
        else:
            is_optional = field.default is None or field.default is not dataclasses.MISSING
            assert is_optional or field.default_factory is not dataclasses.MISSING, (where, name)
