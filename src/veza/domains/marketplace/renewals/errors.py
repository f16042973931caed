"""Refusals of orders of memberships."""

from veza.core.errors import Conflict


class PaymentUnderWay(Conflict):
    """A payment of the same period may still succeed."""

    code = "payment_under_way"
    message = "A payment is still being made: try again in a few minutes."
