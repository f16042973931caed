"""Execute a request once, however often it is sent with the same key."""

import asyncio

from msgspec import Struct

from veza.core.errors import Unavailable, VezaError
from veza.core.ids import UserId, new_id
from veza.domains.platform.idempotency import queries
from veza.domains.platform.idempotency.errors import KeyReused
from veza.domains.platform.idempotency.models import KeyLease
from veza.infra.postgres.database import Database, Tx
from veza.infra.postgres.idempotent_steps import IdempotentSteps

_INITIAL_PAUSE_S = 0.05
_MAX_PAUSE_S = 1.0
_TIMEOUT_S = 90.0


class KeyedRequest(Struct, frozen=True):
    """A request sent under a key; the fingerprint distinguishes it from others."""

    owner_id: UserId
    key: str
    fingerprint: bytes


class _NotLeasedError(Exception):
    """The request is executed by another process, or has a response."""


async def answer_once(
    database: Database, owner_id: UserId, key: str, fingerprint: bytes, steps: IdempotentSteps
) -> bytes:
    """Execute a request, or return the stored response of its key.

    Waits while another process executes it, without a database connection. If the request is
    refused, the key is deleted and can be used again; after an outage or a crash, the key and its
    id are kept for a retry, if the first step was committed. Raises KeyReused, Unavailable, and the
    errors of the steps.
    """
    request = KeyedRequest(owner_id, key, fingerprint)
    pause = _INITIAL_PAUSE_S
    try:
        async with asyncio.timeout(_TIMEOUT_S):
            while (found := await _lease_or_find_answer(database, request, steps)) is None:
                await asyncio.sleep(pause)
                pause = min(2 * pause, _MAX_PAUSE_S)
    except TimeoutError as error:
        raise Unavailable(
            "An identical request is still being processed: try again later."
        ) from error
    return found if isinstance(found, bytes) else await _make_answer(database, found, steps)


async def _lease_or_find_answer(
    database: Database, request: KeyedRequest, steps: IdempotentSteps
) -> KeyLease | bytes | None:
    """Lease the key and begin, or return the stored response; None while another has the lease."""
    try:
        return await _lease_and_begin(database, request, steps)
    except _NotLeasedError:
        async with database.read() as conn:
            stored = await queries.find_request(conn, request.owner_id, request.key)
    if stored is None:
        # The other request was just refused, or has not committed its first step.
        return None
    if stored.fingerprint != request.fingerprint:
        raise KeyReused
    return stored.answer


async def _lease_and_begin(
    database: Database, request: KeyedRequest, steps: IdempotentSteps
) -> KeyLease:
    made_id = new_id()

    async def lease_and_begin(tx: Tx) -> KeyLease:
        lease = await queries.lease_key(
            tx, made_id, request.owner_id, key=request.key, fingerprint=request.fingerprint
        )
        if lease is None:
            raise _NotLeasedError
        if steps.begin is not None:
            await steps.begin(tx, lease.id, lease.id == made_id)
        return lease

    is_recorded = steps.begin is not None
    return await database.transact(lease_and_begin, recorded=is_recorded, by_key=True)


async def _make_answer(database: Database, lease: KeyLease, steps: IdempotentSteps) -> bytes:
    async def finish(tx: Tx) -> bytes:
        answer = await steps.finish(tx, lease.id)
        # If another process took over and was faster, its answer counts.
        return await queries.update_answered(tx, lease.id, answer) or answer

    try:
        await steps.proceed(lease.id)
        return await database.transact(finish, recorded=False, by_key=True)
    except BaseException as error:
        is_refused = isinstance(error, VezaError) and not isinstance(error, Unavailable)
        await asyncio.shield(_release(database, lease, is_refused=is_refused))
        raise


async def _release(database: Database, lease: KeyLease, *, is_refused: bool) -> None:
    async with database.transaction(recorded=False) as tx:
        if is_refused:
            await queries.delete_leased(tx, lease)
        else:
            await queries.end_lease(tx, lease)
