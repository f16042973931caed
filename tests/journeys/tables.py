"""Compares all rows of two servers, or of one server at two times, and changes what time does."""

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg

from tests.journeys.served import Server
from veza.app.paths import find_addresses
from veza.app.settings.environment import read_settings
from veza.infra.security.secrets import load_secrets

# What a server changes by itself. Expired and delivered rows may go at any moment.
OWN = {
    *("audit_signatures", "audit_unsigned_events", "backup_attempts", "outbox", "revisions"),
    "backup_requests",
    # Replaced at each start until there is an admin.
    *("setup_link", "traffic"),
    *("jobs", "schedules"),
}


_NOTHING_IS_DUE = """
    select not exists (select from outbox)
       and not exists (
               select from jobs where status in ('queued', 'picked') and due_at <= now()
           )
"""


async def read_tables(server: Server) -> dict[str, str]:
    """Return the digest of all rows, by table."""
    async with _connect(server) as connection:
        names = await connection.fetch(
            "select tablename from pg_tables where schemaname = 'public' order by 1"
        )
        return {name: await _digest(connection, name) for (name,) in names}


async def is_nothing_due(server: Server) -> bool:
    """Return whether all events are delivered, and all jobs that are due are done."""
    async with _connect(server) as connection:
        return await connection.fetchval(_NOTHING_IS_DUE)


async def let_proofs_age(server: Server) -> None:
    """Make the proofs of identity of all sessions eleven minutes older."""
    async with _connect(server) as connection:
        await connection.execute(
            "update sessions set proved_at = proved_at - interval '11 minutes'"
        )


async def hold_mail(server: Server, address: str) -> None:
    """Make a mail that tells a member of a new device, and that was refused."""
    async with _connect(server) as connection:
        await connection.execute(
            """
            insert into jobs (priority, status, name, payload)
                 select 0, 'failed', 'SendMail', convert_to(json_build_object(
                            'purpose', 'new_device', 'to', email, 'enqueued_at', now(),
                            'user_id', id
                        )::text, 'UTF8')
                   from users
                  where email = $1
            """,
            address,
        )


async def let_counters_be_due(server: Server) -> None:
    """End the days after all counter-notices, and have the worker look for them now."""
    async with _connect(server) as connection:
        await connection.execute("update copyright_counters set restore_at = now()")
        await connection.execute(
            "update schedules set due_at = now() where name = 'restore_countered'"
        )


def find_changes(before: dict[str, str], after: dict[str, str]) -> set[str]:
    """Return the names of the tables whose rows differ."""
    assert before.keys() == after.keys()
    return {name for name in before if before[name] != after[name]}


@asynccontextmanager
async def _connect(server: Server) -> AsyncIterator[asyncpg.Connection]:
    settings = read_settings(server.environment())
    url = find_addresses(settings, load_secrets(settings.data_dir)).migration
    connection = await asyncpg.connect(url)
    try:
        yield connection
    finally:
        await connection.close()


async def _digest(connection: asyncpg.Connection, table: str) -> str:
    rows = await connection.fetch(f'select t::text as row from "{table}" t order by 1')
    return hashlib.sha256("\n".join(row["row"] for row in rows).encode()).hexdigest()
