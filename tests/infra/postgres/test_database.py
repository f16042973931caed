"""Talking to PostgreSQL: rows as Structs, errors in our own words."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
import pytest
from msgspec import Struct

from tests.infra.databases import execute
from tests.infra.things import Thing, names, put, within
from tests.infra.waiting import until
from tests.loop_turns import counted_turns
from veza.core.errors import Invalid
from veza.infra.concurrency.pieces import PIECE_ROWS
from veza.infra.postgres import database as db
from veza.infra.postgres import rows
from veza.infra.postgres.database import Database, DatabaseUnavailable, Tx


async def test_rows_come_back_as_what_was_asked_for(database: Database) -> None:
    async with database.transaction() as tx:
        assert await put(tx, 1, "one") == 1
        assert await tx.run("insert into things (id, name) values (2, 'b'), (3, 'c')") == 2
        assert await tx.run("delete from things where id > 9") == 0
    async with database.read() as conn:
        sql = "select id, name from things order by id"
        assert await conn.all(Thing, sql) == [Thing(1, "one"), Thing(2, "b"), Thing(3, "c")]
        assert await conn.all(Thing, f"{sql} limit 0") == []
        assert await conn.one(Thing, sql) == Thing(1, "one")
        assert await conn.maybe(Thing, f"{sql} limit 0") is None
        assert await conn.value(int, "select count(*) from things") == 3
        assert await conn.value(int, "select id from things where id > 9") is None
        assert await conn.column(int, "select id from things order by id") == [1, 2, 3]


async def test_many_rows_are_converted_in_pieces_with_turns_of_others_in_between(
    database: Database,
) -> None:
    sql = "select n as id, n::text as name from generate_series(1, $1::int) n"
    async with database.read() as conn:
        with counted_turns(rows.to_structs) as turns:
            found = await conn.all(Thing, sql, 5 * PIECE_ROWS + 1)
    assert [thing.name for thing in found] == [str(n) for n in range(1, 5 * PIECE_ROWS + 2)]
    # Other tasks of the process read rows meanwhile.
    assert turns.calls["to_structs"] >= 6
    assert turns.most["to_structs"] == 1


async def test_a_transaction_by_key_plans_its_statements_once(database: Database) -> None:
    sql = "select count(*) from things where id = any($1)"
    plans = "select generic_plans, custom_plans from pg_prepared_statements where statement = $1"
    async with database.transaction(by_key=True) as tx:
        for thing_id in range(3):
            await tx.value(int, sql, [thing_id])
        assert await tx.counts(plans, sql) == {"generic_plans": 3, "custom_plans": 0}
    async with database.transaction() as tx:
        assert await tx.value(str, "show plan_cache_mode") == "auto"


async def test_counts_are_named_by_their_columns(database: Database) -> None:
    async with database.read() as conn:
        assert await conn.counts("select 1::bigint as total, 0 as live") == {"total": 1, "live": 0}


async def test_types_that_columns_have_come_back_as_ours(database: Database) -> None:
    class Row(Struct, frozen=True):
        id: UUID
        at: datetime
        extra: dict[str, Any]
        tags: list[str]

    sql = """
        select '0198c0de-0000-7000-8000-000000000001'::uuid as id,
               timestamptz '2026-01-02 03:04:05+02' as at,
               '{"a": [1, null]}'::jsonb as extra,
               array['x', 'y'] as tags
    """
    async with database.read() as conn:
        row = await conn.one(Row, sql)
        (again,) = await conn.all(Row, sql)

    assert row == again
    assert row.at == datetime(2026, 1, 2, 1, 4, 5, tzinfo=UTC)
    assert (row.extra, row.tags) == ({"a": [1, None]}, ["x", "y"])


async def test_a_row_of_another_shape_is_a_bug_and_not_passed_on(database: Database) -> None:
    async with database.read() as conn:
        with pytest.raises(msgspec.ValidationError):
            await conn.one(Thing, "select 1 as id")
        with pytest.raises(AssertionError):
            await conn.one(Thing, "select id, name from things where id = 99")


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://nobody@/none?host=/nowhere",
        "postgresql://nobody@127.0.0.1:9/none",
        "postgresql://nobody@no-such-host.invalid/none",
    ],
)
async def test_a_database_that_is_not_there_is_unavailable(url: str) -> None:
    async with db.connect(url) as gone:
        with pytest.raises(DatabaseUnavailable):
            async with gone.read():
                pytest.fail("There is nothing to read.")
        with pytest.raises(DatabaseUnavailable):
            async with gone.transaction():
                pytest.fail("There is nothing to write.")


async def test_a_connection_that_dies_is_unavailable_and_the_next_one_works(
    database: Database, url: str
) -> None:
    async def die(tx: Tx) -> None:
        pid = await tx.value(int, "select pg_backend_pid()")
        await execute(url, "select pg_terminate_backend($1)", pid)

    async def die_in_the_middle(tx: Tx) -> None:
        await put(tx, 1, "lost")
        await die(tx)
        await put(tx, 2, "lost too")

    async def die_in_a_savepoint(tx: Tx) -> None:
        async with tx.savepoint():
            await die_in_the_middle(tx)

    async def die_before_a_savepoint(tx: Tx) -> None:
        await die(tx)
        async with tx.savepoint():
            pytest.fail("There is no connection any more.")

    for work in (die, die_in_the_middle, die_in_a_savepoint, die_before_a_savepoint):
        with pytest.raises(DatabaseUnavailable):
            await within(database, work)

    async with database.transaction() as tx:
        await put(tx, 3, "kept")
    assert await names(database) == ["kept"]


async def test_an_idle_connection_that_dies_harms_nobody(database: Database, url: str) -> None:
    async with database.read() as conn:
        pid = await conn.value(int, "select pg_backend_pid()")
    [idle] = database.pool._idle
    await execute(url, "select pg_terminate_backend($1)", pid)
    await until(idle.is_closed)

    assert await names(database) == []


async def test_a_statement_that_takes_too_long_is_cut_off(database: Database) -> None:
    async def dawdle(tx: Tx) -> None:
        await tx.run("select set_config('statement_timeout', '50', true)")
        await tx.run("select pg_sleep(60)")

    with pytest.raises(DatabaseUnavailable):
        await within(database, dawdle)

    assert await names(database) == []


async def test_every_connection_has_a_limit_of_time_and_keeps_utc(database: Database) -> None:
    async with database.read() as conn:
        assert await conn.value(str, "show statement_timeout") == "30s"
        assert await conn.value(str, "show timezone") == "UTC"
        assert await conn.value(str, "show application_name") == "veza"


async def test_a_snapshot_sees_one_moment_and_writes_nothing(database: Database) -> None:
    sql = "select count(*) from things"
    async with database.snapshot() as conn:
        assert await conn.value(int, sql) == 0
        async with database.transaction() as tx:
            await put(tx, 1, "one")
        assert await conn.value(int, sql) == 0
    with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
        async with database.snapshot() as conn:
            await conn.value(int, "delete from things returning id")


async def test_an_exhausted_pool_is_unavailable(url: str, monkeypatch) -> None:
    async with db.connect(url, max_size=1) as small, small.read():
        # The first connection took as long as it needed; only the second waits briefly.
        monkeypatch.setattr(small.pool, "_patience_s", 0.05)
        with pytest.raises(DatabaseUnavailable):
            async with small.read():
                pytest.fail("There was one connection only.")


@pytest.mark.parametrize(
    ("sql", "value"),
    [
        ("insert into things (id, name) values (1, $1)", "a\0b"),
        ("insert into things (id, name) values (1, $1)", "\ud800"),
        ("insert into things (id, name, extra) values (1, 'a', $1)", {"text": "a\0b"}),
        ("insert into things (id, name) values ($1, 'a')", 2**31),
        ("insert into things (id, name) values ($1, 'a')", -(2**70)),
    ],
)
async def test_a_value_that_no_column_can_hold_is_invalid(
    database: Database, sql: str, value: object
) -> None:
    with pytest.raises(Invalid):
        async with database.transaction() as tx:
            await tx.run(sql, value)

    assert await names(database) == []


@pytest.mark.parametrize(
    ("sql", "args"),
    [
        ("insert into things (id, name) values ($1, 'a')", ["one"]),
        ("insert into things (id, name) values ($1, 'a')", []),
        ("insert into nothings (id) values ($1)", [1]),
        ("insert things", []),
    ],
)
async def test_a_bug_is_no_outage(database: Database, sql: str, args: list[Any]) -> None:
    with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError)):
        async with database.transaction() as tx:
            await tx.run(sql, *args)
