"""Structs of idempotency keys, as stored."""

from datetime import datetime, timedelta
from uuid import UUID

from msgspec import Struct

KEPT_FOR = timedelta(hours=24)
# Longer than the timeout of a provider call. A slower process does no harm: the next one makes the
# same answer, under the same id.
LEASE = timedelta(seconds=60)


class KeyLease(Struct, frozen=True):
    """The right to carry out the request of a key, under an id, until it expires."""

    id: UUID
    leased_until: datetime


class StoredRequest(Struct, frozen=True):
    """The request of a key, and its response, if finished."""

    fingerprint: bytes
    answer: bytes | None


class PersonalIdempotencyKey(Struct, frozen=True):
    """A key in a member's personal data."""

    key: str
    is_answered: bool
    created_at: datetime
