"""What is refused of keys."""

from veza.core.errors import Unprocessable


class KeyReused(Unprocessable):
    """A key names one request, and not another one too."""

    code = "idempotency_key_reused"
    message = "This idempotency key was sent with another request: use a new one."
