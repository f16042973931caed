"""Execute a request once, however often it is sent with the same key.

A use case claims the key, does its work under the id of the claim, and stores its answer in the
transaction that ends the work:

    async with claimed(database, sent) as claim:
        if claim.answer is not None:
            return claim.answer
        ...
        return await store_answer(tx, claim, made)
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from msgspec import Struct

from veza.core.envelope import encode_success
from veza.core.errors import Unavailable, VezaError
from veza.core.ids import new_id
from veza.core.keyed_request import KeyedRequest
from veza.domains.platform.idempotency import queries
from veza.domains.platform.idempotency.errors import KeyReused
from veza.domains.platform.idempotency.models import KeyClaim
from veza.infra.postgres.database import Database, Tx

_INITIAL_PAUSE_S = 0.05
_MAX_PAUSE_S = 1.0
_TIMEOUT_S = 90.0


@asynccontextmanager
async def claimed(database: Database, sent: KeyedRequest | None) -> AsyncGenerator[KeyClaim]:
    """Claim the key of a request for a block that executes it, unless the claim has its answer.

    Waits while another process executes the request, without a database connection. A request
    without a key gets an id, and is executed.

    After a crash or an outage in the block, the same request claims the same id, and has to
    continue what the first one began. If the block refuses the request, the key can be used for
    another. Raises KeyReused and Unavailable.
    """
    if sent is None:
        yield KeyClaim(new_id())
        return
    claim = await _wait_for_claim(database, sent)
    try:
        yield claim
    except BaseException as error:
        is_refused = isinstance(error, VezaError) and not isinstance(error, Unavailable)
        await asyncio.shield(_release(database, claim, is_refused=is_refused))
        raise


async def store_answer(tx: Tx, claim: KeyClaim, made: Struct) -> bytes:
    """Store what a request made as the answer of its key, if it has one, and return the answer.

    If another process took over and was faster, its answer counts.
    """
    answer = encode_success(made)
    if claim.leased_until is None:
        return answer
    return await queries.update_answered(tx, claim.id, answer) or answer


async def _wait_for_claim(database: Database, sent: KeyedRequest) -> KeyClaim:
    pause = _INITIAL_PAUSE_S
    try:
        async with asyncio.timeout(_TIMEOUT_S):
            while (claim := await _claim(database, sent)) is None:
                await asyncio.sleep(pause)
                pause = min(2 * pause, _MAX_PAUSE_S)
    except TimeoutError as error:
        raise Unavailable(
            "An identical request is still being processed: try again later."
        ) from error
    return claim


async def _claim(database: Database, sent: KeyedRequest) -> KeyClaim | None:
    """Lease the key, or return a claim with its answer; None while another has the lease."""
    leased = await database.transact(
        lambda tx: queries.lease_key(tx, new_id(), sent), recorded=False, by_key=True
    )
    if leased is not None:
        return leased
    async with database.read() as conn:
        stored = await queries.find_request(conn, sent.owner_id, sent.key)
    if stored is None:
        # The other request was just refused, or has not committed its lease.
        return None
    if stored.fingerprint != sent.fingerprint:
        raise KeyReused
    return None if stored.answer is None else KeyClaim(stored.id, answer=stored.answer)


async def _release(database: Database, claim: KeyClaim, *, is_refused: bool) -> None:
    async with database.transaction(recorded=False) as tx:
        if is_refused:
            await queries.delete_leased(tx, claim)
        else:
            await queries.end_lease(tx, claim)
