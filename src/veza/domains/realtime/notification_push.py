"""Push notifications to the connections of their members.

Listeners only record what to push, because `Revisions` waits for them; a task reads it.
"""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from itertools import islice
from uuid import UUID

import structlog

from veza.core.errors import Unavailable
from veza.core.ids import NotificationId, UserId
from veza.core.signed_urls import UrlBuilder
from veza.domains.notifications.inbox import service as notifications
from veza.domains.notifications.inbox.models import PushedNotification
from veza.domains.realtime.connections import PLACEHOLDER_BASE, Connection, EncodedEvent
from veza.domains.realtime.models import FrameType, ServerFrame
from veza.infra.postgres.database import Database
from veza.infra.processes.tasks import running

log = structlog.get_logger()

# How many are read at once, and how many may wait for it. Clients list all of them over HTTP, too.
_BATCH = 100
_MAX_PENDING = 10_000
# The same news is announced again for as long as an older transaction runs: it is ignored so long.
_REMEMBER_S = 600.0
_RETRY_S = 1.0

# A version of a notification: a changed notification, as by a new actor, is pushed again.
type PushKey = tuple[NotificationId, datetime]


class NotificationPush:
    """Notifications to be pushed by this process, and those that were."""

    def __init__(
        self,
        database: Database,
        connections: Mapping[UserId, set[Connection]],
        urls_of: Callable[[str], UrlBuilder],
    ) -> None:
        self.database = database
        self._urls_of = urls_of
        self._connections = connections
        self._pending: dict[PushKey, UserId] = {}
        # When each was last announced, the oldest first.
        self._pushed: dict[PushKey, float] = {}
        self._wake = asyncio.Event()

    async def on_notified(self, subjects: list[str]) -> None:
        """Note notifications of members who are connected: a listener of `Revisions`."""
        for subject in subjects:
            member, notification, told_at = subject.split(":", 2)
            user_id = UserId(UUID(member))
            if user_id in self._connections:
                key = NotificationId(UUID(notification)), datetime.fromisoformat(told_at)
                self._add(key, user_id)

    def running(self) -> AbstractAsyncContextManager[None]:
        """Push recorded notifications while inside the context."""
        return running(self._run())

    def _add(self, key: PushKey, user_id: UserId) -> None:
        if key in self._pushed:
            self._mark_pushed(key)
        elif len(self._pending) < _MAX_PENDING:
            self._pending[key] = user_id
            self._wake.set()

    async def _run(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            try:
                while batch := self._next_batch():
                    await self._push(batch)
            except Unavailable as error:
                # Pending notifications stay pending.
                log.warning("notifications_unread", error=str(error))
                await asyncio.sleep(_RETRY_S)
                self._wake.set()

    def _next_batch(self) -> list[PushKey]:
        connected = {key: user for key, user in self._pending.items() if user in self._connections}
        self._pending = connected
        return list(islice(connected, _BATCH))

    async def _push(self, batch: Sequence[PushKey]) -> None:
        for push in await self._read([notification_id for notification_id, _ in batch]):
            # The current version is read, which may be newer than the announced version.
            key = push.notification.id, push.notification.told_at
            if self._mark_pushed(key):
                event = EncodedEvent(ServerFrame(FrameType.NOTIFICATION, push.notification))
                for connection in list(self._connections.get(push.user_id, ())):
                    connection.sender.send(event.frame_for(connection.base_url))
        for key in batch:
            self._pending.pop(key, None)
            self._mark_pushed(key)

    async def _read(self, ids: Sequence[NotificationId]) -> list[PushedNotification]:
        try:
            async with self.database.read() as conn:
                urls = self._urls_of(PLACEHOLDER_BASE)
                return await notifications.list_for_push(conn, ids, urls)
        except Unavailable:
            raise
        except Exception:
            # Skip the batch: raising, or trying it for ever, would stop all other notifications.
            log.exception("notifications_unread")
            return []

    def _mark_pushed(self, key: PushKey) -> bool:
        """Record a push, and delete old records; return False if it is recorded already."""
        now = time.monotonic()
        is_new = self._pushed.pop(key, None) is None
        self._pushed[key] = now
        # The last key was just added, so this ends.
        while now - self._pushed[oldest := next(iter(self._pushed))] > _REMEMBER_S:
            del self._pushed[oldest]
        return is_new
