"""Structs made from other Structs."""

import pytest
from msgspec import Struct

from veza.core.structs import copy_fields


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
