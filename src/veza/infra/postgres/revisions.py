"""What every process must know within a second: sessions ended, and whatever else is switched.

One small table, `revisions`, is the truth: each process reads its news every half second. A signal
through Valkey only hastens that, so a lost one loses nothing.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import timedelta

import structlog
from msgspec import Struct

from veza.core.errors import Unavailable
from veza.infra.postgres.database import Conn, Database, Tx
from veza.infra.processes.tasks import running

log = structlog.get_logger()

TOPIC = "revisions"
INTERVAL_S = 0.5
# Longer than an access token lives: what is forgotten can't matter any more.
KEPT_FOR = timedelta(hours=2)

type Listener = Callable[[list[str]], Awaitable[None]]


class News(Struct, frozen=True):
    """One row of the table: of which topic, and about what."""

    topic: str
    subject: str


async def announce(tx: Tx, topic: str, *subjects: str) -> None:
    """Have every process learn, once this is committed, that `topic` changed for `subjects`."""
    if subjects:
        sql = "insert into revisions (topic, subject) select $1, unnest($2::text[])"
        await tx.run(sql, topic, list(subjects))
        tx.signal(TOPIC)


async def forget_old(tx: Tx) -> int:
    """Delete the rows that no process needs any more."""
    return await tx.run("delete from revisions where announced_at < now() - $1::interval", KEPT_FOR)


class Revisions:
    """This process's view of the table. Listeners must bear to hear the same news twice."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._listeners: dict[str, list[Listener]] = {}
        self._seen_to = "0"
        self._reading = asyncio.Lock()
        self._wake = asyncio.Event()

    def listen(self, topic: str, listener: Listener) -> None:
        """Call `listener` with the subjects of a topic that have news."""
        self._listeners.setdefault(topic, []).append(listener)

    def hurry(self) -> None:
        """Read now rather than at the next turn."""
        self._wake.set()

    async def refresh(self) -> None:
        """Read the news until now, and pass them on."""
        async with self._reading:
            async with self._database.read() as conn:
                horizon, news = await self._read(conn)
            topics: dict[str, list[str]] = {}
            for item in news:
                topics.setdefault(item.topic, []).append(item.subject)
            for topic, subjects in topics.items():
                for listener in self._listeners.get(topic, []):
                    await listener(subjects)
            self._seen_to = horizon

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Know the news from the start, and go on learning while inside."""
        await self.refresh()
        async with running(self._run()):
            yield

    async def _read(self, conn: Conn) -> tuple[str, list[News]]:
        # Rows are not seen in the order of any counter, since transactions commit in any order.
        # But whatever is not visible yet has a transaction id at or above the snapshot's xmin:
        # reading again from there misses nothing.
        horizon = await conn.one(
            _Horizon, "select pg_snapshot_xmin(pg_current_snapshot())::text as horizon"
        )
        sql = "select topic, subject from revisions where xid >= $1::text::xid8"
        return horizon.horizon, await conn.all(News, sql, self._seen_to)

    async def _run(self) -> None:
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(INTERVAL_S):
                    await self._wake.wait()
            self._wake.clear()
            try:
                await self.refresh()
            except Unavailable as error:
                log.warning("revisions_unread", error=str(error))
            except Exception:
                # Were the reading to end here, this process would let in whoever is out.
                log.exception("revisions_unread")


class _Horizon(Struct, frozen=True):
    horizon: str
