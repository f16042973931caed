"""Refusals of tiers."""

from veza.core.errors import Conflict, NotFound


class TierNotFound(NotFound):
    """The profile has no such tier, or it takes no new members."""

    code = "tier_not_found"
    message = "This tier does not exist, or takes no new members."


class TooManyTiers(Conflict):
    """The profile has the maximum number of open tiers, or of all."""

    code = "too_many_tiers"
    message = "You can have 10 open tiers, and 100 in all: close or delete one first."


class IntervalNotOffered(Conflict):
    """The tier has no price for a month, or none for a year."""

    code = "interval_not_offered"
    message = "This tier is not paid so: choose the other one of month and year."
