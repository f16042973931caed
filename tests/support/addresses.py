"""Addresses of the server and of its clients."""

from veza.core.ids import new_id

BASE_URL = "http://veza.test"


def own_address() -> str:
    """An address that nobody else has, in a network of its own: it is counted for itself."""
    drawn = new_id().hex
    return f"fd00:{drawn[-12:-8]}:{drawn[-8:-4]}:{drawn[-4:]}::1"
