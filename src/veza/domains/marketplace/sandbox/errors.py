"""Refuses the sandbox where a real provider moves the money."""

from veza.core.errors import NotFound


class NoSandbox(NotFound):
    """A real provider moves the money on this server."""

    code = "no_sandbox"
    message = "This server has no sandbox: real money moves here."


class PaymentNotFound(NotFound):
    """The payment does not exist, or belongs to another buyer."""

    code = "payment_not_found"
    message = "There is no such payment."


class OnboardingOver(NotFound):
    """The link was used, has expired, or never existed."""

    code = "onboarding_over"
    message = (
        "This link has been used or is older than five minutes. Go back to Veza and try again."
    )
