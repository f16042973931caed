"""Named parameters of SQL statements."""

import pytest
from msgspec import Struct

from veza.infra.postgres.parameters import bind, numbered


class Form(Struct, frozen=True):
    title: str
    year: int


def test_names_become_numbers_in_order_of_appearance():
    sql = "insert into t (year, title, id) values (:year, :title, :id)"
    assert bind(sql, Form("a", 7), id=1) == (
        "insert into t (year, title, id) values ($1, $2, $3)",
        7,
        "a",
        1,
    )


def test_a_name_that_is_used_twice_has_one_number():
    assert bind("select :a, :b, :a", a=1, b=2) == ("select $1, $2, $1", 1, 2)


def test_casts_are_no_names():
    assert numbered("select :a::text, b::timestamptz") == "select $1::text, b::timestamptz"


def test_keywords_come_before_sources_and_earlier_sources_before_later_ones():
    sql = "select :title, :year"
    assert bind(sql, Form("a", 1), Form("b", 2), year=3)[1:] == ("a", 3)
    assert bind(sql, {"title": "m"}, Form("b", 2))[1:] == ("m", 2)


def test_a_name_without_a_value_is_an_error():
    with pytest.raises(KeyError, match="year"):
        bind("select :title, :year", title="a")
