"""Migrations: each once, in order, whole or not at all; and what the program's role may do then."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest

from tests.infra.databases import Scratch, execute, scratch
from veza.app.services import Services
from veza.core.errors import CannotStart
from veza.infra.postgres import migrate as module
from veza.infra.postgres.migrate import (
    SchemaDifference,
    compare_migrations,
    migrate,
    read_migrations,
)

FIRST = ("0001_create_shelves", "create table shelves (id integer primary key, name text)")
SECOND = ("0002_create_things", "create table things (id bigserial primary key, name text)")
BROKEN = (
    "0003_break",
    "create table half (id integer); insert into shelves (id) values (1); select 1 / 0",
)


@pytest.fixture
async def fresh(services: Services) -> AsyncIterator[Scratch]:
    async with scratch(services) as made:
        yield made


@pytest.fixture
def shipped(monkeypatch) -> list[tuple[str, str]]:
    """What the program ships: a list to change."""
    migrations = [FIRST, SECOND]
    monkeypatch.setattr(module, "read_migrations", lambda: list(migrations))
    return migrations


async def _tables(fresh: Scratch) -> set[str]:
    sql = "select tablename from pg_tables where schemaname = 'public'"
    return {name for (name,) in await execute(fresh.owner_url, sql)}


async def _migrate(fresh: Scratch) -> list[str]:
    return await migrate(fresh.owner_url, fresh.app_url)


def test_migrations_are_numbered_without_gaps_and_named_for_what_they_do() -> None:
    names = [name for name, _ in read_migrations()]

    assert [name[:5] for name in names] == [f"{n:04}_" for n in range(1, len(names) + 1)]
    assert all(sql.strip() for _, sql in read_migrations())


async def test_an_empty_database_gets_all_of_ours_and_the_second_time_none(
    fresh: Scratch,
) -> None:
    ours = [name for name, _ in read_migrations()]
    assert (await compare_migrations(fresh.owner_url)).missing == ours

    assert await _migrate(fresh) == ours
    assert await _migrate(fresh) == []
    assert (await compare_migrations(fresh.app_url)) == SchemaDifference([], [], [])
    assert {"users", "sessions", "tracks", "outbox", "jobs"} <= await _tables(fresh)


async def test_only_what_is_new_is_applied(fresh: Scratch, shipped: list[tuple[str, str]]) -> None:
    shipped.remove(SECOND)
    assert await _migrate(fresh) == [FIRST[0]]
    shipped.append(SECOND)
    assert (await compare_migrations(fresh.owner_url)).missing == [SECOND[0]]

    assert await _migrate(fresh) == [SECOND[0]]


async def test_several_nodes_that_start_at_once_apply_each_once(
    fresh: Scratch, shipped: list[tuple[str, str]]
) -> None:
    applied = await asyncio.gather(*(_migrate(fresh) for _ in range(5)))

    assert [names for names in applied if names] == [[FIRST[0], SECOND[0]]]


async def test_an_edited_migration_stops_the_start_and_nothing_is_applied(
    fresh: Scratch, shipped: list[tuple[str, str]]
) -> None:
    shipped.remove(SECOND)
    await _migrate(fresh)
    shipped[:] = [(FIRST[0], FIRST[1] + " "), SECOND]

    with pytest.raises(CannotStart, match="0001_create_shelves differs"):
        await _migrate(fresh)
    assert "things" not in await _tables(fresh)


async def test_migrations_are_compared_by_name_and_content_with_the_version_that_applied_them(
    fresh: Scratch, shipped: list[tuple[str, str]], monkeypatch
) -> None:
    shipped.remove(SECOND)
    monkeypatch.setattr(module, "version", lambda _: "1.1.0")
    await _migrate(fresh)
    assert await compare_migrations(fresh.app_url) == SchemaDifference([], [], [])
    monkeypatch.setattr(module, "version", lambda _: "1.2.0")
    shipped.append(SECOND)
    await _migrate(fresh)
    # As many as are applied, and none of them is the same.
    shipped[:] = [(FIRST[0], FIRST[1] + " "), ("0002_create_others", SECOND[1])]

    found = await compare_migrations(fresh.app_url)

    assert found.missing == ["0002_create_others"]
    assert [(each.name, each.version) for each in found.unknown] == [(SECOND[0], "1.2.0")]
    assert [(each.name, each.version) for each in found.changed] == [(FIRST[0], "1.1.0")]


async def test_a_migration_that_fails_is_undone_and_those_before_it_stay(
    fresh: Scratch, shipped: list[tuple[str, str]]
) -> None:
    shipped.append(BROKEN)

    with pytest.raises(CannotStart, match="0003_break failed and was rolled back"):
        await _migrate(fresh)

    assert await _tables(fresh) == {"migrations", "shelves", "things"}
    assert await execute(fresh.owner_url, "select id from shelves") == []
    assert (await compare_migrations(fresh.owner_url)).missing == [BROKEN[0]]
    shipped[-1] = (BROKEN[0], "create table half (id integer)")
    assert await _migrate(fresh) == [BROKEN[0]]


async def test_a_lock_that_is_held_makes_a_migration_fail_rather_than_wait_for_ever(
    fresh: Scratch, shipped: list[tuple[str, str]]
) -> None:
    await _migrate(fresh)
    shipped.append(
        ("0003_change", "set local lock_timeout = '50ms'; alter table shelves add x int")
    )
    holder = await asyncpg.connect(fresh.owner_url)
    frame = holder.transaction()
    await frame.start()
    await holder.execute("lock table shelves")
    try:
        with pytest.raises(CannotStart, match="lock timeout"):
            await _migrate(fresh)
    finally:
        await frame.rollback()
        await holder.close()


async def test_a_migration_has_five_seconds_for_its_locks(
    fresh: Scratch, shipped: list[tuple[str, str]]
) -> None:
    shipped.append(("0003_note", "create table noted as select current_setting('lock_timeout') t"))
    await _migrate(fresh)

    assert await execute(fresh.owner_url, "select t from noted") == [("5s",)]


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://nobody@/none?host=/nowhere",
        "postgresql://nobody@127.0.0.1:9/none",
        "postgresql://nobody@127.0.0.1:port/none",
        "nonsense",
    ],
)
async def test_a_database_that_cannot_be_reached_stops_the_start(url: str) -> None:
    with pytest.raises(CannotStart, match="can't be reached"):
        await migrate(url, url)


async def test_a_role_of_the_program_that_does_not_exist_stops_the_start(fresh: Scratch) -> None:
    with pytest.raises(CannotStart, match="nobody_at_all"):
        await migrate(fresh.owner_url, "postgresql://nobody_at_all@/x?host=/x")


@pytest.fixture(scope="module")
async def migrated(services: Services) -> AsyncIterator[Scratch]:
    async with scratch(services) as made:
        await migrate(made.owner_url, made.app_url)
        await migrate(made.owner_url, made.app_url)
        yield made


FORBIDDEN = [
    "create table mine (id integer)",
    "create schema mine",
    "create function f() returns int language sql as 'select 1'",
    "create extension citext",
    "alter table users add column x integer",
    "alter table users disable trigger all",
    "alter table users owner to current_user",
    "drop table users",
    "drop index users_email_key",
    "truncate users",
    "create index x on users (bio)",
    "create trigger t before insert on users execute function tsvector_update_trigger()",
    "insert into migrations (name, checksum) values ('x', 'y')",
    "update migrations set checksum = 'x'",
    "delete from migrations",
    "drop table migrations",
    "set role veza_owner",
    "alter role current_user superuser",
    "create role mine",
    "create database mine",
    "copy users to program 'cat'",
    "copy users to '/tmp/users'",
    "select pg_read_file('/etc/passwd')",
    "set session_replication_role = 'replica'",
]


@pytest.mark.parametrize("sql", FORBIDDEN)
async def test_the_program_may_not(migrated: Scratch, sql: str) -> None:
    with pytest.raises(
        (asyncpg.InsufficientPrivilegeError, asyncpg.InvalidParameterValueError)
    ) as refused:
        await execute(migrated.app_url, sql)
    assert "permission" in str(refused.value) or "must be" in str(refused.value)


# What must never change, or only go (decisions 0018, 0034).
_KEPT = {
    *("migrations", "audit_events", "audit_signatures", "audit_details", "audit_unsigned_events"),
    *("ledger_accounts", "ledger_balances", "ledger_entries", "ledger_postings"),
}


async def test_the_program_may_read_and_write_the_rows_of_every_table_but_some(
    migrated: Scratch,
) -> None:
    tables = await execute(
        migrated.app_url,
        """
        select tablename,
               has_table_privilege(quote_ident(tablename), 'select'),
               has_table_privilege(quote_ident(tablename), 'insert')
               and has_table_privilege(quote_ident(tablename), 'update')
               and has_table_privilege(quote_ident(tablename), 'delete')
          from pg_tables
         where schemaname = 'public'
        """,
    )

    assert len(tables) > 10
    for name, can_read, can_write in tables:
        assert can_read, name
        assert can_write is (name not in _KEPT), name


async def test_rows_with_numbers_drawn_by_the_database_can_be_written(migrated: Scratch) -> None:
    await execute(migrated.app_url, "insert into outbox (name, payload) values ('x', '{}')")
    await execute(migrated.app_url, "insert into revisions (topic, subject) values ('x', 'y')")
    await execute(
        migrated.app_url,
        "insert into jobs (priority, name) values (0, 'x')",
    )

    assert await execute(migrated.app_url, "delete from outbox returning name") == [("x",)]


async def test_a_copy_is_made_before_what_changes_a_database_that_is_not_empty(
    fresh: Scratch, shipped: list[tuple[str, str]]
) -> None:
    seen: list[tuple[str, set[str]]] = []

    async def copy(name: str) -> None:
        seen.append((name, await _tables(fresh)))

    shipped.pop()
    for _ in range(2):
        await migrate(fresh.owner_url, fresh.app_url, before=copy)
    assert not seen, "It was empty, and then up to date."
    shipped.append(SECOND)
    await migrate(fresh.owner_url, fresh.app_url, before=copy)
    assert seen == [(SECOND[0], {"migrations", "shelves"})]


async def test_nothing_is_migrated_without_its_copy(
    fresh: Scratch, shipped: list[tuple[str, str]]
) -> None:
    async def fail(_: str) -> None:
        raise CannotStart("The disk is full.")

    shipped.pop()
    await _migrate(fresh)
    shipped.append(SECOND)
    with pytest.raises(CannotStart, match="The disk is full"):
        await migrate(fresh.owner_url, fresh.app_url, before=fail)
    assert await _tables(fresh) == {"migrations", "shelves"}
