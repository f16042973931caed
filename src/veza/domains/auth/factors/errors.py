"""Refusals of second factors: wrong or used ones, challenges that are over, none to replace."""

from veza.core.errors import (
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    TooManyRequests,
    Unauthenticated,
)


class WrongFactor(Forbidden):
    """The code or the answer of the passkey is wrong, used, or none of the member's."""

    code = "wrong_factor"
    message = "This is not valid or was already used: try the next code, or another factor."


class FactorRefused(Unauthenticated):
    """The second factor of a login is wrong: the challenge stays open for a few more tries."""

    code = "factor_refused"
    message = "This is not valid or was already used: try the next code, or another factor."


class ChallengeOver(Unauthenticated):
    """The challenge of a login is unknown, used, expired, or was tried too often."""

    code = "challenge_over"
    message = "This sign-in took too long or was tried too often: start again with your password."


class TooManyFactorTries(TooManyRequests):
    """Too many wrong factors for an account."""

    code = "too_many_factor_tries"
    message = "Too many wrong codes: try again later."


class OneProofOnly(Invalid):
    """A request sends no proof of identity, or several."""

    code = "one_proof_only"
    message = "Send exactly one proof: a code, a recovery code, a passkey, or a password."


class TotpExists(Conflict):
    """The member has an authenticator app already."""

    code = "totp_exists"
    message = "You have an authenticator app already: remove it first to set up another one."


class NoTotpBegun(Conflict):
    """No authenticator app waits for its first code."""

    code = "no_totp_begun"
    message = "Start the set-up of the authenticator app again: none waits for a code."


class FactorNotFound(NotFound):
    """The member has no such factor."""

    code = "factor_not_found"
    message = "You have no such second factor."


class NoFactors(Conflict):
    """Recovery codes replace a factor: without one there is nothing to replace."""

    code = "no_factors"
    message = "Set up a second factor first: recovery codes are for those who lost one."


class NoFactorRecovery(NotFound):
    """Nobody has begun to remove the factors of the member, or it is over."""

    code = "no_factor_recovery"
    message = "The second factors of this member don't wait to be removed."
