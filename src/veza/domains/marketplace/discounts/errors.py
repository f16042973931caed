"""Refuses codes that are unknown, not valid now, used up or guessed too often."""

from veza.core.errors import Conflict, NotFound, TooManyRequests


class DiscountNotFound(NotFound):
    """No seller of a product in the order has such a code, or the seller has no such discount."""

    code = "discount_not_found"
    message = "There is no such discount code: check that you typed it completely."


class DiscountNotApplicable(Conflict):
    """The code takes nothing off the products of the order."""

    code = "discount_not_applicable"
    message = "This discount code takes nothing off what you order."


class DiscountNotStarted(Conflict):
    """The code is not valid yet."""

    code = "discount_not_started"
    message = "This discount code is not valid yet."


class DiscountEnded(Conflict):
    """The code is not valid any more."""

    code = "discount_ended"
    message = "This discount code is not valid any more."


class DiscountUsedUp(Conflict):
    """The code was used as often as its seller allows."""

    code = "discount_used_up"
    message = "This discount code was used as often as its seller allows."


class DiscountAlreadyUsed(Conflict):
    """The buyer has used the code as often as its seller allows to each buyer.

    An order that can still be paid counts.
    """

    code = "discount_already_used"
    message = (
        "You have used this discount code already. "
        "An order that you don't pay gives it back after half an hour."
    )


class TooManyWrongDiscountCodes(TooManyRequests):
    """The client sent too many wrong codes."""

    code = "too_many_discount_codes"
    message = "Too many wrong discount codes: wait a quarter of an hour."


class DiscountCodeTaken(Conflict):
    """The seller has a discount with this code."""

    code = "discount_code_taken"
    message = "You have a discount with this code: choose another one, or delete that one."


class TooManyDiscounts(Conflict):
    """The seller has the maximum number of discounts."""

    code = "too_many_discounts"
    message = "You can have 200 discounts: delete those that you don't need any more."


# The errors of an order with a code.
CODE_ERRORS = (
    DiscountNotFound,
    DiscountNotApplicable,
    DiscountNotStarted,
    DiscountEnded,
    DiscountUsedUp,
    DiscountAlreadyUsed,
    TooManyWrongDiscountCodes,
)
