"""Applies `migrations/*.sql` in order, each once, under a lock of the database."""

import hashlib
from collections.abc import Awaitable, Callable, Collection
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
        applied_at timestamptz not null default now(),
        version    text
    )
"""
# Of databases whose migrations this program doesn't have: see `baseline`.
EARLIER = (
    "This data was made by a version of Veza before 1.0, whose migrations this one does not have. "
    "Install the last version before 1.0, start it once on this data, and run its `veza backup "
    "TARGET`. Then run `veza restore TARGET` of this version with an empty data directory and "
    "database: see docs/operation.md, Upgrade."
)


type BeforeMigration = Callable[[str], Awaitable[None]]


class AppliedMigration(Struct, frozen=True):
    """A migration as a database has it. Without `version` it is not known who applied it."""

    name: str
    checksum: str
    version: str | None


class SchemaDifference(Struct, frozen=True):
    """The differences between the migrations of a database and of this program, in order.

    `missing` are not applied, `unknown` are applied but not of this program, `changed` were applied
    with another content. `is_earlier`: the database is of before 1.0.
    """

    missing: list[str]
    unknown: list[AppliedMigration]
    changed: list[AppliedMigration]
    is_earlier: bool = False


async def migrate(
    owner_url: str, app_url: str, *, before: BeforeMigration | None = None
) -> list[str]:
    """Bring the database up to date; return the names of the migrations that were applied.

    Connects as the owner of the schema. The role of `app_url`, if it is another, may only read and
    write rows. `before` is called with the name of the first migration, unless the database is
    empty; nothing is applied if it raises. Raises CannotStart if the database is unreachable or of
    before 1.0, a migration fails, or an applied one was edited.
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
        applied = await read_applied(connection)
        fresh = _find_new(applied)
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
    return not _find_new(await read_applied(connection))


async def read_applied(connection: asyncpg.Connection) -> dict[str, AppliedMigration]:
    """Return the applied migrations by name, in order. Before 1.0 there may be no version."""
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
        applied = {} if is_empty else await read_applied(connection)
    finally:
        await _close(connection)
    ours = dict(read_migrations())
    return SchemaDifference(
        missing=[name for name in ours if name not in applied],
        unknown=[each for name, each in applied.items() if name not in ours],
        changed=[each for each in applied.values() if _is_changed(each, ours)],
        is_earlier=is_earlier(applied),
    )


def is_earlier(names: Collection[str]) -> bool:
    """Return whether a database with these migrations is of before 1.0.

    Every later one has the first migration of the baseline, whatever else it has.
    """
    return bool(names) and read_migrations()[0][0] not in names


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


def _find_new(applied: dict[str, AppliedMigration]) -> list[tuple[str, str]]:
    """Return the migrations to apply. Raises CannotStart if the database doesn't fit."""
    if is_earlier(applied):
        raise CannotStart(EARLIER)
    return [(name, sql) for name, sql in read_migrations() if _is_new(name, sql, applied)]


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
            await record(connection, name, sql)
    except asyncpg.PostgresError as error:
        raise CannotStart(f"Migration {name} failed and was rolled back: {error}") from error


async def record(connection: asyncpg.Connection, name: str, sql: str) -> None:
    """Record a migration as applied by this version."""
    await connection.execute(
        "insert into migrations (name, checksum, version) values ($1, $2, $3)",
        *(name, _checksum(sql), version("veza")),
    )


def _checksum(sql: str) -> str:
    return hashlib.sha256(sql.encode()).hexdigest()
