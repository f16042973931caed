"""What this domain announces to the others."""

from msgspec import Struct

from veza.core.ids import OrderId, OrderItemId, RefundId, UserId


class OrderPaid(Struct, frozen=True):
    """An order is paid: what it holds is the buyer's."""

    order_id: OrderId
    buyer_id: UserId
    seller_ids: list[UserId]


class OrderToReturn(Struct, frozen=True):
    """Money came that bought nothing: too late, or for what the buyer has. It has to go back."""

    order_id: OrderId


class OrderRefunded(Struct, frozen=True):
    """The buyer got the money of these lines back, and hasn't what they were for any more."""

    order_id: OrderId
    refund_id: RefundId
    item_ids: list[OrderItemId]


class OrderDisputed(Struct, frozen=True):
    """A dispute of an order began, was won or was lost: what is due to its sellers is another."""

    order_id: OrderId


class OrderFailed(Struct, frozen=True):
    """The bank said no. It may say yes later."""

    order_id: OrderId
