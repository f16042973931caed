"""Applies `migrations/*.sql` in order, each once, under a lock of the database."""

import hashlib
from collections.abc import Awaitable, Callable
from contextlib import suppress
from importlib import resources
from importlib.metadata import version
from urllib.parse import unquote, urlsplit

import asyncpg
from msgspec import Struct

from veza.core.errors import CannotStart

CONNECT_TIMEOUT_S = 30.0
CLOSE_TIMEOUT_S = 5.0
# Migrations may rewrite whole tables, or wait for those of another node.
COMMAND_TIMEOUT_S = 3600.0

_LOCK = 0x76657A61  # "veza", read as a number: any constant that nothing else uses.

_CREATE_TABLE = """
    create table if not exists migrations (
        name       text primary key,
        checksum   text not null,
        applied_at timestamptz not null default now()
    )
"""
# The version of the program that applied a migration. It was added later: there may be no column,
# and rows without a version.
_ADD_VERSION = """
    set local lock_timeout = '5s';
    alter table migrations add column version text;
"""


type BeforeMigration = Callable[[str], Awaitable[None]]


class AppliedMigration(Struct, frozen=True):
    """A migration as a database has it. Without `version` it is not known who applied it."""

    name: str
    checksum: str
    version: str | None


class SchemaDifference(Struct, frozen=True):
    """The differences between the migrations of a database and of this program, in order.

    `missing` are not applied, `unknown` are applied but not of this program, `changed` were applied
    with another content.
    """

    missing: list[str]
    unknown: list[AppliedMigration]
    changed: list[AppliedMigration]


async def migrate(
    owner_url: str, app_url: str, *, before: BeforeMigration | None = None
) -> list[str]:
    """Bring the database up to date; return the names of the migrations that were applied.

    Connects as the owner of the schema. The role of `app_url`, if it is another, may only read and
    write rows. `before` is called with the name of the first migration, unless the database is
    empty; nothing is applied if it raises. Raises CannotStart if the database is unreachable, a
    migration fails, or an applied one was edited.
    """
    try:
        connection = await _connect(owner_url)
    except (OSError, ValueError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise CannotStart(f"The database can't be reached for migrations: {error}") from error
    app = urlsplit(app_url).username
    try:
        if await _is_up_to_date(connection, app):
            return []
        # The lock ends with the connection.
        await connection.execute("select pg_advisory_lock($1)", _LOCK)
        await connection.execute(_CREATE_TABLE)
        await _add_version(connection)
        await _grant(connection, urlsplit(owner_url).username, app)
        applied = await _read_applied(connection)
        fresh = [(name, sql) for name, sql in read_migrations() if _is_new(name, sql, applied)]
        if applied and fresh and before is not None:
            await before(fresh[0][0])
        for name, sql in fresh:
            await _apply(connection, name, sql)
        return [name for name, _ in fresh]
    except asyncpg.PostgresError as error:
        raise CannotStart(f"The database can't be brought up to date: {error}") from error
    except TimeoutError as error:
        sentence = "The database can't be brought up to date: it stopped answering."
        raise CannotStart(sentence) from error
    finally:
        await _close(connection)


async def _is_up_to_date(connection: asyncpg.Connection, app: str | None) -> bool:
    """Return whether there is nothing to do: the usual start, without a lock and without writes."""
    # `_grant` gives this right last, in one transaction with the others.
    may_read = """
        select has_table_privilege(coalesce($1, current_user), to_regclass('migrations'), 'select')
    """
    try:
        if not await connection.fetchval(may_read, None if app is None else unquote(app)):
            return False
    except asyncpg.UndefinedObjectError:
        # The role doesn't exist.
        return False
    applied = await _read_applied(connection)
    return not any(_is_new(name, sql, applied) for name, sql in read_migrations())


async def _add_version(connection: asyncpg.Connection) -> None:
    sql = "select 1 from pg_attribute where attrelid = 'migrations'::regclass and attname = $1"
    if await connection.fetchval(sql, "version") is None:
        async with connection.transaction():
            await connection.execute(_ADD_VERSION)


async def _read_applied(connection: asyncpg.Connection) -> dict[str, AppliedMigration]:
    sql = """
        select name, checksum, to_jsonb(migrations) ->> 'version' as version
          from migrations
         order by name
    """
    return {row["name"]: AppliedMigration(*row) for row in await connection.fetch(sql)}


async def compare_migrations(url: str) -> SchemaDifference:
    """Return how the migrations of a database differ from those of this program."""
    connection = await _connect(url)
    try:
        is_empty = await connection.fetchval("select to_regclass('migrations') is null")
        applied = {} if is_empty else await _read_applied(connection)
    finally:
        await _close(connection)
    ours = dict(read_migrations())
    return SchemaDifference(
        missing=[name for name in ours if name not in applied],
        unknown=[each for name, each in applied.items() if name not in ours],
        changed=[each for each in applied.values() if _is_changed(each, ours)],
    )


def _is_changed(applied: AppliedMigration, ours: dict[str, str]) -> bool:
    return applied.name in ours and applied.checksum != _checksum(ours[applied.name])


def name_version(applied: AppliedMigration) -> str:
    """Return what to install for a database that has this migration."""
    if applied.version is None:
        return "the version of Veza that fits the data"
    return f"Veza {applied.version} or later"


async def _connect(url: str) -> asyncpg.Connection:
    return await asyncpg.connect(
        url,
        timeout=CONNECT_TIMEOUT_S,
        command_timeout=COMMAND_TIMEOUT_S,
        server_settings={"application_name": "veza migrate"},
    )


async def _close(connection: asyncpg.Connection) -> None:
    # A frozen server does not answer: the connection is dropped after the timeout.
    with suppress(TimeoutError):
        await connection.close(timeout=CLOSE_TIMEOUT_S)


def read_migrations() -> list[tuple[str, str]]:
    """Return the name and SQL of every migration, in order."""
    folder = resources.files("veza") / "migrations"
    files = sorted((f for f in folder.iterdir() if f.name.endswith(".sql")), key=lambda f: f.name)
    return [(file.name.removesuffix(".sql"), file.read_text()) for file in files]


async def _grant(connection: asyncpg.Connection, owner: str | None, app: str | None) -> None:
    """Grant the role of the program access to the rows of all future tables."""
    if app is None or app == owner:
        return
    role = '"' + unquote(app).replace('"', '""') + '"'
    await connection.execute(
        f"""
        alter default privileges in schema public
              grant select, insert, update, delete on tables to {role};
        alter default privileges in schema public grant usage, select on sequences to {role};
        grant select on migrations to {role};
        """
    )


def _is_new(name: str, sql: str, applied: dict[str, AppliedMigration]) -> bool:
    if name not in applied:
        return True
    if _is_changed(applied[name], {name: sql}):
        raise CannotStart(
            f"Migration {name} differs from the one that was applied to this database: install "
            f"{name_version(applied[name])}."
        )
    return False


async def _apply(connection: asyncpg.Connection, name: str, sql: str) -> None:
    try:
        async with connection.transaction():
            await connection.execute("set local lock_timeout = '5s'")
            await connection.execute(sql)
            await connection.execute(
                "insert into migrations (name, checksum, version) values ($1, $2, $3)",
                *(name, _checksum(sql), version("veza")),
            )
    except asyncpg.PostgresError as error:
        raise CannotStart(f"Migration {name} failed and was rolled back: {error}") from error


def _checksum(sql: str) -> str:
    return hashlib.sha256(sql.encode()).hexdigest()
