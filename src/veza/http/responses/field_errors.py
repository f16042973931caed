"""Reads what msgspec says of a field, into a rule that programs know and a sentence for people.

Interfaces in other languages show a text of their own for each rule; its number is `limit`.
"""

import re

from msgspec import UNSET, Struct, UnsetType

from veza.core.errors import FieldError, FieldRule

_PLACE = re.compile(r" - at `\$\.?(?P<field>[^`]*)`$")
# What is said of an object is about one of its fields.
_OF_OBJECT = re.compile(r"Object (?:missing required|contains unknown) field `(?P<field>[^`]+)`")
_NUMBER = re.compile(r"-?\d++(?:\.\d++)?(?:e[+-]?\d++)?")
_TYPES = re.compile(r"Expected `(?P<wanted>[^`]+)`(?:, got `[^`]+`)?")
_NAMES = {
    "str": "a text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "array": "a list",
    "object": "an object",
    "datetime": "a time",
    "date": "a date",
    "uuid": "an id",
}
_MOMENT = "This must be a time with its zone, such as `2026-05-01T18:00:00Z`."


class _Kind(Struct, frozen=True):
    """Messages of msgspec that begin with `start`, as a rule and a sentence with its number."""

    start: str
    rule: FieldRule
    sentence: str


_KINDS = (
    _Kind("Object missing", "missing", "This field is missing."),
    _Kind("Object contains", "unknown", "There is no such field."),
    _Kind("Expected `str` of length >= 1", "empty", "This can't be empty."),
    _Kind("Expected `array` of length >= 1", "empty", "This can't be empty."),
    _Kind("Expected `str` of length >=", "too_short", "This has at least {} characters."),
    _Kind("Expected `str` of length <=", "too_long", "This has at most {} characters."),
    _Kind("Expected `array` of length >=", "too_few", "This has at least {} entries."),
    _Kind("Expected `array` of length <=", "too_many", "This has at most {} entries."),
    _Kind("Expected `object` of length <=", "too_many", "This has at most {} entries."),
    _Kind("Expected `int` >=", "too_small", "This is at least {}."),
    _Kind("Expected `int` <=", "too_large", "This is at most {}."),
    _Kind("Expected `float` >=", "too_small", "This is at least {}."),
    _Kind("Expected `float` <=", "too_large", "This is at most {}."),
    _Kind("Expected `int` >", "not_above", "This is more than {}."),
    _Kind("Expected `int` <", "not_below", "This is less than {}."),
    _Kind("Expected `float` >", "not_above", "This is more than {}."),
    _Kind("Expected `float` <", "not_below", "This is less than {}."),
    _Kind("Expected `str` matching", "pattern", "This is not written as it must be."),
    _Kind("Expected `datetime` with", "moment", _MOMENT),
    _Kind("Invalid RFC3339 encoded datetime", "moment", _MOMENT),
    _Kind("Invalid RFC3339 encoded date", "date", "This must be a date, such as `2026-05-01`."),
    _Kind("Invalid UUID", "id", "This is not an id."),
    _Kind("Invalid enum value", "choice", "This is none of the values that are possible."),
)


def parse_field_error(message: str, field: str = "") -> FieldError:
    """Return the error that a message of msgspec describes, such as "… - at `$.title`"."""
    if place := _PLACE.search(message):
        field = place["field"] or field
        message = message[: place.start()]
    if message == f"'{field}'":
        # The framework's message for a missing body.
        return FieldError(field, "This is missing.", "missing")
    if inner := _OF_OBJECT.match(message):
        # The framework calls the body `data`, which callers don't know.
        field = inner["field"] if field in {"", "data"} else f"{field}.{inner['field']}"
    for kind in _KINDS:
        if message.startswith(kind.start) and _is_whole(kind.start, message):
            limit = _find_limit(message) if "{}" in kind.sentence else UNSET
            return FieldError(field, kind.sentence.format(limit), kind.rule, limit)
    if types := _TYPES.fullmatch(message):
        wanted = " or ".join(_NAMES.get(name, name) for name in types["wanted"].split(" | "))
        return FieldError(field, f"This must be {wanted}.", "type")
    return FieldError(field, message)


def _is_whole(start: str, message: str) -> bool:
    """Return whether a number at the end of `start` doesn't go on in the message."""
    return not start[-1:].isdigit() or start == message


def _find_limit(message: str) -> int | float | UnsetType:
    found = _NUMBER.fullmatch(message.rpartition(" ")[2])
    if found is None:
        return UNSET
    limit = float(found[0])
    return int(limit) if limit.is_integer() else limit
