"""Reports with their entries, resolutions, and facts that decide on a suspension."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Protocol
from uuid import UUID

from msgspec import Meta, Struct

from veza.core.access import Role
from veza.core.ids import ModerationActionId, ReportId, UserId
from veza.core.takedowns import ContentCategory, ItemCopy
from veza.domains.auth.accounts.models import NamedMember

ContentType = Annotated[
    str, Meta(max_length=50, description="The type of the reported item.", examples=["track"])
]
Reason = Annotated[str, Meta(min_length=1, max_length=1000)]


class ReportStatus(StrEnum):
    """The state of a report."""

    PENDING = "pending"
    RESOLVED = "resolved"
    DISMISSED = "dismissed"


class ReportStatusFilter(StrEnum):
    """The states by which reports are listed."""

    PENDING = "pending"
    RESOLVED = "resolved"
    DISMISSED = "dismissed"
    ALL = "all"


class ReportAction(StrEnum):
    """The resolution of a report: closed, dismissed, a warning, or a suspension."""

    RESOLVE = "resolve"
    DISMISS = "dismiss"
    WARN = "warn"
    SUSPEND = "ban"


class ReportVerdict(StrEnum):
    """The decision on a report: one of the actions, or a take-down of the item."""

    RESOLVE = "resolve"
    DISMISS = "dismiss"
    WARN = "warn"
    SUSPEND = "ban"
    TAKE_DOWN = "takedown"


class ModerationActionType(StrEnum):
    """The type of a moderation action on a member."""

    WARN = "warn"
    SUSPEND = "ban"
    LIFT_SUSPENSION = "unban"
    TAKE_DOWN = "takedown"
    RESTORE = "restore"
    # What was decided on an appeal, beside lifting a suspension.
    WITHDRAW_WARNING = "withdraw"
    UPHOLD = "uphold"


class MemberStanding(Protocol):
    """The facts about a member on which it depends whether they may be suspended."""

    @property
    def id(self) -> UserId:
        """The member's id."""
        ...

    @property
    def role(self) -> Role:
        """The member's role."""
        ...

    @property
    def is_suspended(self) -> bool:
        """Whether the member is suspended, or was never approved."""
        ...

    @property
    def awaits_approval(self) -> bool:
        """Whether staff has not accepted the account: it waits, or was declined."""
        ...


class ReportForm(Struct, frozen=True):
    """The reported content, and the reason."""

    content_type: ContentType
    content_id: UUID
    reason: Annotated[Reason, Meta(examples=["This is my song, sold as their own."])]
    category: ContentCategory = ContentCategory.OTHER


class Report(Struct, frozen=True):
    """A report as its reporters see it."""

    id: ReportId
    content_type: str
    content_id: UUID
    status: ReportStatus
    created_at: datetime


class NewReport(Struct, frozen=True):
    """The row of the first report of an item."""

    id: ReportId
    content_type: str
    content_id: UUID
    author_id: UserId
    evidence: dict[str, Any]


class FoundAgain(Struct, frozen=True):
    """An item that is like one that was taken down: a case for staff, and its reason."""

    content_type: str
    content_id: UUID
    author_id: UserId
    category: ContentCategory
    reason: str


class LockedReport(Struct, frozen=True):
    """A report that is about to be resolved."""

    id: ReportId
    author_id: UserId | None
    status: ReportStatus
    # Whether the author is the member of staff, or a page of theirs.
    is_own: bool = False


class ReportedAuthor(NamedMember, frozen=True):
    """The author of a reported item, and whether they are suspended now."""

    is_suspended: bool


class ReportEntry(Struct, frozen=True):
    """A member's report of an item, or an automatic one, which has no reporter.

    `by_filter` is of a filter of texts, `by_match` of the comparison with what was taken down.
    Reporter and reason of an erased account are null.
    """

    reporter: NamedMember | None
    category: ContentCategory
    reason: str | None
    by_filter: bool
    by_match: bool
    created_at: datetime


class AdminReport(Struct, frozen=True):
    """A report as moderators see it, with its first entries.

    `reporters_count` is at most 1,000. `categories` are those of the first hundred entries, the
    most frequent first. If the author's account was erased, only the type and the outcome remain.
    `copies` are up to ten items of others that are the same, where one report is read.
    """

    id: ReportId
    content_type: str
    content_id: UUID | None
    status: ReportStatus
    author: ReportedAuthor | None
    evidence: dict[str, Any]
    reporters_count: int
    categories: list[ContentCategory]
    entries: list[ReportEntry]
    action: ReportVerdict | None
    reason: str | None
    resolved_by: NamedMember | None
    resolved_at: datetime | None
    created_at: datetime
    copies: list[ItemCopy]


class ReportPage(Struct, frozen=True):
    """A page of reports, newest first, and their total number."""

    reports: list[AdminReport]
    total: int


class ReportQuery(Struct, frozen=True):
    """The filters and the page of a list of reports."""

    status: ReportStatusFilter = ReportStatusFilter.PENDING
    category: ContentCategory | None = None
    content_type: str | None = None
    limit: int = 20
    offset: int = 0


class ReportResolution(Struct, frozen=True):
    """The resolution of a report, and the reason, which a warned or suspended author receives."""

    action: ReportAction
    reason: Reason | None = None


class StoredResolution(Struct, frozen=True):
    """A resolution as stored."""

    status: ReportStatus
    action: ReportVerdict
    reason: str | None
    resolved_by: UserId


class Suspension(Struct, frozen=True):
    """The reason of a suspension, which the member receives."""

    reason: Reason


class SuspensionLift(Struct, frozen=True):
    """The reason for lifting a suspension, which is optional."""

    reason: Reason | None = None


class NewModerationAction(Struct, frozen=True):
    """A moderation action to store: its member, moderator (None: automated), reason and report."""

    user_id: UserId
    action: ModerationActionType
    reason: str | None
    decided_by: UserId | None
    report_id: ReportId | None = None


class ModerationAction(Struct, frozen=True):
    """A moderation action as moderators see it."""

    id: ModerationActionId
    action: ModerationActionType
    reason: str | None
    report_id: ReportId | None
    decided_by: NamedMember | None
    decided_at: datetime


class ModerationActionList(Struct, frozen=True):
    """The latest hundred moderation actions on a member, newest first."""

    sanctions: list[ModerationAction]


class PersonalModerationAction(Struct, frozen=True):
    """A moderation action in the personal data of its member."""

    action: ModerationActionType
    reason: str | None
    decided_at: datetime


class PersonalReport(Struct, frozen=True):
    """A report in the personal data of its reporter."""

    report_id: ReportId
    content_type: str
    content_id: UUID | None
    category: ContentCategory
    reason: str | None
    status: ReportStatus
    created_at: datetime
