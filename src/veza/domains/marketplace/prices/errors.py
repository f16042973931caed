"""Refuses prices that a buyer saw before they changed, or that are too low."""

from veza.core.errors import Conflict


class PriceChanged(Conflict):
    """The product has another fixed price than the buyer saw."""

    code = "price_changed"
    message = "The price of a product has changed: look at it again."


class PriceTooLow(Conflict):
    """The buyer offers less than the seller asks for."""

    code = "price_too_low"
    message = "The seller asks for more than you offer."
