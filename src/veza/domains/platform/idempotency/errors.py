"""Errors of idempotency keys, with their public codes."""

from veza.core.errors import Unprocessable


class KeyReused(Unprocessable):
    """A key identifies one request: it came again with another one."""

    code = "idempotency_key_reused"
    message = "This idempotency key was sent with a different request: use a new key."
