"""The right to execute a request, or the response that it got before."""

from datetime import datetime, timedelta
from uuid import UUID

from msgspec import Struct

KEPT_FOR = timedelta(hours=24)
# Longer than the timeout of a provider call. A slower process does no harm: the next one makes the
# same answer, under the same id.
LEASE = timedelta(seconds=60)


class KeyClaim(Struct, frozen=True):
    """The right to execute a request under an id, or the answer that it got before.

    `leased_until` is None for a request without a key, and with an answer.
    """

    id: UUID
    leased_until: datetime | None = None
    answer: bytes | None = None


class StoredRequest(Struct, frozen=True):
    """The request of a key, and its response, if finished."""

    id: UUID
    fingerprint: bytes
    answer: bytes | None


class PersonalIdempotencyKey(Struct, frozen=True):
    """A key in a member's personal data."""

    key: str
    is_answered: bool
    created_at: datetime
