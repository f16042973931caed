"""Notes, entries of a member's history, sanctions, and appeals against them."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct

from veza.core.ids import (
    AppealId,
    MemberNoteId,
    ModerationActionId,
    ReportId,
    TakedownId,
    UserId,
)
from veza.core.pages import Cursor
from veza.core.takedowns import Automation, ContentCategory
from veza.domains.auth.accounts.models import NamedMember
from veza.domains.moderation.reports.models import (
    ModerationAction,
    ModerationActionType,
    ReportedAuthor,
)

_Text = Annotated[str, Meta(min_length=1, max_length=2000)]


class NoteForm(Struct, frozen=True):
    """The text of a note about a member, which staff alone reads."""

    text: Annotated[_Text, Meta(examples=["Asked twice by mail to name the sources."])]


class NewNote(Struct, frozen=True):
    """A note to store."""

    id: MemberNoteId
    user_id: UserId
    author_id: UserId
    text: str


class StoredNote(Struct, frozen=True):
    """The subject and the author of a note."""

    user_id: UserId
    author_id: UserId | None


class MemberNote(Struct, frozen=True):
    """A note about a member. The author is null if their account was erased."""

    id: MemberNoteId
    author: NamedMember | None
    text: str
    created_at: datetime


class MemberNoteList(Struct, frozen=True):
    """The latest hundred notes about a member, newest first."""

    notes: list[MemberNote]


class HistoryType(StrEnum):
    """The type of an entry in the history of a member."""

    REPORT = "report"
    VERDICT = "verdict"
    SANCTION = "sanction"
    NOTE = "note"
    APPEAL = "appeal"


class HistoryAction(StrEnum):
    """The verdict on a report, or the action on a member."""

    RESOLVE = "resolve"
    DISMISS = "dismiss"
    WARN = "warn"
    SUSPEND = "ban"
    LIFT_SUSPENSION = "unban"
    TAKE_DOWN = "takedown"
    RESTORE = "restore"
    WITHDRAW_WARNING = "withdraw"
    UPHOLD = "uphold"


class HistoryEntry(Struct, frozen=True):
    """An entry in the history of a member.

    `id` is that of the report, the action, the note or the appeal. `by` is the member of staff,
    null for reports and appeals. `status` is the present one of a report or an appeal.
    """

    id: UUID
    type: HistoryType
    happened_at: datetime
    by: NamedMember | None
    action: HistoryAction | None
    status: str | None
    text: str | None
    report_id: ReportId | None
    content_type: str | None


class ModerationHistory(Struct, frozen=True):
    """A page of the history of a member, newest first."""

    entries: list[HistoryEntry]
    next_cursor: str | None
    has_more: bool


class HistoryQuery(Struct, frozen=True):
    """The page of a history."""

    user_id: UserId
    limit: int = 20
    cursor: Cursor | None = None


class AppealStatus(StrEnum):
    """The state of an appeal: not decided, the sanction stays, or it is lifted or withdrawn."""

    PENDING = "pending"
    UPHELD = "upheld"
    REVERSED = "reversed"


class AppealStatusFilter(StrEnum):
    """The states by which appeals are listed."""

    PENDING = "pending"
    UPHELD = "upheld"
    REVERSED = "reversed"
    ALL = "all"


class AppealForm(Struct, frozen=True):
    """Why a warning or a suspension is wrong."""

    text: Annotated[_Text, Meta(examples=["The recording is mine: I can send the session files."])]


class MemberAppeal(Struct, frozen=True):
    """An appeal as its member sees it, with the reason of the decision."""

    text: str
    status: AppealStatus
    created_at: datetime
    decided_at: datetime | None
    decision: str | None


class SanctionSubject(Struct, frozen=True):
    """An item that was taken down, as stored; `automated` if nobody decided on it.

    `automation` is why a program had hidden it before, if one had.
    A picture is `part_of` what showed it: a post, track, release, playlist or profile, by its id.
    """

    takedown_id: TakedownId
    content_type: str
    content_id: UUID | None
    title: str | None
    category: ContentCategory
    permanent: bool
    automated: bool
    automation: Automation | None
    part_of: UUID | None


class LegalGround(StrEnum):
    """The ground of a decision: the law, or the rules of the site."""

    LAW = "law"
    RULES = "rules"


class SanctionedItem(SanctionSubject, frozen=True):
    """An item that was taken down, with the statement that article 17 of the DSA asks for.

    `permanent`: it is deleted when no appeal is possible any more. `automated`: the program hid it
    after a notice, and nobody has looked yet. The decision holds everywhere.
    """

    ground: LegalGround


class StoredSanction(Struct, frozen=True):
    """A warning, a suspension or a take-down, whether it is in force, and the appeal against it."""

    id: ModerationActionId
    user_id: UserId
    action: ModerationActionType
    reason: str
    decided_at: datetime
    by_notice: bool
    by_program: bool
    is_in_force: bool
    item: SanctionSubject | None
    appeal: MemberAppeal | None


class MemberSanction(Struct, frozen=True):
    """A warning, a suspension or a take-down as its member sees it.

    `item` is what was taken down. `by_notice` if somebody reported it, or a copyright notice names
    it; otherwise staff decided on its own initiative. `by_program` if a filter, or the comparison
    with what was taken down, had noticed it.
    """

    id: ModerationActionId
    action: ModerationActionType
    reason: str
    decided_at: datetime
    by_notice: bool
    by_program: bool
    is_in_force: bool
    may_appeal: bool
    appeal_until: datetime
    item: SanctionedItem | None
    appeal: MemberAppeal | None


class OwnSanction(MemberSanction, frozen=True):
    """A warning or a suspension in the list of its member.

    `page` is the path of the page about it in the web application. Its fragment contains `expires`
    and `signature`, with which programs show it and appeal.
    """

    page: str


class OwnSanctionList(Struct, frozen=True):
    """The latest hundred warnings and suspensions of a member, newest first."""

    sanctions: list[OwnSanction]


class AdminAppeal(Struct, frozen=True):
    """An appeal as staff sees it, with the sanction, and the action that decided it."""

    id: AppealId
    member: ReportedAuthor
    sanction: ModerationAction
    item: SanctionSubject | None
    text: str
    status: AppealStatus
    created_at: datetime
    decision: ModerationAction | None


class AppealPage(Struct, frozen=True):
    """A page of appeals, newest first, and their total number."""

    appeals: list[AdminAppeal]
    total: int


class AppealQuery(Struct, frozen=True):
    """The filter and the page of a list of appeals."""

    status: AppealStatusFilter = AppealStatusFilter.PENDING
    limit: int = 20
    offset: int = 0


class AppealOutcome(StrEnum):
    """The decision on an appeal: the sanction stays, or it is lifted or withdrawn."""

    UPHOLD = "uphold"
    REVERSE = "reverse"


class AppealDecision(Struct, frozen=True):
    """The decision on an appeal, and the reason, which the member receives."""

    outcome: AppealOutcome
    reason: Annotated[
        str, Meta(min_length=1, max_length=1000, examples=["The session files are convincing."])
    ]


class PendingAppeal(Struct, frozen=True):
    """An appeal that is about to be decided, and the sanction."""

    id: AppealId
    sanction_id: ModerationActionId
    status: AppealStatus
    user_id: UserId
    action: ModerationActionType
    decided_by: UserId | None
    report_id: ReportId | None
    is_in_force: bool
    # True if only admins may decide it.
    needs_admin: bool
    # Whether anybody else than who decided, and than the member, may decide on it.
    has_other_staff: bool
    # Whether the member is the member of staff, or a page of theirs.
    is_own: bool = False


class PersonalNote(Struct, frozen=True):
    """A note in the personal data of the member it is about, without its author."""

    text: str
    created_at: datetime


class PersonalAppeal(Struct, frozen=True):
    """An appeal in the personal data of its member."""

    action: ModerationActionType
    text: str
    status: AppealStatus
    created_at: datetime
