"""Refuses webhooks with a bad signature, or a body that is no JSON object."""

from veza.core.errors import Invalid, Unauthenticated


class BadSignature(Unauthenticated):
    """The sender doesn't know the secret."""

    code = "bad_signature"
    message = "The signature is missing, or doesn't match the body."


class UnreadableEvent(Invalid):
    """The signature is valid, but the body isn't a JSON object."""

    code = "unreadable_event"
    message = "The event can't be read as a JSON object."
