"""The nouns of the domain, as they are stored and as they are shown."""

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from veza.core.audit_record import AuditLog
from veza.core.ids import AuditEventId, UserId

NO_SEAL = b"\0" * 32


class AuditEvent(Struct, frozen=True):
    """What somebody did. What told of a person who was forgotten is null."""

    id: AuditEventId
    log: AuditLog
    user_id: UserId | None
    action: str
    resource: str
    status: int
    ip: str | None
    request_id: str | None
    created_at: datetime


class AuditPage(Struct, frozen=True):
    """One page of a list of events."""

    events: list[AuditEvent]
    next_cursor: str | None
    has_more: bool


class AuditQuery(Struct, frozen=True, kw_only=True):
    """Which events are asked for; of what is None, any."""

    limit: int
    before: AuditEventId | None = None
    user_id: UserId | None = None
    action: str | None = None
    resource: str | None = None
    status: int | None = None
    ip: str | None = None
    log: AuditLog | None = None
    request_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None


class StoredEvent(Struct, frozen=True):
    """An event as it is sealed, column by column."""

    id: AuditEventId
    log: AuditLog
    subject_id: UUID | None
    action: str
    route: str
    status: int
    is_about_somebody: bool
    digest: bytes
    created_at: datetime


class KnownEvent(StoredEvent, frozen=True):
    """An event with what is kept of its person, so that its digest can be checked."""

    user_id: UserId | None
    subject_salt: bytes | None
    ip: str | None
    resource: str | None
    request_id: str | None
    member_id: UserId | None
    salt: bytes | None


class Seal(Struct, frozen=True):
    """The signature under a batch of events, and under the seal before."""

    number: int
    event_ids: list[AuditEventId]
    hashes: bytes
    previous: bytes
    key_id: bytes
    digest: bytes
    sealed_at: datetime


class Note(Struct, frozen=True):
    """A seal that somebody noted elsewhere: number and digest."""

    number: int
    digest: bytes


class Tally(Struct, frozen=True):
    """How much was verified, and the last seal, worth noting elsewhere."""

    events: int
    seals: int
    waiting: int
    last: Note | None
