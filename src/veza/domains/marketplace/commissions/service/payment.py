"""Create commissions when their order is paid, and end them when it is refunded or disputed."""

from collections.abc import Collection
from itertools import groupby

from veza.core.ids import OrderId, UserId
from veza.domains.cloud.files import service as files
from veza.domains.marketplace.commissions.events import CommissionMoved
from veza.domains.marketplace.commissions.models import EntryKind, LeftWork, NewEntry
from veza.domains.marketplace.commissions.queries import entries, records
from veza.domains.marketplace.commissions.rules import states
from veza.domains.marketplace.commissions.service.steps import add_entry, leave, lock_alone
from veza.domains.marketplace.orders.service import deliveries
from veza.infra.jobs.outbox import emit
from veza.infra.postgres.database import Conn, Tx


async def begin(tx: Tx, order_id: OrderId) -> None:
    """Begin the commissions of a paid order, and ask its buyer for the briefs."""
    await deliveries.lock(tx, order_id)
    for commission in await records.insert_commissions(tx, order_id, states.BRIEF_WITHIN):
        await emit(tx, CommissionMoved(commission.id, None, [commission.buyer_id]))


async def end_returned(tx: Tx, order_id: OrderId) -> None:
    """Cancel the commissions of an order whose payment was returned, by a refund or by a bank."""
    for commission_id in await records.list_returned(tx, order_id):
        commission = await lock_alone(tx, commission_id)
        if commission is not None:
            await records.update_commission(tx, states.return_money(commission))
            await add_entry(tx, commission, NewEntry(EntryKind.REFUND))


async def lock_for_erasure(tx: Tx, user_ids: Collection[UserId]) -> None:
    """Lock members who are erased with the parties of their commissions, in the order of all ids.

    Two who work for each other, and are erased at once, would wait for each other otherwise.
    """
    found = await records.list_parties_beside(tx, user_ids)
    for is_erased, ids in groupby(found, key=lambda each: each in user_ids):
        lock = records.lock_erased if is_erased else records.lock_parties
        await lock(tx, list(ids))


async def preview_erasure(conn: Conn, user_ids: Collection[UserId]) -> LeftWork:
    """Return what becomes of unfinished commissions when members are erased."""
    return states.count_left(await records.list_left(conn, user_ids), user_ids)


async def erase(tx: Tx, user_id: UserId) -> None:
    """End the commissions of a member, and remove what they wrote.

    Buyers keep what was delivered. A seller with paid commissions that go on can't be erased.
    """
    for commission_id in await records.list_unfinished(tx, user_id):
        await leave(tx, commission_id, user_id)
    for kept in await entries.list_delivered(tx, user_id):
        await files.give_file_snapshots(tx, kept.snapshot_ids, kept.buyer_id)
    await records.update_member_gone(tx, user_id)
