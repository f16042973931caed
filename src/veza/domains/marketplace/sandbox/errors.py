"""What can be refused in this domain."""

from veza.core.errors import NotFound


class NoSandbox(NotFound):
    """A company moves the money here: nothing can be played."""

    code = "no_sandbox"
    message = "This server has no sandbox: money moves here."


class PaymentNotFound(NotFound):
    """There is no such payment, or it is another's."""

    code = "payment_not_found"
    message = "There is no such payment."


class OnboardingOver(NotFound):
    """The link was used, is too old, or never was one."""

    code = "onboarding_over"
    message = "This link works once, for five minutes: ask for another one."
