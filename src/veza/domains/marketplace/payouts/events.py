"""Announces that a seller was paid, could not be paid, or that a payment was reversed."""

from uuid import UUID

from msgspec import Struct

from veza.core.ids import OrderId, ReversalId, TransferId, UserId


class TransferCompleted(Struct, frozen=True):
    """A seller was paid."""

    transfer_id: TransferId
    order_id: OrderId
    seller_id: UserId


class TransferFailed(Struct, frozen=True):
    """A seller could not be paid. Each failure of a transfer has its own `failure_id`."""

    transfer_id: TransferId
    order_id: OrderId
    seller_id: UserId
    failure_id: UUID


class TransferReversed(Struct, frozen=True):
    """A transfer was reversed, in part or in full."""

    transfer_id: TransferId
    order_id: OrderId
    seller_id: UserId
    reversal_id: ReversalId
