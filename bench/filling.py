"""A data directory filled with members, tracks, posts, products and messages."""

import re
from pathlib import Path

import asyncpg
from msgspec import Struct

from veza.app.paths import engines_folder
from veza.app.settings import Settings
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
    """Fill an empty database at the URL of its owner, and collect statistics."""
    await _log_parameters(superuser_url)
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(render(sizes, await _hash_password()))
        # The planner guesses wrong without, and autovacuum would come while we measure.
        await connection.execute("vacuum analyze")
    finally:
        await connection.close()


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
