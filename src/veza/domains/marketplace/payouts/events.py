"""What this domain announces to the others."""

from uuid import UUID

from msgspec import Struct

from veza.core.ids import OrderId, ReversalId, TransferId, UserId


class TransferCompleted(Struct, frozen=True):
    """A seller was paid."""

    transfer_id: TransferId
    order_id: OrderId
    seller_id: UserId


class TransferFailed(Struct, frozen=True):
    """A seller could not be paid; `failure_id` differs for each time that this happens."""

    transfer_id: TransferId
    order_id: OrderId
    seller_id: UserId
    failure_id: UUID


class TransferReversed(Struct, frozen=True):
    """A part of what a seller was paid, or all of it, was taken back."""

    transfer_id: TransferId
    order_id: OrderId
    seller_id: UserId
    reversal_id: ReversalId
