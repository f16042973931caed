"""Refusals of msgspec become a rule for programs and a sentence for people."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
import pytest
from msgspec import UNSET, Meta, Struct, UnsetType, field

from veza.http.responses.field_errors import parse_field_error


class _Colour(StrEnum):
    RED = "red"


class _Inner(Struct, frozen=True, forbid_unknown_fields=True):
    price: int


class _Form(Struct, frozen=True, forbid_unknown_fields=True):
    """A field for each constraint; each has a value that meets it."""

    text: Annotated[str, Meta(min_length=2, max_length=3)] = "ab"
    name: Annotated[str, Meta(min_length=1)] = "a"
    long_name: Annotated[str, Meta(min_length=10)] = "a" * 10
    some: Annotated[list[int], Meta(min_length=2, max_length=3)] = field(
        default_factory=lambda: [1, 2]
    )
    one: Annotated[list[int], Meta(min_length=1)] = field(default_factory=lambda: [1])
    pairs: Annotated[dict[str, int], Meta(max_length=1)] = {}
    count: Annotated[int, Meta(ge=1, le=5)] = 1
    size: Annotated[float, Meta(ge=0.5, le=1.5)] = 1.0
    gain: Annotated[float, Meta(gt=0, lt=1)] = 0.5
    code: Annotated[str, Meta(pattern="^[a-z]+$")] = "a"
    colour: _Colour = _Colour.RED
    word: Literal["a", "b"] = "a"
    at: Annotated[datetime, Meta(tz=True)] | None = None
    day: date | None = None
    id: UUID | None = None
    flag: bool = False
    items: list[_Inner] = []


@pytest.mark.parametrize(
    ("place", "value", "rule", "limit"),
    [
        ("text", "a", "too_short", 2),
        ("text", "abcd", "too_long", 3),
        ("text", 5, "type", UNSET),
        ("name", "", "empty", UNSET),
        ("long_name", "a", "too_short", 10),
        ("some", [1], "too_few", 2),
        ("some", [1] * 4, "too_many", 3),
        ("one", [], "empty", UNSET),
        ("pairs", {"a": 1, "b": 2}, "too_many", 1),
        ("count", 0, "too_small", 1),
        ("count", 6, "too_large", 5),
        ("size", 0.25, "too_small", 0.5),
        ("size", 9, "too_large", 1.5),
        ("gain", 0, "not_above", 0),
        ("gain", 1, "not_below", 1),
        ("code", "A", "pattern", UNSET),
        ("colour", "blue", "choice", UNSET),
        ("word", "c", "choice", UNSET),
        ("at", "soon", "moment", UNSET),
        ("at", "2026-05-01T18:00:00", "moment", UNSET),
        ("day", "soon", "date", UNSET),
        ("id", "x", "id", UNSET),
        ("flag", "yes", "type", UNSET),
        ("items[0].price", [{}], "missing", UNSET),
        ("items[1].prize", [{"price": 1}, {"price": 1, "prize": 2}], "unknown", UNSET),
        ("nothing", 1, "unknown", UNSET),
    ],
)
def test_a_fault_is_read_off_what_the_decoder_says(
    place: str, value: Any, rule: str, limit: float | UnsetType
) -> None:
    name = place.partition("[")[0]
    with pytest.raises(msgspec.ValidationError) as raised:
        msgspec.convert({name: value}, _Form)

    error = parse_field_error(str(raised.value), "data")

    assert (error.field, error.rule, error.limit) == (place, rule, limit)
    assert error.message.endswith(".")
    assert "Expected" not in error.message
    assert "{" not in error.message


def test_what_the_framework_says_of_a_missing_body_is_understood() -> None:
    error = parse_field_error("'data'", "data")
    assert (error.field, error.rule) == ("data", "missing")
