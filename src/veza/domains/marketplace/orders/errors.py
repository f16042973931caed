"""What can be refused in this domain."""

from veza.core.errors import Conflict, NotFound


class OrderNotFound(NotFound):
    """There is no such order, or it is another's."""

    code = "order_not_found"
    message = "There is no such order."


class OrderNotFlagged(Conflict):
    """There is nothing to clear."""

    code = "order_not_flagged"
    message = "This order is not flagged."


class OrderNotPaid(Conflict):
    """Only what is paid can be had."""

    code = "order_not_paid"
    message = "This order is not paid."
