"""Errors of orders, with public codes."""

from veza.core.errors import Conflict, NotFound


class OrderNotFound(NotFound):
    """The order does not exist, or belongs to another member."""

    code = "order_not_found"
    message = "There is no such order."


class OrderNotFlagged(Conflict):
    """The order has no flag to clear."""

    code = "order_not_flagged"
    message = "This order is not flagged."


class OrderNotPaid(Conflict):
    """The order must be paid first."""

    code = "order_not_paid"
    message = "This order is not paid."


class OwnProduct(Conflict):
    """Members cannot buy from themselves."""

    code = "own_product"
    message = "This product is your own."


class AlreadyOwned(Conflict):
    """A digital product is bought once."""

    code = "already_owned"
    message = "You have bought this product already."


class MixedCurrencies(Conflict):
    """An order has a single currency."""

    code = "mixed_currencies"
    message = "These products are not sold in one currency: order them one by one."


class OrderTooLarge(Conflict):
    """The total exceeds the maximum of a payment."""

    code = "order_too_large"
    message = "This is more than can be paid at once: make several orders of it."


class PaymentRefused(Conflict):
    """The payment provider refused to create the payment."""

    code = "payment_refused"
    message = "The payment provider does not take this payment."


class DownloadNotFound(NotFound):
    """The file is not part of the order, the link expired, or the item was refunded."""

    code = "download_not_found"
    message = "There is no such download: ask for a new link."
