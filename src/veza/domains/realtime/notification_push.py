"""Brings notifications to the sockets of their members.

What is wanted is only noted where it is heard of: `Revisions` waits for whoever hears its news.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from itertools import islice
from uuid import UUID

import structlog

from veza.core.errors import Unavailable
from veza.core.ids import NotificationId, UserId
from veza.core.signed_urls import UrlBuilder
from veza.domains.notifications.inbox import service as notifications
from veza.domains.notifications.inbox.models import PushedNotification
from veza.domains.realtime.connections import Edition, Seat
from veza.domains.realtime.models import Notified
from veza.infra.postgres.database import Database
from veza.infra.processes.tasks import running

log = structlog.get_logger()

# So many are read at once, and so many at most wait for it: all of them are listed over HTTP, too.
_AT_ONCE = 100
_MAX_WANTED = 10_000
# The same news is heard again for as long as an older transaction runs, and known for so long.
_REMEMBERED_S = 600.0
_PAUSE_S = 1.0

# Which notification, told when: one that is joined to is told anew.
type Telling = tuple[NotificationId, datetime]


class Courier:
    """What is still to be brought to those who are here, and what was brought."""

    def __init__(
        self, database: Database, seats: Mapping[UserId, set[Seat]], urls: Callable[[], UrlBuilder]
    ) -> None:
        self.database = database
        self._links = urls
        self._seats = seats
        self._wanted: dict[Telling, UserId] = {}
        # The moment when each was last heard of, the longest ago first.
        self._brought: dict[Telling, float] = {}
        self._wake = asyncio.Event()

    async def want(self, subjects: list[str]) -> None:
        """Note what members are told who are here, and what isn't brought yet."""
        for subject in subjects:
            member, notification, told_at = subject.split(":", 2)
            user_id = UserId(UUID(member))
            if user_id in self._seats:
                told = NotificationId(UUID(notification)), datetime.fromisoformat(told_at)
                self._note(told, user_id)

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Bring what is wanted while inside, as soon as it is."""
        async with running(self._run()):
            yield

    def _note(self, telling: Telling, user_id: UserId) -> None:
        if telling in self._brought:
            self._remember(telling)
        elif len(self._wanted) < _MAX_WANTED:
            self._wanted[telling] = user_id
            self._wake.set()

    async def _run(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            try:
                while some := self._find_next():
                    await self._bring(some)
            except Unavailable as error:
                # It is wanted still.
                log.warning("notifications_unread", error=str(error))
                await asyncio.sleep(_PAUSE_S)
                self._wake.set()

    def _find_next(self) -> list[Telling]:
        here = {told: user for told, user in self._wanted.items() if user in self._seats}
        self._wanted = here
        return list(islice(here, _AT_ONCE))

    async def _bring(self, some: Sequence[Telling]) -> None:
        for push in await self._read([notification_id for notification_id, _ in some]):
            # As it is now, it may have been told again since.
            telling = push.notification.id, push.notification.told_at
            if self._remember(telling):
                edition = Edition(Notified(data=push.notification))
                for seat in list(self._seats.get(push.user_id, ())):
                    seat.outlet.put(edition.at(seat.base))
        for telling in some:
            self._wanted.pop(telling, None)
            self._remember(telling)

    async def _read(self, ids: Sequence[NotificationId]) -> list[PushedNotification]:
        try:
            async with self.database.read() as conn:
                return await notifications.list_for_push(conn, ids, self._links())
        except Unavailable:
            raise
        except Exception:
            # Were this to end, or to try the same for ever, nothing else would be brought.
            log.exception("notifications_unread")
            return []

    def _remember(self, telling: Telling) -> bool:
        """Remember that something was brought; False where it is known. Forget what is old."""
        now = time.monotonic()
        is_new = self._brought.pop(telling, None) is None
        self._brought[telling] = now
        # The last one was just remembered, so that this ends.
        while now - self._brought[oldest := next(iter(self._brought))] > _REMEMBERED_S:
            del self._brought[oldest]
        return is_new
