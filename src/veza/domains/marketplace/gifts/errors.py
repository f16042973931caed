"""Refuses gifts that are unknown, redeemed, returned, or mailed too often."""

from veza.core.errors import Conflict, NotFound


class GiftNotFound(NotFound):
    """The order has no such gift, or nobody has this code."""

    code = "gift_not_found"
    message = "There is no such gift."


class GiftRedeemed(Conflict):
    """The recipient has redeemed the gift."""

    code = "gift_redeemed"
    message = "This gift has been redeemed."


class GiftNotGiven(Conflict):
    """The order is not paid, or its payment was returned."""

    code = "gift_not_given"
    message = "This gift isn't valid any more: the money for it was paid back."


class GiftHeld(Conflict):
    """A refund or a dispute of the payment is open, or the seller is suspended."""

    code = "gift_held"
    message = "This gift can't be redeemed at the moment: ask who gave it to you."


class GiftMailedLately(Conflict):
    """A gift is mailed again after a day, and ten times at most."""

    code = "gift_mailed_lately"
    message = "A gift is mailed once a day, and ten times at most: give the code by hand."


class GiftNotMailed(Conflict):
    """The gift waits for its date, or its address was erased."""

    code = "gift_not_mailed"
    message = "This gift waits for its date, or has no address: give the code by hand."
