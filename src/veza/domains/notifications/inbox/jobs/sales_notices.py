"""Sellers and buyers are notified of sales, refunds, transfers and archives."""

from msgspec import structs

from veza.domains.marketplace.archives.events import ArchiveReady
from veza.domains.marketplace.commissions.events import CommissionMoved
from veza.domains.marketplace.commissions.models import EntryKind
from veza.domains.marketplace.orders.events import OrderPaid, PreorderDelivered
from veza.domains.marketplace.payouts.events import (
    TransferCompleted,
    TransferFailed,
    TransferReversed,
)
from veza.domains.marketplace.refunds import shared_queries as refund_queries
from veza.domains.marketplace.refunds.events import RefundDelayed, RefundEnded
from veza.domains.notifications.inbox.models import NewNotification
from veza.domains.notifications.inbox.queries import creation
from veza.domains.notifications.inbox.service import notify
from veza.domains.notifications.preferences.models import NotificationKind
from veza.infra.postgres.database import Tx

_COMMISSION_KINDS: dict[EntryKind | None, NotificationKind] = {
    EntryKind.BRIEF: NotificationKind.COMMISSION_BRIEF,
    EntryKind.DELIVERY: NotificationKind.COMMISSION_DELIVERED,
    EntryKind.MESSAGE: NotificationKind.COMMISSION_MESSAGE,
}


async def notify_of_sale(tx: Tx, event: OrderPaid) -> None:
    """Notify the sellers of an order, and the parties of what they sold."""
    if await creation.lock_subject(tx, "orders", event.order_id):
        notification = NewNotification(
            None, NotificationKind.SALE, event.order_id, order_id=event.order_id
        )
        await notify(tx, notification, event.seller_ids)


async def notify_of_preorder(tx: Tx, event: PreorderDelivered) -> None:
    """Notify the buyer of a pre-order that it can be downloaded; a guest gets a mail."""
    if event.buyer_id is None:
        return
    if await creation.lock_subject(tx, "orders", event.order_id):
        notification = NewNotification(
            None, NotificationKind.PREORDER_DELIVERED, event.order_id, order_id=event.order_id
        )
        await notify(tx, notification, [event.buyer_id])


async def notify_of_commission(tx: Tx, event: CommissionMoved) -> None:
    """Notify the parties of a commission of what the other one, time or staff did."""
    if await creation.lock_subject(tx, "commissions", event.commission_id):
        kind = _COMMISSION_KINDS.get(event.kind, NotificationKind.COMMISSION_CHANGED)
        notification = NewNotification(
            None, kind, event.commission_id, commission_id=event.commission_id
        )
        await notify(tx, notification, event.user_ids)


async def notify_of_refund(tx: Tx, event: RefundEnded | RefundDelayed) -> None:
    """Notify the buyer of a refund's outcome, and the sellers and parties of the refunded items.

    The member who requested the refund is also notified if it failed or is late.
    """
    parties = await refund_queries.find_parties(tx, event.refund_id)
    if parties is None or not await creation.lock_subject(tx, "orders", event.order_id):
        return
    is_made = isinstance(event, RefundEnded) and event.is_made
    failed = (
        NotificationKind.REFUND_FAILED
        if isinstance(event, RefundEnded)
        else NotificationKind.REFUND_DELAYED
    )
    notification = NewNotification(
        None,
        NotificationKind.REFUND_MADE if is_made else failed,
        event.refund_id,
        order_id=event.order_id,
        refund_id=event.refund_id,
    )
    concerned = {parties.buyer_id} if is_made else {parties.buyer_id, parties.requested_by}
    await notify(tx, notification, sorted(user_id for user_id in concerned if user_id is not None))
    if is_made and not parties.came_late:
        refunded = structs.replace(notification, kind=NotificationKind.SALE_REFUNDED)
        await notify(tx, refunded, parties.seller_ids)


async def notify_of_transfer(
    tx: Tx, event: TransferCompleted | TransferFailed | TransferReversed
) -> None:
    """Notify a seller of a payout; each failure and each reversal has its own notification."""
    if not await creation.lock_subject(tx, "orders", event.order_id):
        return
    match event:
        case TransferCompleted(transfer_id=subject_id):
            kind = NotificationKind.TRANSFER_COMPLETED
        case TransferFailed(failure_id=subject_id):
            kind = NotificationKind.TRANSFER_FAILED
        case TransferReversed(reversal_id=subject_id):
            kind = NotificationKind.TRANSFER_REVERSED
    notification = NewNotification(
        None, kind, subject_id, order_id=event.order_id, transfer_id=event.transfer_id
    )
    await notify(tx, notification, [event.seller_id])


async def notify_of_archive(tx: Tx, event: ArchiveReady) -> None:
    """Notify those who asked for the archive of a release that it can be downloaded."""
    if await creation.lock_subject(tx, "releases", event.release_id):
        notification = NewNotification(
            None, NotificationKind.ARCHIVE_READY, event.release_id, release_id=event.release_id
        )
        await notify(tx, notification, event.user_ids)
