"""What can be refused in this domain."""

from veza.core.errors import NotFound


class OrderNotFound(NotFound):
    """There is no such order, or it is another's."""

    code = "order_not_found"
    message = "There is no such order."
