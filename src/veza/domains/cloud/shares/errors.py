"""What can be refused in this domain."""

from veza.core.errors import Conflict, Forbidden, NotFound, TooMany


class ShareNotFound(NotFound):
    """There is no such link, or it holds no more: it expired, was revoked, or was used up."""

    code = "share_not_found"
    message = "This link doesn't lead to a file, or does no more."


class ShareProtected(Forbidden):
    """Whoever wants the file must know the link's password."""

    code = "share_protected"
    message = "This link is protected: send its password to /cloud/shared/unlock."


class WrongSharePassword(Forbidden):
    """The password is another one."""

    code = "wrong_share_password"
    message = "This isn't the password of the link."


class TooManyGuesses(TooMany):
    """Too many wrong passwords for one link."""

    code = "too_many_guesses"
    message = "Too many wrong passwords for this link: try again later."


class TooManyShares(Conflict):
    """A file has as many links as it may have."""

    code = "too_many_shares"
    message = "The file has 100 links that hold: revoke some first."
