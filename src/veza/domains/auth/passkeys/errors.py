"""Refuses unreadable, unknown and copied passkeys, and challenges that are over."""

from veza.core.errors import (
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    TooManyRequests,
    Unauthenticated,
)


class PasskeyUnreadable(Invalid):
    """A new passkey can't be read, or was made for another site or without verifying its user."""

    code = "passkey_unreadable"
    message = "This passkey can't be used here: try again, or choose another device."


class PasskeyChallengeOver(Conflict):
    """The options for a new passkey are unknown, used or expired."""

    code = "passkey_challenge_over"
    message = "This took too long, or was done before: start again."


class PasskeyExists(Conflict):
    """The passkey is registered already."""

    code = "passkey_exists"
    message = "This passkey is registered already: choose another device."


class TooManyPasskeys(Conflict):
    """The member has as many passkeys as are allowed."""

    code = "too_many_passkeys"
    message = "You have ten passkeys, which is the limit: remove one first."


class PasskeyNotFound(NotFound):
    """The member has no such passkey."""

    code = "passkey_not_found"
    message = "You have no such passkey."


class PasskeyRefused(Unauthenticated):
    """A passkey that should sign in is unknown, its signature wrong, or its challenge over."""

    code = "passkey_refused"
    message = (
        "This passkey was not accepted: it may have been removed, or it took too long. "
        "Try again, or sign in with your password."
    )


class PasskeyCopied(Forbidden):
    """The counter of a passkey did not rise: somebody may have a copy. Its member is told."""

    code = "passkey_copied"
    message = (
        "This passkey may have been copied, so it was refused: "
        "use another factor, and remove it in your settings."
    )


class TooManyPasskeyChallenges(TooManyRequests):
    """Too many sign-ins with a passkey were begun from a network."""

    code = "too_many_passkey_challenges"
    message = "Too many sign-ins were started from your network: try again later."
