"""Optional filters: only those that were asked for."""

from tests import make
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
