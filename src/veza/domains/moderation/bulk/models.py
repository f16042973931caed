"""Selections by ids or filters, previews with their token, and reasons for leaving out."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct

from veza.core.access import Member, Role
from veza.core.clock import Moment
from veza.core.ids import BulkRunId, ReportId, UserId
from veza.domains.moderation.reports.models import Reason

MAX_SELECTED = 500

MailDomainText = Annotated[str, Meta(min_length=1, max_length=253, examples=["spam.example"])]
Applied = Annotated[int, Meta(description="To how many the action was applied.")]


class BulkAction(StrEnum):
    """The action of a run, on members or on reports."""

    SUSPEND = "suspend"
    LIFT_SUSPENSION = "unsuspend"
    DISMISS = "dismiss"
    RESOLVE = "resolve"


class BulkMemberAction(StrEnum):
    """The actions on members."""

    SUSPEND = "suspend"
    LIFT_SUSPENSION = "unsuspend"


class BulkReportAction(StrEnum):
    """The actions on reports."""

    DISMISS = "dismiss"
    RESOLVE = "resolve"


class SkipReason(StrEnum):
    """The reason for which a member or a report is left out."""

    NOT_FOUND = "not_found"
    ADMIN = "admin"
    YOURSELF = "yourself"
    AWAITING_APPROVAL = "awaiting_approval"
    ALREADY_SUSPENDED = "already_suspended"
    NOT_SUSPENDED = "not_suspended"
    ALREADY_RESOLVED = "already_resolved"
    ABOUT_YOU = "about_you"


class MemberFilter(Struct, frozen=True):
    """The members who meet all of these: at least a time of sign-up or a mail domain.

    A mail domain includes its subdomains. `without_posts`: who has published no post or track.
    """

    registered_from: Moment | None = None
    registered_until: Moment | None = None
    mail_domain: MailDomainText | None = None
    without_posts: bool = False


class BulkMemberForm(Struct, frozen=True):
    """The members by id or by a filter, the action, and the reason that each of them receives."""

    action: BulkMemberAction
    reason: Reason
    user_ids: Annotated[list[UserId], Meta(min_length=1, max_length=MAX_SELECTED)] | None = None
    filter: MemberFilter | None = None


class BulkReportForm(Struct, frozen=True):
    """The reports, the action, and a reason for other moderators."""

    action: BulkReportAction
    report_ids: Annotated[list[ReportId], Meta(min_length=1, max_length=MAX_SELECTED)]
    reason: Reason | None = None


class BulkToken(Struct, frozen=True):
    """The token of a preview."""

    token: Annotated[str, Meta(min_length=1, max_length=50_000)]


class SelectedMember(Struct, frozen=True):
    """A selected member, and what a suspension ends or hides."""

    id: UserId
    username: str
    role: Role
    is_suspended: bool
    awaits_approval: bool
    sessions_count: int
    posts_count: int
    tracks_count: int
    is_own: bool


class BulkStanding(Struct, frozen=True):
    """A member who is locked for a change."""

    id: UserId
    role: Role
    is_suspended: bool
    awaits_approval: bool
    is_own: bool


class PreviewedMember(Struct, frozen=True):
    """A member, what ends or is hidden, and why they are left out, if they are."""

    id: UserId
    username: str
    role: Role
    sessions_count: int
    posts_count: int
    tracks_count: int
    skipped: SkipReason | None


class BulkMemberPreview(Struct, frozen=True):
    """A preview of an action: exact counts, the first 50 members, and the token that runs it.

    `sessions_count`, `posts_count` and `tracks_count` are those of all members whom it changes.
    `has_more`: a filter found more than 500; the next preview finds the others.
    """

    action: BulkMemberAction
    affected: int
    skipped: Mapping[SkipReason, int]
    sessions_count: int
    posts_count: int
    tracks_count: int
    has_more: bool
    members: list[PreviewedMember]
    token: str
    expires_at: datetime


class SelectedReport(Struct, frozen=True):
    """A selected report."""

    id: ReportId
    content_type: str
    author_id: UserId | None
    author_username: str | None
    is_pending: bool
    reporters_count: int
    is_own: bool


class PreviewedReport(Struct, frozen=True):
    """A report, and why it is left out, if it is."""

    id: ReportId
    content_type: str
    author_username: str | None
    reporters_count: int
    skipped: SkipReason | None


class BulkReportPreview(Struct, frozen=True):
    """A preview of an action: exact counts, the first 50 reports, and the token that runs it.

    `reporters_count` is how many reporters are notified, each once for each report.
    """

    action: BulkReportAction
    affected: int
    skipped: Mapping[SkipReason, int]
    reporters_count: int
    reports: list[PreviewedReport]
    token: str
    expires_at: datetime


class BulkResult(Struct, frozen=True):
    """To how many of the previewed an action was applied, and why others were left out now."""

    action: BulkAction
    total: int
    applied: Applied
    skipped: Mapping[SkipReason, int]


class SignedSelection(Struct, frozen=True):
    """The claims of a token: the caller, the action and the exact selection.

    `ids` are the bytes of the ids, in base64.
    """

    sub: UserId
    action: BulkAction
    reason: str | None
    ids: str


class ReadSelection(SignedSelection, frozen=True):
    """The claims of a token that was signed, with the id of its run."""

    jti: BulkRunId


class BulkRun(Struct, frozen=True):
    """The progress of a run: the first `done` of its selection are dealt with."""

    done: int
    applied: int
    skipped: dict[SkipReason, int]


class BulkCaller(Struct, frozen=True):
    """The member who runs an action, and the request, for the records of the audit log."""

    member: Member
    ip: str
    request_id: str


type Outcomes = Mapping[UUID, SkipReason | None]
