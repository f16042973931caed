"""A request that is sent under an idempotency key."""

from msgspec import Struct

from veza.core.ids import UserId


class KeyedRequest(Struct, frozen=True):
    """The key of a request, which is its owner's; the fingerprint distinguishes it from others."""

    owner_id: UserId
    key: str
    fingerprint: bytes
