"""What can be refused in this domain."""

from veza.core.errors import Conflict, Invalid, TooMany


class InvalidLink(Invalid):
    """The token of a link is unknown, used, replaced by a newer one, or too old: all the same."""

    code = "invalid_link"
    message = "This link doesn't work, or not any more: ask for a new one."


class TooManyMails(TooMany):
    """Too many mails were asked for."""

    code = "too_many_mails"
    message = "Too many mails were asked for: look at those you have, or wait a while."


class AlreadyVerified(Conflict):
    """There is nothing to prove any more."""

    code = "already_verified"
    message = "Your e-mail address is verified already."
