"""The metadata of a request without an account: address, language and idempotency key."""

from msgspec import Struct

from veza.core.languages import Language


class GuestRequest(Struct, frozen=True):
    """The client of a request, the language of its browser, and its idempotency key if it has one.

    The fingerprint distinguishes it from other requests with this key.
    """

    ip: str
    language: Language
    key: str | None
    fingerprint: bytes
