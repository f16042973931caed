"""Keeps the sockets of this process informed about who blocks whom.

Neither presence nor typing nor read marks may pass between two members of whom one blocks the
other, whatever the conversation. Each seat knows whom its member is kept apart from; `company` and
`seats` leave these out of all that they tell.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from itertools import islice
from uuid import UUID

import structlog

from veza.core.errors import Unavailable
from veza.core.ids import UserId
from veza.domains.realtime.connections import Seat
from veza.domains.relationships import service as relations
from veza.infra.postgres.database import Database
from veza.infra.processes.tasks import running

log = structlog.get_logger()

_AT_ONCE = 20
_PAUSE_S = 1.0


class Blocks:
    """Loads whom the members at this process are kept apart from, and again when that changes."""

    def __init__(
        self,
        database: Database,
        seats: Mapping[UserId, set[Seat]],
        on_change: Callable[[Seat], None],
    ) -> None:
        self._database = database
        self._seats = seats
        self._on_change = on_change
        # Members whose blocks changed since they were read. A dict keeps the order.
        self._stale: dict[UserId, None] = {}
        self._wake = asyncio.Event()
        self._reads = 0

    async def load(self, seat: Seat) -> None:
        """Load whom a seat is kept apart from, unless it is known. Raises Unavailable."""
        if seat.apart is None:
            # A change that is committed while this reads makes them stale, and is read again.
            await self._read([seat.user_id])

    async def learn(self, subjects: list[str]) -> None:
        """Note that blocks between members changed: a listener of `Revisions`."""
        for subject in subjects:
            for text in subject.split(":"):
                user_id = UserId(UUID(text))
                if user_id in self._seats:
                    self._stale[user_id] = None
                    self._wake.set()

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Read again what changed, while inside."""
        async with running(self._run()):
            yield

    async def _run(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            try:
                while self._stale:
                    await self._refresh(list(islice(self._stale, _AT_ONCE)))
            except Unavailable as error:
                log.warning("blocks_unread", error=str(error))
                await asyncio.sleep(_PAUSE_S)
                self._wake.set()
            except Exception:
                # If this loop ended, blocked members would go on seeing those who block them.
                log.exception("blocks_unread")
                await asyncio.sleep(_PAUSE_S)
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
        number = self._reads
        async with self._database.read() as conn:
            found = await relations.find_blocked_ids(conn, user_ids)
        for user_id, apart in found.items():
            for seat in self._seats.get(user_id, ()):
                # A read that began later has seen all changes that were heard of by then.
                if number > seat.apart_as_of:
                    seat.apart_as_of = number
                    self._set_apart(seat, apart)

    def _set_apart(self, seat: Seat, apart: frozenset[UserId] | None) -> None:
        if seat.apart != apart:
            seat.apart = apart
            self._on_change(seat)
