"""Refuses onboarding that the provider refuses, and return URLs that are over."""

from veza.core.errors import Conflict, NotFound


class OnboardingRefused(Conflict):
    """The payout provider refuses a seller, with a reason."""

    code = "onboarding_refused"
    message = "The payout provider refused."


class OnboardingLinkOver(NotFound):
    """The return URL is invalid or has expired."""

    code = "onboarding_link_over"
    message = "This link has expired: start again with `POST /sell/connect/onboard`."
