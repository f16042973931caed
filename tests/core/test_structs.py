"""Structs made from other Structs."""

import pytest
from msgspec import UNSET, Struct, UnsetType

from veza.core.structs import copy_fields, merge


class Row(Struct):
    id: int
    name: str
    secret: str


class View(Struct):
    id: int
    name: str
    count: int


ROW = Row(1, "Night Ferry", "swordfish")


def test_fields_of_the_same_name_are_copied_and_values_win():
    assert copy_fields(View, ROW, name="Ferry", count=2) == View(1, "Ferry", 2)


def test_a_field_that_neither_has_is_refused():
    with pytest.raises(AttributeError):
        copy_fields(View, ROW)


def test_a_change_replaces_what_it_sets_and_none_is_a_value():
    class Change(Struct):
        id: int | UnsetType | None = UNSET
        name: str | UnsetType | None = UNSET
        secret: str | UnsetType = UNSET
        status: str | UnsetType = UNSET

    changed = merge(Row, ROW, Change(name=None, secret="trout", status="draft"))
    assert (changed.id, changed.name, changed.secret) == (1, None, "trout")
