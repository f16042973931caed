"""What is known of a key, as stored."""

from datetime import datetime, timedelta
from uuid import UUID

from msgspec import Struct

KEPT_FOR = timedelta(hours=24)
# Longer than a call to a company may take. Whoever works longer still does no harm: the next one
# makes the same, under the same id.
LEASE = timedelta(seconds=60)


class Lease(Struct, frozen=True):
    """That somebody works for a key, under an id. When it runs out, it may be another's."""

    id: UUID
    leased_until: datetime


class Sent(Struct, frozen=True):
    """A request that was sent under a key, and its answer where there is one."""

    fingerprint: bytes
    answer: bytes | None


class PersonalKey(Struct, frozen=True):
    """A key as it is handed out with a member's data."""

    key: str
    is_answered: bool
    created_at: datetime
