"""Refuses variants that are missing or not chosen, and a second exclusive order."""

from veza.core.errors import Conflict, NotFound


class VariantNotFound(NotFound):
    """The product has no such variant, or not any more."""

    code = "variant_not_found"
    message = "The product has no such variant: look at it again."


class VariantNeeded(Conflict):
    """The product is sold in variants, of which one has to be chosen."""

    code = "variant_needed"
    message = "This product is sold in variants: choose one, and send its `variant_id`."


class ExclusiveHeld(Conflict):
    """An order that is not paid yet holds the exclusive variant."""

    code = "exclusive_held"
    message = (
        "Somebody else is buying this exclusively: try again in half an hour, when their order has "
        "expired unless it is paid."
    )


class ExclusiveNotGiven(Conflict):
    """An exclusive licence is a contract with its buyer, and can't be a gift."""

    code = "exclusive_not_given"
    message = "An exclusive licence can't be a gift: it is a contract with its buyer."


# The refusals of carts with variants.
VARIANT_ERRORS = [VariantNotFound, VariantNeeded, ExclusiveHeld, ExclusiveNotGiven]
