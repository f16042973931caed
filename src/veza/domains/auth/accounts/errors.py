"""What can be refused in this domain."""

from veza.core.errors import Conflict, Forbidden, Invalid, NotFound, TooMany, Unauthenticated


class UsernameTaken(Conflict):
    """Somebody else has the name."""

    code = "username_taken"
    message = "This username is taken."


class EmailTaken(Conflict):
    """Somebody else has the address."""

    code = "email_taken"
    message = "This e-mail address is taken."


class WeakPassword(Invalid):
    """The password is one that attackers try first."""

    code = "weak_password"
    message = "Choose another password."


class InvalidCredentials(Unauthenticated):
    """Address and password don't belong together."""

    code = "invalid_credentials"
    message = "The e-mail address or the password is wrong."


class TooManyLogins(TooMany):
    """Too many failed logins for this account or from this address."""

    code = "too_many_logins"
    message = "Too many failed logins: wait a while."


class WrongPassword(Forbidden):
    """The present password, asked for once more, is wrong."""

    code = "wrong_password"
    message = "The current password is wrong."


class ApprovalNeeded(Forbidden):
    """On this server an admin makes creators."""

    code = "approval_needed"
    message = "Your wish is noted: an admin has to approve it."


class AccountSuspended(Forbidden):
    """The password is right, but the account is suspended; the message says why."""

    code = "account_suspended"
    message = "This account is suspended."


class LastAdmin(Conflict):
    """Somebody has to look after the server."""

    code = "last_admin"
    message = "This is the last admin: make another one first."


class UserNotFound(NotFound):
    """There is no such member."""

    code = "user_not_found"
    message = "There is no such member."
