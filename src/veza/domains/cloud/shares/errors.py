"""Refuses links that are over or need a password, and too many wrong passwords."""

from veza.core.errors import Conflict, Forbidden, NotFound, TooManyRequests


class ShareNotFound(NotFound):
    """The link doesn't exist, or is no longer valid: expired, revoked, or used up."""

    code = "share_not_found"
    message = "This link is invalid or has expired: ask for a new one."


class ShareProtected(Forbidden):
    """The link needs a password."""

    code = "share_protected"
    message = "This link is protected: send its password to /cloud/shared/unlock."


class WrongSharePassword(Forbidden):
    """The password is wrong."""

    code = "wrong_share_password"
    message = "The password is wrong: check it, and try again."


class TooManyGuesses(TooManyRequests):
    """Too many wrong passwords for one link."""

    code = "too_many_guesses"
    message = "Too many wrong passwords for this link: try again later."


class TooManyShares(Conflict):
    """The file has the maximum number of valid links."""

    code = "too_many_shares"
    message = "The file has 100 valid links, which is the maximum: revoke some first."
