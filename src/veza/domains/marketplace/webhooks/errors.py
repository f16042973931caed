"""What can be refused in this domain."""

from veza.core.errors import Invalid, Unauthenticated


class BadSignature(Unauthenticated):
    """Whoever sent this doesn't know the secret."""

    code = "bad_signature"
    message = "The signature is missing, or isn't the one of this body."


class UnreadableEvent(Invalid):
    """The signature is right, and the body is no event."""

    code = "unreadable_event"
    message = "The event can't be read as a JSON object."
