"""Notices as staff sees and decides on them."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct

from veza.core.ids import CopyrightNoticeId, TakedownId, UserId
from veza.core.pages import Cursor
from veza.domains.auth.accounts.models import NamedMember
from veza.domains.moderation.copyright.models.notices import CounterNotice, NoticeStatus


class NoticeFilter(StrEnum):
    """The states by which notices are listed: `countered` have a counter-notice that waits."""

    PENDING = "pending"
    COUNTERED = "countered"
    UPHELD = "upheld"
    REJECTED = "rejected"
    ALL = "all"


class NoticeQuery(Struct, frozen=True):
    """The filter and the page of a list of notices."""

    status: NoticeFilter = NoticeFilter.PENDING
    limit: int = 20
    cursor: Cursor | None = None


class AdminNoticeItem(Struct, frozen=True):
    """An address in a notice, and the item that it names: null if that is nothing here.

    `upheld_notices` are those against its owner within the time that counts, `repeats` is whether
    they are as many as make a repeat infringer.
    """

    url: str | None
    content_type: str | None
    content_id: UUID | None
    title: str | None
    owner: NamedMember | None
    takedown_id: TakedownId | None
    is_hidden: bool
    upheld_notices: int
    repeats: bool


class AdminNotice(Struct, frozen=True):
    """A notice as staff sees it; the texts of its sender are null once they are deleted."""

    id: CopyrightNoticeId
    status: NoticeStatus
    signature: str | None
    email: str | None
    rights_holder: str | None
    work: str | None
    statement: str | None
    items: Sequence[AdminNoticeItem]
    counters: Sequence[CounterNotice]
    confirmed_at: datetime
    decided_at: datetime | None
    decided_by: NamedMember | None
    reason: str | None
    note: str


class AdminNoticePage(Struct, frozen=True):
    """A page of notices, newest first."""

    notices: list[AdminNotice]
    next_cursor: str | None
    has_more: bool


class NoticeOutcome(StrEnum):
    """Its items are taken down, it is rejected, or a claim is noted so that they stay so."""

    UPHOLD = "uphold"
    REJECT = "reject"
    CLAIM_FILED = "claim_filed"


class NoticeDecision(Struct, frozen=True):
    """A decision on a notice.

    The owners of the items read the `reason` if it is upheld, its sender if it is rejected.
    `owner_id` is whose counter-notice a filed claim is about.
    """

    outcome: NoticeOutcome
    reason: Annotated[str, Meta(max_length=1000, examples=["The sender published it in 2024."])] = (
        ""
    )
    note: Annotated[str, Meta(max_length=2000, examples=["Their label confirms it."])] = ""
    owner_id: Annotated[UUID | None, Meta(examples=[None])] = None


class StoredDecision(Struct, frozen=True):
    """A decision as it is stored."""

    status: NoticeStatus
    reason: str
    note: str
    decided_by: UserId


class RegisteredNotice(Struct, frozen=True):
    """A row of the register."""

    id: CopyrightNoticeId
    status: NoticeStatus
    confirmed_at: datetime
    decided_at: datetime | None
    decided_by: str | None
    rights_holder: str | None
    signature: str | None
    email: str | None
    work: str | None
    urls: str
    reason: str | None
    hidden_count: int
    counters_count: int
    claims_count: int
    restored_count: int


class RegisterPart(Struct, frozen=True):
    """Rows of the register as CSV, the position after them, and whether there are more."""

    rows: bytes
    last: Cursor | None
    has_more: bool
