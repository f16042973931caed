"""Applies `migrations/*.sql` in order, each once, under a lock of the database."""

import hashlib
from collections.abc import Awaitable, Callable
from contextlib import suppress
from importlib import resources
from urllib.parse import unquote, urlsplit

import asyncpg

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


type BeforeMigration = Callable[[str], Awaitable[None]]


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


async def _read_applied(connection: asyncpg.Connection) -> dict[str, str]:
    rows = await connection.fetch("select name, checksum from migrations")
    return {row["name"]: row["checksum"] for row in rows}


async def count_missing(url: str) -> int:
    """Return how many migrations have not been applied."""
    connection = await _connect(url)
    try:
        if await connection.fetchval("select to_regclass('migrations') is null"):
            return len(read_migrations())
        done = await connection.fetchval("select count(*) from migrations")
        return len(read_migrations()) - int(done)
    finally:
        await _close(connection)


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


def _is_new(name: str, sql: str, applied: dict[str, str]) -> bool:
    if name not in applied:
        return True
    if applied[name] != _checksum(sql):
        raise CannotStart(
            f"Migration {name} differs from the one that was applied to this database: install "
            "the version of Veza that fits the data."
        )
    return False


async def _apply(connection: asyncpg.Connection, name: str, sql: str) -> None:
    try:
        async with connection.transaction():
            await connection.execute("set local lock_timeout = '5s'")
            await connection.execute(sql)
            await connection.execute(
                "insert into migrations (name, checksum) values ($1, $2)", name, _checksum(sql)
            )
    except asyncpg.PostgresError as error:
        raise CannotStart(f"Migration {name} failed and was rolled back: {error}") from error


def _checksum(sql: str) -> str:
    return hashlib.sha256(sql.encode()).hexdigest()
