"""Optional filters: only those that were asked for."""

from datetime import UTC, datetime
from uuid import UUID

from tests import make
from veza.core.pages import Cursor
from veza.infra.postgres.database import Tx
from veza.infra.postgres.where import Where


def test_without_conditions_there_is_no_clause() -> None:
    where = Where()

    assert (where.sql, where.values) == ("", [])


def test_conditions_are_joined_and_their_values_numbered_in_order() -> None:
    where = Where()
    where.add("a = {}", 5)
    where.add("b is null")
    where.add("(c, d) < ({}, {})", "x", None)

    assert where.sql == "where a = $1 and b is null and (c, d) < ($2, $3)"
    assert where.values == [5, "x", None]


def test_a_filter_without_a_value_is_left_out() -> None:
    where = Where("a = {}", 1)
    where.add_filter("b = {}", None)
    where.add_filter("c = {}", False)

    assert (where.sql, where.values) == ("where a = $1 and c = $2", [1, False])


def test_a_cursor_is_compared_with_both_columns() -> None:
    cursor = Cursor(datetime(2026, 5, 1, tzinfo=UTC), UUID(int=7))
    where = Where()
    where.add_cursor("created_at, id", None)
    assert where.sql == ""
    where.add_cursor("created_at, id", cursor)

    assert where.sql == "where (created_at, id) < ($1, $2)"
    assert where.values == [cursor.created_at, cursor.id]


def test_what_is_bound_beside_counts_along() -> None:
    where = Where()
    assert where.bind("first") == "$1"
    where.add("a = {}", "second")
    assert where.bind("third") == "$3"

    assert where.sql == "where a = $2"
    assert where.values == ["first", "second", "third"]


async def test_a_value_is_never_part_of_the_statement(tx: Tx) -> None:
    _, name = await make.member_in(tx)
    where = Where()
    where.add("username = {}", f"{name}' or true --")
    found = await tx.column(str, f"select username from users {where.sql}", *where.values)

    assert found == []
    assert "true" not in where.sql
