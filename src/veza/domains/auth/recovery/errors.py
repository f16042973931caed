"""Errors of account recovery, with their public codes."""

from veza.core.errors import Conflict, Invalid, TooManyRequests


class InvalidLink(Invalid):
    """The token of a link is unknown, used, replaced by a newer token, or expired."""

    code = "invalid_link"
    message = "This link has expired or was already used: request a new one."


class TooManyMails(TooManyRequests):
    """Too many mails were requested."""

    code = "too_many_mails"
    message = "You requested too many mails: check your inbox, or try again later."


class AlreadyVerified(Conflict):
    """The address is verified already."""

    code = "already_verified"
    message = "Your e-mail address is already verified."
