"""Errors of identity providers have public codes; details are logged, and never shown."""

from veza.core.errors import Unauthenticated, Unavailable


class IdentityProviderAway(Unavailable):
    """The provider can't be reached, is too slow, or has an error of its own."""

    code = "identity_provider_away"
    message = "The sign-in service doesn't answer: try again later, or sign in another way."


class IdentityNotProved(Unauthenticated):
    """The provider refused, or its answer does not prove who signed in."""

    code = "identity_not_proved"
    message = "The sign-in service did not confirm who you are: start again."
