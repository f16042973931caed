"""Track blocks between members for the connections of this process.

Presence, typing and read marks must not pass between two members with a block in either direction,
in any conversation. Each connection has the blocks of its member; `presence_feed` and `connections`
exclude these members.
"""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from itertools import islice
from uuid import UUID

import structlog

from veza.core.errors import Unavailable
from veza.core.ids import UserId
from veza.domains.realtime.connections import Connection
from veza.domains.relationships import service as relations
from veza.infra.postgres.database import Database
from veza.infra.processes.tasks import running

log = structlog.get_logger()

_BATCH = 20
_RETRY_S = 1.0


class BlockTracker:
    """Loads the blocks of connected members, and again when they change."""

    def __init__(
        self,
        database: Database,
        connections: Mapping[UserId, set[Connection]],
        on_change: Callable[[Connection], None],
    ) -> None:
        self._database = database
        self._connections = connections
        self._on_change = on_change
        # Members whose blocks changed since they were read. A dict keeps the order.
        self._stale: dict[UserId, None] = {}
        self._wake = asyncio.Event()
        self._reads = 0

    async def load(self, connection: Connection) -> None:
        """Load the blocks of a connection's member, unless they are. Raises Unavailable."""
        if connection.blocked_ids is None:
            # A change that is committed during this read makes them stale, and is read again.
            await self._read([connection.user_id])

    async def on_blocks_changed(self, subjects: list[str]) -> None:
        """Note members whose blocks changed: a listener of `Revisions`."""
        for subject in subjects:
            for text in subject.split(":"):
                user_id = UserId(UUID(text))
                if user_id in self._connections:
                    self._stale[user_id] = None
                    self._wake.set()

    def running(self) -> AbstractAsyncContextManager[None]:
        """Reload changed blocks while inside the context."""
        return running(self._run())

    async def _run(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            try:
                while self._stale:
                    await self._refresh(list(islice(self._stale, _BATCH)))
            except Exception as error:
                # If this loop ended, new blocks would have no effect on presence.
                if isinstance(error, Unavailable):
                    log.warning("blocks_unread", error=str(error))
                else:
                    log.exception("blocks_unread")
                await asyncio.sleep(_RETRY_S)
                self._wake.set()

    async def _refresh(self, user_ids: list[UserId]) -> None:
        for user_id in user_ids:
            del self._stale[user_id]
        try:
            await self._read(user_ids)
        except BaseException:
            self._stale.update(dict.fromkeys(user_ids))
            raise

    async def _read(self, user_ids: list[UserId]) -> None:
        self._reads += 1
        version = self._reads
        async with self._database.read() as conn:
            found = await relations.find_blocked_ids(conn, user_ids)
        for user_id, blocked_ids in found.items():
            for connection in self._connections.get(user_id, ()):
                # A read that began later includes all changes that were announced before it.
                if version > connection.blocks_version:
                    connection.blocks_version = version
                    if connection.blocked_ids != blocked_ids:
                        connection.blocked_ids = blocked_ids
                        self._on_change(connection)
