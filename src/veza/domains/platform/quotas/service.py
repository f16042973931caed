"""Reserving room for uploads, and accounting for what they became.

An upload reserves room before its body is read, holds it while the body comes, and settles in the
transaction that writes its row. All of that is decided under the lock of the member's row, so that
uploads side by side never exceed a quota together.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from uuid import UUID

import structlog
from msgspec import Struct

from veza.core.access import Member
from veza.core.errors import Unauthenticated, Unavailable
from veza.core.ids import UserId, new_id
from veza.domains.platform.quotas import queries, rules
from veza.domains.platform.quotas.models import (
    Drift,
    Expected,
    Held,
    Kind,
    Limit,
    NewReservation,
    StorageQuotas,
    Usage,
)
from veza.infra.postgres.database import Conn, Database, Tx
from veza.infra.processes.tasks import repeat, running

log = structlog.get_logger()


class Quotas(Struct, frozen=True):
    """The limits of each member by kind, and of uploads that one member has under way."""

    database: Database
    limits: Mapping[Kind, Limit]
    uploads_at_once: int


class Reservation:
    """The room that one upload has reserved. Made by `reserve`."""

    def __init__(self, quotas: Quotas, owner_id: UserId, kind: Kind, held: Held | None) -> None:
        self.id: UUID = new_id()
        self._quotas = quotas
        self._owner_id = owner_id
        self._kind = kind
        self._held = held
        self._limit = quotas.limits[kind] if held is None else Limit(held.limit_bytes)
        self._bytes = 0
        self._is_settled = False

    async def begin(self, expected: Expected) -> None:
        """Reserve room before anything is read.

        Raises TooManyUploads, QuotaExceeded and QuotaOfObjectsExceeded.
        """
        async with self._quotas.database.transaction(recorded=False) as tx:
            await _lock_member(tx, self._owner_id)
            await queries.delete_expired_of(tx, self._owner_id)
            standing = await queries.find_standing(tx, self._owner_id, self._kind, self.id)
            rules.ensure_may_begin(standing, self._limit, self._quotas.uploads_at_once)
            rules.ensure_fits(expected.least_bytes, self._limit, standing, self._held)
            most = rules.most_bytes(self._limit, standing, self._held)
            await self._write(tx, rules.first_bytes(expected.body_bytes, most))

    async def cover(self, chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        """Pass on what comes, reserving more room as it is needed. Raises QuotaExceeded."""
        size = 0
        async for chunk in chunks:
            size += len(chunk)
            if size > self._bytes:
                await self._grow(size)
            yield chunk

    async def settle(self, tx: Tx, size_bytes: int) -> None:
        """End the reservation in the transaction that writes the row of what was stored.

        Locks the member until that is committed. Raises QuotaExceeded and QuotaOfObjectsExceeded.
        """
        await _lock_member(tx, self._owner_id)
        standing = await queries.find_standing(tx, self._owner_id, self._kind, self.id)
        rules.ensure_may_end(size_bytes, self._limit, standing)
        await queries.delete_reservation(tx, self.id)
        self._is_settled = True

    async def keep(self) -> None:
        """Renew the reservation from time to time, until cancelled."""
        await asyncio.sleep(rules.RENEW_EACH_S)
        await repeat(self._renew, each_s=rules.RENEW_EACH_S)

    async def release(self, *, is_undone: bool) -> None:
        """Give the room back, unless it was settled, and that not undone.

        Without the database, the reservation expires.
        """
        if self._is_settled and not is_undone:
            return
        try:
            async with self._quotas.database.transaction(recorded=False) as tx:
                await queries.delete_reservation(tx, self.id)
        except Unavailable as error:
            log.warning("reservation_left_to_expire", error=repr(error))

    async def _renew(self) -> None:
        async with self._quotas.database.transaction(recorded=False) as tx:
            await queries.renew_reservation(tx, self.id, rules.RESERVED_S)

    async def _grow(self, size: int) -> None:
        async with self._quotas.database.transaction(recorded=False) as tx:
            await _lock_member(tx, self._owner_id)
            standing = await queries.find_standing(tx, self._owner_id, self._kind, self.id)
            rules.ensure_fits(size, self._limit, standing, self._held)
            most = rules.most_bytes(self._limit, standing, self._held)
            await self._write(tx, rules.next_bytes(size, most))

    async def _write(self, tx: Tx, size: int) -> None:
        new = NewReservation(self.id, self._owner_id, self._kind, size)
        await queries.write_reservation(tx, new, rules.RESERVED_S)
        self._bytes = size


@asynccontextmanager
async def reserve(
    quotas: Quotas,
    owner: Member,
    kind: Kind,
    *,
    expected: Expected,
    held: Held | None = None,
) -> AsyncGenerator[Reservation]:
    """Reserve room for an upload for as long as the `with` lasts.

    Raises TooManyUploads, QuotaExceeded and QuotaOfObjectsExceeded before anything is read. Where
    another domain counts what is held, it says how much that is, and settles by itself.
    """
    reservation = Reservation(quotas, owner.id, kind, held)
    await reservation.begin(expected)
    try:
        async with running(reservation.keep()):
            yield reservation
    except BaseException:
        await asyncio.shield(reservation.release(is_undone=True))
        raise
    await reservation.release(is_undone=False)


async def list_quotas(conn: Conn, quotas: Quotas, owner: Member) -> StorageQuotas:
    """Return how much a member may keep, and does, of each kind that is counted here."""
    usage = {one.kind: one for one in await queries.list_usage(conn, owner.id)}
    shown = [
        rules.show_quota(limit, usage.get(kind, Usage(kind, 0, 0)))
        for kind, limit in quotas.limits.items()
    ]
    return StorageQuotas(shown, quotas.uploads_at_once)


async def list_members(conn: Conn, after: UUID) -> list[UserId]:
    """Return members in the order of their ids, some hundreds at a time."""
    return await queries.list_members(conn, after)


async def list_drifts(conn: Conn, user_ids: list[UserId]) -> list[Drift]:
    """Return the counts of some members that aren't the sums of their rows: none, if all is well.

    One statement, so that changes beside it are seen whole or not at all.
    """
    return await queries.list_drifts(conn, user_ids)


async def _lock_member(tx: Tx, user_id: UserId) -> None:
    if not await queries.lock_member(tx, user_id):
        # The token outlived the account, or they were suspended just now.
        raise Unauthenticated
