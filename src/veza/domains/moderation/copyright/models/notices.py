"""Notices and counter-notices as sent and stored, and as the owner of an item sees them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct

from veza.core.ids import CopyrightNoticeId, TakedownId, UserId
from veza.core.languages import Language
from veza.domains.auth.accounts.models import Email
from veza.domains.auth.recovery.models import LinkToken
from veza.domains.auth.sign_up.models import ProofSolution

# No control characters: lines stand in mails.
_Line = Annotated[
    str, Meta(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f-\x9f\u2028\u2029]*$")
]
_Statement = Annotated[str, Meta(min_length=1, max_length=4000)]


class CopyrightSettings(Struct, frozen=True):
    """The settings of notices.

    `hides_at_once`: a confirmed notice hides its items before staff looks. Items come back after
    `counter_period`. `repeat_notices` upheld ones within `repeat_period` make a repeat infringer.
    """

    hides_at_once: bool
    counter_period: timedelta
    repeat_notices: int
    repeat_period: timedelta


class NoticeStatus(StrEnum):
    """The state of a notice: its mail is not confirmed, staff has to look, or has decided."""

    UNCONFIRMED = "unconfirmed"
    PENDING = "pending"
    UPHELD = "upheld"
    REJECTED = "rejected"


class NoticeForm(Struct, frozen=True):
    """A notice. Its sender declares in `statement` what the law asks for.

    That is: that in good faith they believe that the use is not allowed, that what they write is
    accurate, and that they own the right or act for who does. `signature` is their full name.
    """

    work: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=2000,
            description="What is yours, so that staff can find it.",
            examples=["The recording “Corner Store” from 2024, first published on my own site."],
        ),
    ]
    rights_holder: Annotated[_Line, Meta(examples=["Night Ferry Records"])]
    email: Email
    urls: Annotated[
        list[Annotated[str, Meta(min_length=1, max_length=500)]],
        Meta(
            min_length=1,
            max_length=10,
            description="The addresses here, or the ids, of what is not allowed.",
            examples=[["https://music.example/tracks/0190a1b2-0000-7000-8000-000000000000"]],
        ),
    ]
    statement: Annotated[
        _Statement,
        Meta(examples=["I believe in good faith that … This is accurate. I act for the owner."]),
    ]
    signature: Annotated[_Line, Meta(examples=["Ada Ferry"])]
    proof: Annotated[ProofSolution | None, Meta(examples=[None])] = None


class NoticeReceipt(Struct, frozen=True):
    """A notice as its sender sees it."""

    id: CopyrightNoticeId
    status: NoticeStatus


class NoticeConfirmation(Struct, frozen=True):
    """The token of the mailed link."""

    token: LinkToken


class CounterForm(Struct, frozen=True):
    """A counter-notice, which goes to the sender of the notice as it is, with all of its fields."""

    statement: Annotated[
        _Statement,
        Meta(examples=["I believe in good faith that it was hidden by mistake: I recorded it."]),
    ]
    name: Annotated[_Line, Meta(examples=["Ida Corner"])]
    address: Annotated[
        str, Meta(min_length=1, max_length=500, examples=["1 Quay Street, 29200 Brest, France"])
    ]
    email: Email


class CounterNotice(CounterForm, frozen=True):
    """A counter-notice, and what became of it.

    The items come back at `restore_at`, unless staff notes before that a claim was filed.
    """

    owner_id: UserId
    created_at: datetime
    restore_at: datetime
    restored_at: datetime | None
    claim_filed_at: datetime | None


class OwnNoticeItem(Struct, frozen=True):
    """An item of yours that a notice names; `takedown_id` is null while it is not hidden by it."""

    content_type: str
    content_id: UUID
    title: str
    takedown_id: TakedownId | None
    is_hidden: bool


class OwnNotice(Struct, frozen=True):
    """A notice that has hidden something of yours; its texts are null once they are deleted."""

    id: CopyrightNoticeId
    status: NoticeStatus
    rights_holder: str | None
    signature: str | None
    work: str | None
    statement: str | None
    items: Sequence[OwnNoticeItem]
    confirmed_at: datetime
    counter: CounterNotice | None


class OwnNoticeList(Struct, frozen=True):
    """The latest hundred notices that have hidden something of yours, newest first.

    Items come back `counter_days` days after a counter-notice.
    """

    notices: list[OwnNotice]
    counter_days: int


class StoredNotice(Struct, frozen=True):
    """A notice that is locked."""

    id: CopyrightNoticeId
    status: NoticeStatus
    rights_holder: str | None
    work: str | None


class StoredItem(Struct, frozen=True):
    """An address in a notice, and what it names."""

    position: int
    url: str | None
    content_type: str | None = None
    content_id: UUID | None = None
    owner_id: UserId | None = None
    title: str | None = None
    takedown_id: TakedownId | None = None
    # Whether the owner is the member of staff who decides, or a page of theirs.
    is_own: bool = False


class NamedContent(Struct, frozen=True):
    """The item of an address: the types that it may have, and its id or its name.

    A link to a file is named by its token, a profile by its handle.
    """

    content_types: Sequence[str]
    key: UUID | str


class DueCounter(Struct, frozen=True):
    """A counter-notice whose items are to come back."""

    notice_id: CopyrightNoticeId
    owner_id: UserId


class NoticeMail(StrEnum):
    """The mails to the sender of a notice. The template has the same name."""

    CONFIRM = "confirm"
    UPHELD = "upheld"
    REJECTED = "rejected"
    COUNTERED = "countered"
    RESTORED = "restored"


class SendNoticeMail(Struct, frozen=True):
    """Job: mail something to the sender of a notice; `owner_id` is whose counter-notice it is."""

    notice_id: CopyrightNoticeId
    purpose: NoticeMail
    owner_id: UserId | None = None


class NewNotice(Struct, frozen=True):
    """The id of a new notice, and the language of mails to its sender."""

    id: CopyrightNoticeId
    language: Language


class MailedNotice(Struct, frozen=True):
    """The values of mails about a notice; `urls` are one in a line."""

    email: str
    language: Language
    urls: str
    reason: str
    statement: str = ""
    name: str = ""
    address: str = ""
    counter_email: str = ""


class PersonalCopyright(Struct, frozen=True):
    """The notices against items of a member, with what the member answered."""

    notices: Sequence[OwnNotice]
