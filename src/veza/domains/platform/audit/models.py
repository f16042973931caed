"""Recorded requests, and the signatures of batches of them."""

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from veza.core.audit_record import AuditLog
from veza.core.ids import AuditEventId, UserId

NO_SIGNATURE = b"\0" * 32


class AuditEvent(Struct, frozen=True):
    """A recorded request. The personal fields of an erased member are null.

    `profile_id` is the artist, band or label as which the member acted, if any. `is_anonymous` if
    nobody was signed in.
    """

    id: AuditEventId
    log: AuditLog
    user_id: UserId | None
    profile_id: UserId | None
    action: str
    resource: str
    status: int
    ip: str | None
    request_id: str | None
    created_at: datetime
    is_anonymous: bool


class AuditPage(Struct, frozen=True):
    """A page of events."""

    events: list[AuditEvent]
    next_cursor: str | None
    has_more: bool


class AuditQuery(Struct, frozen=True, kw_only=True):
    """The filters and the page of a list of events; None matches everything."""

    limit: int
    before: AuditEventId | None = None
    user_id: UserId | None = None
    profile_id: UserId | None = None
    action: str | None = None
    resource: str | None = None
    status: int | None = None
    ip: str | None = None
    log: AuditLog | None = None
    request_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None


class StoredAuditEvent(Struct, frozen=True):
    """The columns of an event that its signature covers."""

    id: AuditEventId
    log: AuditLog
    subject_id: UUID | None
    action: str
    route: str
    status: int
    is_member_related: bool
    digest: bytes
    created_at: datetime


class VerifiableEvent(StoredAuditEvent, frozen=True):
    """An event with its personal details, as needed to recompute its digest."""

    user_id: UserId | None
    subject_salt: bytes | None
    ip: str | None
    resource: str | None
    request_id: str | None
    member_id: UserId | None
    profile_id: UserId | None
    salt: bytes | None


class AuditSignature(Struct, frozen=True):
    """The signature of a batch of events. It covers the digest of the previous signature."""

    number: int
    event_ids: list[AuditEventId]
    hashes: bytes
    previous: bytes
    key_id: bytes
    digest: bytes
    signed_at: datetime


class SignatureReference(Struct, frozen=True):
    """The number and digest of a signature, as noted outside the database."""

    number: int
    digest: bytes


class VerificationResult(Struct, frozen=True):
    """The number of verified events, and the last signature, to be recorded elsewhere."""

    events: int
    signatures: int
    waiting: int
    last: SignatureReference | None
