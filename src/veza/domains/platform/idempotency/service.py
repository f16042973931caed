"""Execute a request once, however often it is sent with the same key."""

import asyncio
from collections.abc import Awaitable, Callable
from uuid import UUID

from msgspec import Struct

from veza.core.errors import Unavailable, VezaError
from veza.core.ids import UserId, new_id
from veza.domains.platform.idempotency import queries
from veza.domains.platform.idempotency.errors import KeyReused
from veza.domains.platform.idempotency.models import KeyLease
from veza.infra.postgres.database import Database

_INITIAL_PAUSE_S = 0.05
_MAX_PAUSE_S = 1.0
_TIMEOUT_S = 90.0

type MakeAnswer = Callable[[UUID], Awaitable[bytes]]


class KeyedRequest(Struct, frozen=True):
    """A request sent under a key; the fingerprint distinguishes it from others."""

    owner_id: UserId
    key: str
    fingerprint: bytes


async def answer_once(
    database: Database, owner_id: UserId, key: str, fingerprint: bytes, make: MakeAnswer
) -> bytes:
    """Execute a request, or return the stored response of its key.

    Waits while another process executes it, without a database connection. If the request is
    refused, the key is deleted and can be used again; after an outage or a crash, the key and its
    id are kept for a retry. Raises KeyReused, Unavailable, and the errors of `make`.
    """
    request = KeyedRequest(owner_id, key, fingerprint)
    pause = _INITIAL_PAUSE_S
    try:
        async with asyncio.timeout(_TIMEOUT_S):
            while (found := await _find_answer_or_lease(database, request)) is None:
                await asyncio.sleep(pause)
                pause = min(2 * pause, _MAX_PAUSE_S)
    except TimeoutError as error:
        raise Unavailable(
            "An identical request is still being processed: try again later."
        ) from error
    return found if isinstance(found, bytes) else await _make_answer(database, found, make)


async def _find_answer_or_lease(
    database: Database, request: KeyedRequest
) -> KeyLease | bytes | None:
    """Return the stored response or a lease; None while another process holds the lease."""
    async with database.transaction(recorded=False) as tx:
        lease = await queries.lease_key(
            tx, new_id(), request.owner_id, key=request.key, fingerprint=request.fingerprint
        )
        if lease is not None:
            return lease
        stored = await queries.find_request(tx, request.owner_id, request.key)
    if stored is None:
        # The other request was just refused.
        return None
    if stored.fingerprint != request.fingerprint:
        raise KeyReused
    return stored.answer


async def _make_answer(database: Database, lease: KeyLease, make: MakeAnswer) -> bytes:
    try:
        answer = await make(lease.id)
    except BaseException as error:
        is_refused = isinstance(error, VezaError) and not isinstance(error, Unavailable)
        await asyncio.shield(_release(database, lease, is_refused=is_refused))
        raise
    async with database.transaction(recorded=False) as tx:
        # If another process took over and was faster, its answer counts.
        return await queries.update_answered(tx, lease.id, answer) or answer


async def _release(database: Database, lease: KeyLease, *, is_refused: bool) -> None:
    async with database.transaction(recorded=False) as tx:
        if is_refused:
            await queries.delete_leased(tx, lease)
        else:
            await queries.end_lease(tx, lease)
