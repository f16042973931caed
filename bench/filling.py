"""A data directory filled with members, tracks, posts, products and messages."""

import re
from pathlib import Path

import asyncpg
from msgspec import Struct

from veza.app.paths import engines_folder
from veza.app.settings.settings import Settings
from veza.infra.processes.embedded_cluster import (
    APP_ROLE,
    OWNER_ROLE,
    create_cluster,
    open_cluster,
)
from veza.infra.security.passwords import Passwords
from veza.infra.security.secrets import load_secrets

PASSWORD = "a long enough sentence"
SUPERUSER = "postgres"
# Filled with many rows: their indexes are created afterwards.
_INDEXED = ("tracks", "track_likes", "products", "posts", "post_likes", "messages")
_SELECT_FOREIGN_KEYS = """
    select t.tgname, t.tgrelid::regclass::text as name
      from pg_trigger t
      join pg_class c on c.oid = t.tgrelid
      join pg_constraint k on k.oid = t.tgconstraint
     where k.contype = 'f' and c.relnamespace = 'public'::regnamespace and c.relispartition = false
"""
_SELECT_INDEXES = """
    select i.indexrelid::regclass::text as name, pg_get_indexdef(i.indexrelid) as definition
      from pg_index i
     where i.indrelid::regclass::text = any($1)
       and not i.indisunique
       and not exists (select from pg_constraint k where k.conindid = i.indexrelid)
"""
_SCRIPT = Path(__file__).with_name("fill.sql")


class Sizes(Struct, frozen=True):
    """The number of rows of each kind."""

    users: int = 5_000
    tracks: int = 100_000
    posts: int = 200_000
    products: int = 100_000


async def create_data(folder: Path) -> None:
    """Create the cluster of a data directory with a superuser that has the owner's password.

    The statements of requests are only logged where a superuser asks for it.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    secrets, engines = load_secrets(folder), engines_folder(Settings(data_dir=folder))
    engines.mkdir(mode=0o700, exist_ok=True)
    cluster = await open_cluster(engines)
    roles = {OWNER_ROLE: secrets.postgres_owner, APP_ROLE: secrets.postgres_app}
    await create_cluster(cluster, roles | {SUPERUSER: secrets.postgres_owner})


async def fill(url: str, superuser_url: str, sizes: Sizes) -> None:
    """Fill an empty database at the URL of its owner."""
    await _log_parameters(superuser_url)
    statements = render(sizes, await _hash_password())
    connection, superuser = await asyncpg.connect(url), await asyncpg.connect(superuser_url)
    try:
        # The rows are consistent, and checking each costs more than inserting it.
        await _switch_foreign_keys(superuser, "disable")
        indexes = await _drop_indexes(connection)
        await connection.execute(statements)
        for index in indexes:
            await connection.execute(index)
        await _switch_foreign_keys(superuser, "enable")
        # Before what they are found by is built: without statistics, tables seem to be small.
        await connection.execute("analyze")
    finally:
        await connection.close()
        await superuser.close()


async def analyze(url: str) -> None:
    """Collect statistics: the planner guesses wrong without, and autovacuum comes too late."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("vacuum analyze")
    finally:
        await connection.close()


async def _switch_foreign_keys(superuser: asyncpg.Connection, verb: str) -> None:
    """Enable or disable the checks of foreign keys, but no other triggers."""
    for row in await superuser.fetch(_SELECT_FOREIGN_KEYS):
        await superuser.execute(f'alter table {row["name"]} {verb} trigger "{row["tgname"]}"')


async def _drop_indexes(connection: asyncpg.Connection) -> list[str]:
    """Drop the indexes that no constraint needs; return the statements that create them."""
    rows = await connection.fetch(_SELECT_INDEXES, list(_INDEXED))
    for row in rows:
        await connection.execute(f"drop index {row['name']}")
    return [row["definition"] for row in rows]


async def _log_parameters(superuser_url: str) -> None:
    """Make statements be logged with their parameters, where they are logged, from now on."""
    connection = await asyncpg.connect(superuser_url)
    try:
        for role in (OWNER_ROLE, APP_ROLE):
            # The server's own setting ranks above the configuration file's.
            await connection.execute(f"alter role {role} set log_error_verbosity = 'default'")
    finally:
        await connection.close()


def render(sizes: Sizes, password_hash: str) -> str:
    """Return the statements that fill a database."""
    values = {
        "users": str(sizes.users),
        "tracks": str(sizes.tracks),
        "posts": str(sizes.posts),
        "products": str(sizes.products),
        "password_hash": f"'{password_hash}'",
    }
    pattern = rf"(?<!:):({'|'.join(values)})\b"
    text = re.sub(r"^\s*--.*$", "", _SCRIPT.read_text(), flags=re.MULTILINE)
    return re.sub(pattern, lambda found: values[found[1]], text)


async def _hash_password() -> str:
    passwords = Passwords(threads=1)
    try:
        return await passwords.hash(PASSWORD)
    finally:
        passwords.close()
