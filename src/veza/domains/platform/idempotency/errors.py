"""Refuses a key that was used for a different request."""

from veza.core.errors import Unprocessable


class KeyReused(Unprocessable):
    """The key was used for a different request."""

    code = "idempotency_key_reused"
    message = "This idempotency key was sent with a different request: use a new key."
