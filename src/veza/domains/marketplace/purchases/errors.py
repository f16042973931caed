"""What can be refused in this domain."""

from veza.core.errors import Conflict, NotFound


class OwnProduct(Conflict):
    """Nobody buys from oneself."""

    code = "own_product"
    message = "This product is your own."


class AlreadyOwned(Conflict):
    """What is digital is bought once."""

    code = "already_owned"
    message = "You have bought this product already."


class MixedCurrencies(Conflict):
    """One order is paid at once, in one currency."""

    code = "mixed_currencies"
    message = "These products are not sold in one currency: order them one by one."


class OrderTooLarge(Conflict):
    """More than anybody pays at once."""

    code = "order_too_large"
    message = "This is more than can be paid at once: make several orders of it."


class PaymentRefused(Conflict):
    """The company that takes payments won't take this one."""

    code = "payment_refused"
    message = "The payment provider does not take this payment."


class DownloadNotFound(NotFound):
    """There is no such file in the order, the link is over, or the money went back."""

    code = "download_not_found"
    message = "There is no such download: ask for a new link."
