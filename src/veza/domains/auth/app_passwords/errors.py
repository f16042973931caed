"""Refuses unknown and revoked app passwords, and too many wrong ones of a network."""

from veza.core.errors import Conflict, NotFound, TooManyRequests, Unauthenticated


class WrongAppPassword(Unauthenticated):
    """The app password is unknown or was revoked, or its member is suspended."""

    code = "wrong_app_password"
    message = "The app password is wrong, or was revoked."


class TooManyWrongAppPasswords(TooManyRequests):
    """A network sent too many wrong app passwords for a member."""

    code = "too_many_logins"
    message = "Too many wrong app passwords: wait a quarter of an hour."


class TooManyAppPasswords(Conflict):
    """The member has the maximum number of app passwords."""

    code = "too_many_app_passwords"
    message = "You have 25 app passwords: revoke one first."


class AppPasswordNotFound(NotFound):
    """The member has no such app password."""

    code = "app_password_not_found"
    message = "There is no such app password."
