"""Doing once what is asked for several times under one key."""

import asyncio
from collections.abc import Awaitable, Callable
from uuid import UUID

from msgspec import Struct

from veza.core.errors import Unavailable, VezaError
from veza.core.ids import UserId, new_id
from veza.domains.platform.idempotency import queries
from veza.domains.platform.idempotency.errors import KeyReused
from veza.domains.platform.idempotency.models import Lease
from veza.infra.postgres.database import Database

_FIRST_PAUSE_S = 0.05
_LONGEST_PAUSE_S = 1.0
_PATIENCE_S = 90.0

type Make = Callable[[UUID], Awaitable[bytes]]


class Request(Struct, frozen=True):
    """What was sent under a key: the fingerprint tells it from any other request."""

    owner_id: UserId
    key: str
    fingerprint: bytes


async def answer_once(
    database: Database, owner_id: UserId, key: str, fingerprint: bytes, make: Make
) -> bytes:
    """Have an answer made under an id, or give the one that was made under the key.

    While another one makes it, wait, and hold no connection. What is refused is not kept, so that
    the key is free for a better request; where something is gone or crashed, the key and the id
    stay, and the same request goes on. Raises KeyReused, Unavailable and what `make` raises.
    """
    request = Request(owner_id, key, fingerprint)
    pause = _FIRST_PAUSE_S
    try:
        async with asyncio.timeout(_PATIENCE_S):
            while (held := await _take(database, request)) is None:
                await asyncio.sleep(pause)
                pause = min(2 * pause, _LONGEST_PAUSE_S)
    except TimeoutError as error:
        raise Unavailable("The first of these requests isn't answered yet: try again.") from error
    return held if isinstance(held, bytes) else await _make(database, held, make)


async def _take(database: Database, request: Request) -> Lease | bytes | None:
    """Give the answer that was made, or a lease; None where another one holds it."""
    async with database.transaction(recorded=False) as tx:
        lease = await queries.lease_key(
            tx, new_id(), request.owner_id, key=request.key, fingerprint=request.fingerprint
        )
        if lease is not None:
            return lease
        sent = await queries.find_sent(tx, request.owner_id, request.key)
    if sent is None:
        # It was refused just now.
        return None
    if sent.fingerprint != request.fingerprint:
        raise KeyReused
    return sent.answer


async def _make(database: Database, lease: Lease, make: Make) -> bytes:
    try:
        answer = await make(lease.id)
    except BaseException as error:
        is_refused = isinstance(error, VezaError) and not isinstance(error, Unavailable)
        await asyncio.shield(_give_back(database, lease, is_refused=is_refused))
        raise
    async with database.transaction(recorded=False) as tx:
        # Whoever took over meanwhile may have been quicker: all get one answer.
        return await queries.update_answered(tx, lease.id, answer) or answer


async def _give_back(database: Database, lease: Lease, *, is_refused: bool) -> None:
    async with database.transaction(recorded=False) as tx:
        if is_refused:
            await queries.delete_leased(tx, lease)
        else:
            await queries.end_lease(tx, lease)
