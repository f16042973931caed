"""Refuses used and expired links, and an admin's recovery of their own factors."""

from veza.core.errors import Conflict, Forbidden, Invalid, NotFound


class InvalidLink(Invalid):
    """The token of a link is unknown, used, replaced by a newer token, or expired."""

    code = "invalid_link"
    message = "This link has expired or was already used: request a new one."


class AlreadyVerified(Conflict):
    """The address is verified already."""

    code = "already_verified"
    message = "Your e-mail address is already verified."


class FactorRecoveryExists(Conflict):
    """The factors of the member wait to be removed already."""

    code = "factor_recovery_exists"
    message = "The second factors of this member already wait to be removed."


class NothingToRecover(Conflict):
    """The member has no second factor."""

    code = "nothing_to_recover"
    message = "This member has no second factor: they can sign in, or reset their password."


class OwnFactorRecovery(Forbidden):
    """An admin tries to remove their own factors without using one."""

    code = "own_factor_recovery"
    message = "Another admin has to do this for you."


class HeldMailNotFound(NotFound):
    """The mail was sent, was never there, or is too old."""

    code = "held_mail_not_found"
    message = "No such mail waits: it may have been sent meanwhile, or it is too old."


class MailBeingSent(Conflict):
    """The mail is being sent at this moment."""

    code = "mail_being_sent"
    message = "This mail is being sent at this moment: look again in a minute."


class MailNotNeeded(Conflict):
    """The same mail was enqueued again meanwhile."""

    code = "mail_not_needed"
    message = "The same mail was requested again meanwhile, and waits already."
