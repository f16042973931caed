"""Reads from a streaming replica, while it is at most a second behind the primary.

How old the replica's data are is not asked of clocks, nor of the replica: the primary's position in
the log (LSN) is noted together with the time at which it was asked for. A replica that has applied
this position shows everything that was committed before that time. So a replica that is idle, cut
off from its primary, or promoted is judged rightly.
"""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager

import structlog
from msgspec import Struct
from prometheus_client import Counter

from veza.core.errors import NotFound, Unavailable
from veza.infra.postgres.availability import StatementTimedOut
from veza.infra.postgres.database import Conn, Database
from veza.infra.processes.tasks import repeat, running

log = structlog.get_logger()

MAX_AGE_S = 1.0
INTERVAL_S = 0.25
# Of the pool of the replica, shorter than those of the primary: what the replica does not answer in
# time is asked of the primary.
STATEMENT_TIMEOUT_MS = 2_000
ACQUIRE_TIMEOUT_S = 1.0

_READS = Counter(
    "veza_replica_reads_total", "Reads that a replica may answer, by who answered.", ["answered_by"]
)
_BY_REPLICA = _READS.labels("replica")
_BY_PRIMARY = _READS.labels("primary")


class ReplicaPosition(Struct, frozen=True):
    """The position that a replica has applied; None on a server that is no replica."""

    applied: int | None


class ReplicaReads:
    """Reads that may be a second old: from a replica if it is fresh, otherwise from the primary.

    Without a replica all are from the primary. Never read somebody's own changes here.
    """

    def __init__(self, primary: Database, replica: Database | None) -> None:
        self._primary = primary
        self._replica = replica
        # Positions of the primary that the replica lacked, and when each was asked for.
        self._noted: deque[tuple[float, int]] = deque()
        self._fresh_until = 0.0
        self._was_fresh = False

    @property
    def is_fresh(self) -> bool:
        """Return whether the replica has everything that was committed a second ago."""
        return asyncio.get_running_loop().time() < self._fresh_until

    async def read[T](self, read: Callable[[Conn], Awaitable[T]]) -> T:
        """Return what `read` returns; if the replica lacks something, from the primary.

        So somebody who is given a link finds what was made a moment ago. Raises what `read` raises.
        """
        if self._replica is not None and self.is_fresh:
            try:
                async with self._replica.read() as conn:
                    found = await read(conn)
            except NotFound:
                pass
            except Unavailable:
                self._fresh_until = 0.0
            else:
                _BY_REPLICA.inc()
                return found
        if self._replica is not None:
            _BY_PRIMARY.inc()
        async with self._primary.read() as conn:
            return await read(conn)

    @asynccontextmanager
    async def brief_read(
        self, statement_timeout_ms: int, *, planned_once: bool = False
    ) -> AsyncGenerator[Conn]:
        """Open a connection to either, as `Database.brief_read` does. Raises StatementTimedOut."""
        database = self._primary
        if self._replica is not None:
            is_fresh = self.is_fresh
            (_BY_REPLICA if is_fresh else _BY_PRIMARY).inc()
            database = self._replica if is_fresh else self._primary
        try:
            opened = database.brief_read(statement_timeout_ms, planned_once=planned_once)
            async with opened as conn:
                yield conn
        except StatementTimedOut:
            raise
        except Unavailable:
            if database is self._replica:
                self._fresh_until = 0.0
            raise

    @asynccontextmanager
    async def watching(self) -> AsyncGenerator[None]:
        """Watch how far the replica is behind while inside."""
        if self._replica is None:
            yield
            return
        async with running(repeat(self.check, each_s=INTERVAL_S)):
            yield

    async def check(self) -> None:
        """Compare the positions of both servers."""
        assert self._replica is not None
        try:
            asked_at = asyncio.get_running_loop().time()
            async with self._primary.read() as conn:
                written = await conn.value(int, _SELECT_WRITTEN)
            assert written is not None
            self._noted.append((asked_at, written))
            async with self._replica.read() as conn:
                position = await conn.one(ReplicaPosition, _SELECT_APPLIED)
        except Unavailable:
            position = ReplicaPosition(None)
        self._judge(position.applied)

    def _judge(self, applied: int | None) -> None:
        now = asyncio.get_running_loop().time()
        while self._noted and applied is not None and self._noted[0][1] <= applied:
            asked_at, _ = self._noted.popleft()
            self._fresh_until = asked_at + MAX_AGE_S
        if applied is None:
            self._fresh_until = 0.0
        # What is older is of no use any more, whenever it is applied.
        while self._noted and self._noted[0][0] < now - MAX_AGE_S:
            self._noted.popleft()
        if self.is_fresh is not self._was_fresh:
            self._was_fresh = self.is_fresh
            if self._was_fresh:
                log.info("replica_fresh")
            else:
                log.warning("replica_stale", hint="The primary answers until it caught up.")


# As numbers of bytes since the beginning of the log.
_SELECT_WRITTEN = "select (pg_current_wal_lsn() - '0/0')::bigint"
_SELECT_APPLIED = """
    select case when pg_is_in_recovery() then (pg_last_wal_replay_lsn() - '0/0')::bigint end
           as applied
"""
