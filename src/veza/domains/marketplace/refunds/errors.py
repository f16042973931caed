"""Refuses refunds that exist, are too late or free, or whose payment is disputed."""

from veza.core.errors import Conflict, NotFound


class OrderItemNotFound(NotFound):
    """The item is not in this order, or belongs to another seller."""

    code = "order_item_not_found"
    message = "There is no such item in this order."


class RefundNotFound(NotFound):
    """The refund does not exist."""

    code = "refund_not_found"
    message = "There is no such refund."


class RefundNotUnresolved(Conflict):
    """The refund has a result, or its provider still has time to report one."""

    code = "refund_not_unresolved"
    message = "This refund is not unresolved."


class AlreadyRefunded(Conflict):
    """The item is refunded, or its refund is in progress."""

    code = "already_refunded"
    message = "These items are already refunded, or being refunded."


class NothingToRefund(Conflict):
    """The items were free."""

    code = "nothing_to_refund"
    message = "Nothing was paid for this."


class RefundWindowOver(Conflict):
    """The time in which buyers and sellers may request refunds is over; admins always may."""

    code = "refund_window_over"
    message = "It is too late for a refund of this order: ask an admin."


class ServiceIsCommissioned(Conflict):
    """A buyer can't refund a service: it is cancelled or disputed in its commission."""

    code = "service_commissioned"
    message = "Cancel a service where it is made, or dispute what you got there."


class OrderIsDisputed(Conflict):
    """The buyer disputed the payment: the bank decides, or has decided."""

    code = "order_disputed"
    message = "The payment of this order is disputed: the bank decides."
