"""What can be refused in this domain."""

from veza.core.errors import Conflict, NotFound


class OrderItemNotFound(NotFound):
    """There is no such line in this order, or it is another seller's."""

    code = "order_item_not_found"
    message = "There is no such item in this order."


class RefundNotFound(NotFound):
    """There is no such refund."""

    code = "refund_not_found"
    message = "There is no such refund."


class RefundNotUnresolved(Conflict):
    """The refund ended, or its provider still has time to answer."""

    code = "refund_not_unresolved"
    message = "This refund is not unresolved."


class AlreadyRefunded(Conflict):
    """The money is back, or on its way."""

    code = "already_refunded"
    message = "This is refunded already, or about to be."


class NothingToRefund(Conflict):
    """Nothing was paid for this."""

    code = "nothing_to_refund"
    message = "Nothing was paid for this."


class RefundWindowOver(Conflict):
    """Buyers and sellers have some time only; admins have all of it."""

    code = "refund_window_over"
    message = "It is too late for a refund of this order: ask an admin."


class OrderIsDisputed(Conflict):
    """The bank decides who has the money, or has decided."""

    code = "order_disputed"
    message = "The payment of this order is disputed: the bank decides."
