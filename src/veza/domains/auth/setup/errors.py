"""Refuses a set-up link that is used, expired or wrong too often."""

from veza.core.errors import Invalid, TooManyRequests


class SetupLinkInvalid(Invalid):
    """The token of a set-up link is unknown, used, replaced or expired, or there is an admin."""

    code = "setup_link_invalid"
    message = (
        "This link can't be used: it was used already, has expired or was replaced at a later "
        "start, or there is an admin. Sign in, or restart the server for a new link."
    )


class TooManySetupTries(TooManyRequests):
    """Too many wrong tokens came from a network."""

    code = "too_many_setup_tries"
    message = "Too many wrong links were tried: wait, then open the link from the log."
