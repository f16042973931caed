"""Notifies all processes within a second of changes such as ended sessions.

Each process polls the table `revisions` every half second. A signal through Valkey only makes that
faster, so a lost signal loses nothing.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import timedelta

import structlog
from msgspec import Struct

from veza.core.errors import Unavailable
from veza.infra.postgres.database import Conn, Database, Tx
from veza.infra.processes.tasks import running, wait_for

log = structlog.get_logger()

TOPIC = "revisions"
INTERVAL_S = 0.5
# At the end, so long is waited for a read under way.
FINISH_TIMEOUT_S = 1.0
# Longer than the lifetime of an access token: older rows have no effect any more.
KEPT_FOR = timedelta(hours=2)

type OnRevision = Callable[[list[str]], Awaitable[None]]


class Revision(Struct, frozen=True):
    """A row of the table."""

    topic: str
    subject: str


async def announce(tx: Tx, topic: str, *subjects: str) -> None:
    """Notify every process, after the commit, that `topic` changed for `subjects`."""
    if subjects:
        sql = "insert into revisions (topic, subject) select $1, unnest($2::text[])"
        await tx.run(sql, topic, list(subjects))
        tx.signal(TOPIC)


async def delete_old(tx: Tx) -> int:
    """Delete rows that no process needs any more."""
    return await tx.run("delete from revisions where announced_at < now() - $1::interval", KEPT_FOR)


class Revisions:
    """Reads the table for this process. Listeners may get the same revision twice."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._listeners: dict[str, list[OnRevision]] = {}
        self._seen_to = "0"
        self._reading = asyncio.Lock()
        self._woken = asyncio.Event()

    def listen(self, topic: str, listener: OnRevision) -> None:
        """Call `listener` with the changed subjects of a topic."""
        self._listeners.setdefault(topic, []).append(listener)

    def wake(self) -> None:
        """Read now rather than at the next interval."""
        self._woken.set()

    async def refresh(self) -> None:
        """Read new revisions and call the listeners."""
        async with self._reading:
            async with self._database.read() as conn:
                horizon, revisions = await self._read(conn)
            topics: dict[str, list[str]] = {}
            for revision in revisions:
                topics.setdefault(revision.topic, []).append(revision.subject)
            for topic, subjects in topics.items():
                for listener in self._listeners.get(topic, []):
                    await listener(subjects)
            self._seen_to = horizon

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Read all revisions, then poll while inside."""
        await self.refresh()
        async with running(self._run()):
            try:
                yield
            finally:
                await self._finish_reading()

    async def _finish_reading(self) -> None:
        """Wait for a read under way: cancelled while connecting, asyncpg prints an error."""
        with suppress(TimeoutError):
            async with asyncio.timeout(FINISH_TIMEOUT_S), self._reading:
                pass

    async def _read(self, conn: Conn) -> tuple[str, list[Revision]]:
        # Transactions commit in any order, so rows do not appear in the order of a sequence. But
        # rows that are not visible yet have a transaction id of at least the snapshot's xmin:
        # reading again from there misses nothing.
        horizon = await conn.one(
            _Horizon, "select pg_snapshot_xmin(pg_current_snapshot())::text as horizon"
        )
        sql = "select topic, subject from revisions where xid >= $1::text::xid8"
        return horizon.horizon, await conn.all(Revision, sql, self._seen_to)

    async def _run(self) -> None:
        while True:
            await wait_for(self._woken, INTERVAL_S)
            self._woken.clear()
            try:
                await self.refresh()
            except Unavailable as error:
                log.warning("revisions_unread", error=str(error))
            except Exception:
                # If polling ended here, this process would accept ended sessions.
                log.exception("revisions_unread")


class _Horizon(Struct, frozen=True):
    horizon: str
