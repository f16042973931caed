"""What the audit must know of a request: who did what, to what, from where, and how it ended."""

from enum import StrEnum

from msgspec import Struct

from veza.core.ids import AuditEventId, UserId


class AuditLog(StrEnum):
    """Where something is recorded: what staff does has a log of its own."""

    MEMBERS = "members"
    ADMIN = "admin"


class AuditRecord(Struct, frozen=True, kw_only=True):
    """One request that changed something, or tried to.

    `route` is the path as the program has it, `resource` as it was asked for. Where that names a
    member, `member_id` says which.
    """

    id: AuditEventId
    log: AuditLog
    user_id: UserId | None
    action: str
    route: str
    resource: str
    member_id: UserId | None
    status: int
    ip: str
    request_id: str
