"""Keep transfers equal to the amounts due; resume, retry and list them."""

import asyncio
from datetime import timedelta
from uuid import UUID

from veza.core.errors import required
from veza.core.ids import OrderId, TransferId, new_id
from veza.core.keyed_request import KeyedRequest
from veza.core.structs import copy_fields
from veza.domains.marketplace.orders.service import settlement
from veza.domains.marketplace.payouts import queries
from veza.domains.marketplace.payouts.errors import TransferNotFailed, TransferNotFound
from veza.domains.marketplace.payouts.models import (
    RetriedTransfer,
    SettleTransfer,
    StoredTransfer,
    TransferPage,
    TransferQuery,
    TransferStatus,
)
from veza.domains.marketplace.payouts.rules import amounts, transitions
from veza.domains.platform.idempotency import service as idempotency
from veza.infra.jobs.queue import enqueue
from veza.infra.postgres.database import Conn, Database, Tx

# A retry polls for the outcome for five seconds.
RETRY_POLLS = 50
_POLL_S = 0.1


async def update_order_transfers(tx: Tx, order_id: OrderId) -> None:
    """Set the transfers of an order to the amounts due to its sellers, and settle them."""
    dues = [due for due in await settlement.list_amounts_due(tx, order_id) if due.due_cents > 0]
    ids = [TransferId(new_id()) for _ in dues]
    await queries.insert_transfers(tx, order_id, ids=ids, dues=dues)
    # Concurrent updates wait here, so the amounts due are read after the lock.
    await queries.lock_transfers_of(tx, order_id)
    transfers = await queries.list_transfers_of(tx, order_id)
    for due in await settlement.list_amounts_due(tx, order_id):
        parts = [part for part in transfers if part.seller_subject == due.seller_subject]
        new_dues = amounts.distribute_due([part.due_cents for part in parts], due.due_cents)
        for part, due_cents in zip(parts, new_dues, strict=True):
            await queries.update_due(tx, transitions.set_due(part, due_cents, due.fee_cents))
            await enqueue_settlement(tx, part.id)


async def retry(tx: Tx, transfer_id: TransferId, retry_id: UUID) -> None:
    """Retry a failed transfer; the same `retry_id` again changes nothing.

    Raises TransferNotFound and TransferNotFailed.
    """
    transfer = required(await queries.lock_transfer(tx, transfer_id), TransferNotFound)
    if transfer.retry_id == retry_id:
        return
    if transfer.status is not TransferStatus.FAILED:
        raise TransferNotFailed
    await queries.update_transfer(tx, transitions.restart(transfer, retry_id), timedelta(0))
    await enqueue_settlement(tx, transfer_id)


async def retry_once(
    database: Database, transfer_id: TransferId, sent: KeyedRequest | None
) -> bytes:
    """Retry a failed transfer, once for the key of the request, and wait for the outcome.

    Returns the answer, a RetriedTransfer. Raises KeyReused, TransferNotFound and TransferNotFailed.
    """
    async with idempotency.claimed(database, sent) as claim:
        if claim.answer is not None:
            return claim.answer
        async with database.transaction() as tx:
            await retry(tx, transfer_id, claim.id)
        retried = await _wait_for_outcome(database, transfer_id)
        async with database.transaction(recorded=False) as tx:
            return await idempotency.store_answer(tx, claim, retried)


async def _wait_for_outcome(database: Database, transfer_id: TransferId) -> RetriedTransfer:
    """Return a transfer when its outcome is known, or after five seconds."""
    for _ in range(RETRY_POLLS):
        transfer = await _get(database, transfer_id)
        # It is paid, has failed once, or waits for something else.
        if (
            transfer.status not in amounts.UNSETTLED
            or transfer.tries > 0
            or transfer.reason is not None
        ):
            break
        await asyncio.sleep(_POLL_S)
    shown = amounts.show_transfer(await _get(database, transfer_id))
    return copy_fields(RetriedTransfer, shown)


async def list_transfers(conn: Conn, query: TransferQuery) -> TransferPage:
    """List transfers, newest first."""
    found = await queries.list_transfers(conn, query)
    total = await queries.count_transfers(conn, query)
    return TransferPage([amounts.show_transfer(transfer) for transfer in found], total)


async def enqueue_settlement(tx: Tx, transfer_id: TransferId) -> None:
    """Enqueue the job that settles a transfer, also while one runs."""
    job = SettleTransfer(transfer_id)
    await enqueue(tx, job, key=f"transfer:{transfer_id}", also_while_running=True)


async def _get(database: Database, transfer_id: TransferId) -> StoredTransfer:
    async with database.read() as conn:
        return required(await queries.find_transfer(conn, transfer_id), TransferNotFound)
