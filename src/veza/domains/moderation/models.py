"""The nouns of the domain, as they are stored and as they are shown."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Protocol
from uuid import UUID

from msgspec import Meta, Struct

from veza.core.ids import ReportId, SanctionId, UserId

ContentType = Annotated[
    str, Meta(max_length=50, description="What kind of thing it is.", examples=["track"])
]
Reason = Annotated[str, Meta(min_length=1, max_length=1000)]


class Status(StrEnum):
    """How far a report is."""

    PENDING = "pending"
    RESOLVED = "resolved"
    DISMISSED = "dismissed"


class StatusFilter(StrEnum):
    """Which reports are asked for."""

    PENDING = "pending"
    RESOLVED = "resolved"
    DISMISSED = "dismissed"
    ALL = "all"


class Action(StrEnum):
    """What a verdict does: settle it, find nothing wrong, warn the author, or ban them."""

    RESOLVE = "resolve"
    DISMISS = "dismiss"
    WARN = "warn"
    BAN = "ban"


class SanctionAction(StrEnum):
    """What is done to a member."""

    WARN = "warn"
    BAN = "ban"
    UNBAN = "unban"


class Evidence(Protocol):
    """A reported thing as it is now: whatever Struct its domain describes it with."""

    @property
    def author_id(self) -> UserId:
        """Whose it is."""
        ...


class ReportForm(Struct, frozen=True):
    """What is wrong, and with what."""

    content_type: ContentType
    content_id: UUID
    reason: Annotated[Reason, Meta(examples=["This is my song, sold as their own."])]


class Report(Struct, frozen=True):
    """A report as its reporters may know it."""

    id: ReportId
    content_type: str
    content_id: UUID
    status: Status
    created_at: datetime


class NewReport(Struct, frozen=True):
    """What is written at the first report of a thing."""

    id: ReportId
    content_type: str
    content_id: UUID
    author_id: UserId
    evidence: dict[str, Any]


class OpenCase(Struct, frozen=True):
    """What a verdict needs to know of a report."""

    id: ReportId
    author_id: UserId | None
    status: Status


class Person(Struct, frozen=True):
    """Somebody, by name."""

    id: UserId
    username: str


class Author(Person, frozen=True):
    """Whose thing was reported, and whether they are suspended by now."""

    is_suspended: bool


class Entry(Struct, frozen=True):
    """One reporter's part in a report. Of one whose account was erased it names nothing."""

    reporter: Person | None
    reason: str | None
    created_at: datetime


class ReportForStaff(Struct, frozen=True):
    """A report as moderators see it, with the first of its entries.

    Where the author's account was erased, nothing is left but that there was a report.
    """

    id: ReportId
    content_type: str
    content_id: UUID | None
    status: Status
    author: Author | None
    evidence: dict[str, Any]
    reporters_count: int
    entries: list[Entry]
    action: Action | None
    reason: str | None
    resolved_by: Person | None
    resolved_at: datetime | None
    created_at: datetime


class ReportPage(Struct, frozen=True):
    """One page of reports, newest first, and how many there are in all."""

    reports: list[ReportForStaff]
    total: int


class ReportQuery(Struct, frozen=True):
    """Which reports are asked for."""

    status: StatusFilter = StatusFilter.PENDING
    limit: int = 20
    offset: int = 0


class Verdict(Struct, frozen=True):
    """What is decided about a report, and why. Who is warned or banned is told the reason."""

    action: Action
    reason: Reason | None = None


class Decision(Struct, frozen=True):
    """A verdict as it is written down."""

    status: Status
    action: Action
    reason: str | None
    resolved_by: UserId


class Suspension(Struct, frozen=True):
    """Why a member is suspended: they are told."""

    reason: Reason


class Unban(Struct, frozen=True):
    """Why a suspension is undone, where there is something to say."""

    reason: Reason | None = None


class NewSanction(Struct, frozen=True):
    """What is done to a member, by whom, why, and upon which report."""

    user_id: UserId
    action: SanctionAction
    reason: str | None
    decided_by: UserId
    report_id: ReportId | None = None


class Sanction(Struct, frozen=True):
    """What was done to a member, as moderators see it."""

    id: SanctionId
    action: SanctionAction
    reason: str | None
    report_id: ReportId | None
    decided_by: Person | None
    decided_at: datetime


class SanctionList(Struct, frozen=True):
    """The latest hundred sanctions of a member, newest first."""

    sanctions: list[Sanction]


class OwnSanction(Struct, frozen=True):
    """What was done to somebody, as it is handed out to them."""

    action: SanctionAction
    reason: str | None
    decided_at: datetime


class OwnEntry(Struct, frozen=True):
    """What somebody reported, as it is handed out to them."""

    report_id: ReportId
    content_type: str
    content_id: UUID | None
    reason: str | None
    status: Status
    created_at: datetime


class ReportFigures(Struct, frozen=True):
    """How many reports wait for a verdict."""

    pending: int
