"""Refuses credits of others, and more than a profile can be asked about."""

from veza.core.errors import Conflict, NotFound


class CreditNotFound(NotFound):
    """The credit doesn't exist, is not the caller's to answer, or is on something hidden."""

    code = "credit_not_found"
    message = "There is no such credit of yours."


class TooManyPendingCredits(Conflict):
    """The profile has not answered too many credits."""

    code = "too_many_pending_credits"
    message = (
        "This profile has not answered many earlier credits: leave the profile out, so that it is "
        "a name, or try again when they are answered."
    )
