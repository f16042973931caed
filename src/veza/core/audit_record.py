"""Audit records."""

from enum import StrEnum

from msgspec import Struct

from veza.core.ids import AuditEventId, UserId


class AuditLog(StrEnum):
    """The log of a record: requests of staff have their own."""

    MEMBERS = "members"
    ADMIN = "admin"


class AuditRecord(Struct, frozen=True, kw_only=True):
    """A request that changed something, or tried to.

    `route` is the template of the path, `resource` the path itself. `member_id` is the member in
    the path, if any; `profile_id` the profile as which the member `user_id` acted, if any.
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
    profile_id: UserId | None = None
