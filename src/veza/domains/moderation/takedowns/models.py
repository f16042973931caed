"""Take-downs as entered, stored, and shown to staff."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from msgspec import Meta, Struct

from veza.core.ids import ModerationActionId, TakedownId, UserId
from veza.core.reviews import ReviewedFile
from veza.core.takedowns import Automation, ContentCategory
from veza.domains.auth.accounts.models import NamedMember

ContentType = Annotated[
    str, Meta(max_length=50, description="The type of the item.", examples=["track"])
]
Reason = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=1000,
        description="The owner reads this.",
        examples=["From 0:40 to 1:22 this is the recording of another member."],
    ),
]
Note = Annotated[
    str,
    Meta(
        max_length=2000,
        description="For staff alone.",
        examples=["The second notice by the same person; the first one was right."],
    ),
]


class TakedownForm(Struct, frozen=True):
    """The item to take down, why, and for how long.

    `permanent` deletes the item once no appeal is possible any more; otherwise an edit by its owner
    asks staff for another look. Buyers keep what they bought unless `revoke_purchases`, which is
    true by default for what is illegal.
    """

    content_type: ContentType
    content_id: UUID
    category: ContentCategory
    reason: Reason
    note: Note = ""
    permanent: bool = False
    revoke_purchases: bool | None = None


class AppealSettings(Struct, frozen=True):
    """`window` is how long an appeal is possible, after which items are deleted for good."""

    window: timedelta


class Hold(Struct, frozen=True):
    """An item that nobody but its owner sees until staff has decided, and why."""

    content_type: str
    content_id: UUID
    category: ContentCategory
    reason: str


class NewTakedown(Struct, frozen=True):
    """The row of a take-down, `automated` if nobody decided on it; or of what is held.

    What is held has no action. `automation` is why a program had hidden it, if one had.
    """

    id: TakedownId
    content_type: str
    content_id: UUID
    owner_id: UserId
    title: str
    category: ContentCategory
    reason: str
    note: str
    permanent: bool
    revokes_purchases: bool
    kept: Mapping[str, Any]
    action_id: ModerationActionId | None
    decided_by: UserId | None
    automated: bool
    automation: Automation | None
    held: bool


class StoredTakedown(Struct, frozen=True):
    """A take-down that is about to be undone or to delete its item, or is appealed against."""

    id: TakedownId
    content_type: str
    content_id: UUID | None
    owner_id: UserId | None
    category: ContentCategory
    permanent: bool
    automated: bool
    kept: dict[str, Any]
    action_id: ModerationActionId | None
    undone_at: datetime | None
    deleted_at: datetime | None
    held: bool


class ReleasedItem(Struct, frozen=True):
    """A held item of which staff decided that it is shown, and who did."""

    id: TakedownId
    resolved_by: UserId


class OpenCase(Struct, frozen=True):
    """The item of a report that waits, or of a take-down that is not undone."""

    content_type: str
    content_id: UUID


class CaseFiles(Struct, frozen=True):
    """The audio and pictures of a case that are left. Texts are in the evidence of its report."""

    files: list[ReviewedFile]


class TakedownAppeal(StrEnum):
    """The state of the appeal against a take-down."""

    PENDING = "pending"
    UPHELD = "upheld"
    REVERSED = "reversed"


class AdminTakedown(Struct, frozen=True):
    """A take-down as staff sees it.

    What is `held` was hidden by the comparison with what is taken down, and waits for a decision.
    `edited_at` is when the owner last changed the item since. `content_id`, `owner`, `title` and
    `reason` are null if the account of the owner was erased.
    """

    id: TakedownId
    content_type: str
    content_id: UUID | None
    title: str | None
    owner: NamedMember | None
    category: ContentCategory
    reason: str | None
    note: str
    permanent: bool
    held: bool
    revokes_purchases: bool
    decided_by: NamedMember | None
    created_at: datetime
    edited_at: datetime | None
    appeal: TakedownAppeal | None
    undone_by: NamedMember | None
    undone_at: datetime | None
    deleted_at: datetime | None


class TakedownPage(Struct, frozen=True):
    """A page of take-downs, newest first, and their total number."""

    takedowns: list[AdminTakedown]
    total: int


class TakedownStatus(StrEnum):
    """The states by which take-downs are listed: `edited` are open, and changed by their owner."""

    OPEN = "open"
    EDITED = "edited"
    UNDONE = "undone"
    ALL = "all"


class TakedownQuery(Struct, frozen=True):
    """The filters and the page of a list of take-downs."""

    status: TakedownStatus = TakedownStatus.OPEN
    content_type: str | None = None
    limit: int = 20
    offset: int = 0


class PersonalTakedown(Struct, frozen=True):
    """A take-down in the personal data of the owner of its item.

    `kept` is what of the item is stored here while it is hidden, such as the text of a message.
    """

    content_type: str
    content_id: UUID | None
    title: str | None
    category: ContentCategory
    reason: str | None
    permanent: bool
    held: bool
    kept: dict[str, Any]
    created_at: datetime
    undone_at: datetime | None
