"""Refusals of tips."""

from veza.core.errors import Conflict, NotFound


class TipsNotTaken(NotFound):
    """The profile does not exist, or takes no tips."""

    code = "tips_not_taken"
    message = "This profile takes no tips."


class OwnTip(Conflict):
    """The tip is for the profile of its giver."""

    code = "own_tip"
    message = "This is your own profile: choose another one to tip."


TIP_ERRORS = (TipsNotTaken, OwnTip)
