"""What can be refused in this domain."""

from veza.core.errors import Conflict, NotFound


class OnboardingRefused(Conflict):
    """The company that pays sellers doesn't take this one; it says why."""

    code = "onboarding_refused"
    message = "The payout provider refused."


class OnboardingLinkOver(NotFound):
    """The address was not made by us, or too long ago."""

    code = "onboarding_link_over"
    message = "This address is over: begin again with `POST /sell/connect/onboard`."
