"""Refusals of logins and changes of accounts: wrong, suspended, waiting, last admin."""

from veza.core.errors import (
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    TooManyRequests,
    Unauthenticated,
)


class UsernameTaken(Conflict):
    """Another member has this name."""

    code = "username_taken"
    message = "This username is taken: choose another one."


class NameOfVerified(Conflict):
    """The name is equal to that of a verified profile, or can be taken for it."""

    code = "name_of_verified"
    message = "This name looks like that of a verified profile: choose another one."


class EmailTaken(Conflict):
    """Another member has this address."""

    code = "email_taken"
    message = "This e-mail address is taken: sign in, or use another one."


class WeakPassword(Invalid):
    """The password is among the first that attackers try."""

    code = "weak_password"
    message = "This password is easy to guess: choose another one."


class InvalidCredentials(Unauthenticated):
    """The address is unknown, or the password is wrong."""

    code = "invalid_credentials"
    message = "The e-mail address or the password is wrong."


class TooManyLogins(TooManyRequests):
    """Too many failed logins for this account or from this network."""

    code = "too_many_logins"
    message = "Too many failed logins: try again later."


class WrongPassword(Forbidden):
    """The current password, asked for again, is wrong."""

    code = "wrong_password"
    message = "The current password is wrong."


class ApprovalNeeded(Forbidden):
    """On this server an admin approves creators."""

    code = "approval_needed"
    message = "Your request was sent: an admin has to approve it."


class PasswordSignInOff(Forbidden):
    """This server signs members in at identity providers only."""

    code = "password_sign_in_off"
    message = "This server takes no passwords: sign in with one of its sign-in services."


class AccountSuspended(Forbidden):
    """The password is right, but the account is suspended; the message contains the reason.

    `link` is the page on which its member may appeal, within half an hour.
    """

    code = "account_suspended"
    message = "This account is suspended."


class AwaitingApproval(Forbidden):
    """The password is right, but staff has not decided on the account yet."""

    code = "awaiting_approval"
    message = "Your account waits for approval: you get a mail when it is decided."


class SignUpRefused(Forbidden):
    """The password is right, but staff declined the account, which will be erased."""

    code = "sign_up_declined"
    message = "Your account was declined, and will be erased."


class LastAdmin(Conflict):
    """A server needs at least one admin."""

    code = "last_admin"
    message = "This is the last admin: make another member an admin first."


class PageHasNoRole(Conflict):
    """An artist, a band or a label publishes like a creator, and nobody signs in to it."""

    code = "page_has_no_role"
    message = "This is the page of an artist, a band or a label: change the roles of its members."


class UserNotFound(NotFound):
    """There is no such member."""

    code = "user_not_found"
    message = "There is no such member."
