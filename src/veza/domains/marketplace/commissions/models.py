"""Commissions, as sent, stored and shown."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from veza.core.ids import (
    BlobId,
    CommissionEntryId,
    FileId,
    FileSnapshotId,
    OrderId,
    OrderItemId,
    ProductId,
    UserId,
)
from veza.core.people import Appearance
from veza.core.takedowns import ItemTakedown, TakenDown
from veza.domains.auth.accounts.models import NamedMember

MAX_FILES_AT_ONCE = 20


class CommissionStatus(StrEnum):
    """Status of a commission.

    `brief`: the buyer has yet to say what to make. `delivered`: the buyer has yet to accept it, and
    has accepted it on `due_at`. `disputed`: staff decides. `cancelled`: the buyer has the money
    back.
    """

    BRIEF = "brief"
    IN_PROGRESS = "in_progress"
    DELIVERED = "delivered"
    DISPUTED = "disputed"
    ACCEPTED = "accepted"
    CANCELLED = "cancelled"


class Party(StrEnum):
    """A party of a commission."""

    BUYER = "buyer"
    SELLER = "seller"
    STAFF = "staff"


class CommissionRole(StrEnum):
    """The role by which the commissions of a member are listed."""

    BUYER = "buyer"
    SELLER = "seller"


class Step(StrEnum):
    """A step of a commission. `ask_to_cancel` is a request, which the seller grants by `cancel`."""

    BRIEF = "brief"
    MESSAGE = "message"
    DELIVER = "deliver"
    ACCEPT = "accept"
    REVISE = "revise"
    ASK_TO_CANCEL = "ask_to_cancel"
    CANCEL = "cancel"
    DISPUTE = "dispute"
    DECIDE = "decide"


class EntryKind(StrEnum):
    """The kind of an entry in the history of a commission. `refund`: the money was returned."""

    BRIEF = "brief"
    MESSAGE = "message"
    DELIVERY = "delivery"
    REVISION = "revision"
    ACCEPTANCE = "acceptance"
    CANCEL_REQUEST = "cancel_request"
    CANCELLATION = "cancellation"
    DISPUTE = "dispute"
    DECISION = "decision"
    REFUND = "refund"


class Decision(StrEnum):
    """The decision of a dispute: the seller is paid, or the buyer is refunded."""

    ACCEPT = "accept"
    REFUND = "refund"


Words = Annotated[
    str, Meta(min_length=1, max_length=2000, examples=["Warm, and a little slower, please."])
]


class EntryForm(Struct, frozen=True):
    """A text with attached cloud files, by `file_ids`. Their present versions are kept."""

    words: Words
    file_ids: Annotated[list[FileId], Meta(max_length=MAX_FILES_AT_ONCE, examples=[[]])] = []


class ReasonForm(Struct, frozen=True):
    """Why."""

    words: Words


class DecisionForm(Struct, frozen=True):
    """The decision of staff about a disputed commission, and its reason, which both parties see."""

    outcome: Decision
    words: Annotated[
        str, Meta(min_length=1, max_length=2000, examples=["The delivery is what was agreed."])
    ]


class CommissionTerms(Struct, frozen=True):
    """The terms of a service at the time of its purchase."""

    delivery_days: int
    revisions: int
    questions: str


class CommissionState(CommissionTerms, frozen=True):
    """The state of a commission, from which the allowed steps follow.

    `is_paused`: the payment is being refunded, or disputed at a bank. `is_refundable`: no dispute
    at a bank was lost for a part of the order. `is_seller_gone`: suspended or erased.
    `is_withheld`: the last delivery is taken down, and time doesn't accept it.
    """

    id: OrderItemId
    order_id: OrderId
    buyer_id: UserId | None
    seller_id: UserId | None
    status: CommissionStatus
    revisions_used: int
    due_at: datetime | None
    is_cancel_asked: bool
    was_disputed: bool
    is_paused: bool
    is_withheld: bool
    is_seller_gone: bool
    is_free: bool
    is_refundable: bool


class BegunCommission(Struct, frozen=True):
    """A commission that has just begun."""

    id: OrderItemId
    buyer_id: UserId


class StoredCommission(CommissionState, frozen=True):
    """A commission as stored, with what was ordered and the names of both parties."""

    product_id: ProductId | None
    title: str
    price_cents: int
    currency: str
    buyer_name: str | None
    buyer_appearance: Appearance
    seller_name: str | None
    seller_appearance: Appearance
    created_at: datetime
    changed_at: datetime


class NewEntry(Struct, frozen=True):
    """An entry to insert; without a party it happened by itself."""

    kind: EntryKind
    party: Party | None = None
    author_id: UserId | None = None
    words: str = ""


class StoredCommissionFile(Struct, frozen=True):
    """A file of an entry as stored."""

    id: FileSnapshotId
    name: str
    size_bytes: int
    content_type: str


class StoredCommissionEntry(Struct, frozen=True):
    """An entry as stored."""

    id: CommissionEntryId
    kind: EntryKind
    party: Party | None
    words: str
    is_taken_down: bool
    is_revoked: bool
    taken_down: ItemTakedown | None
    files: list[StoredCommissionFile]
    created_at: datetime


class CommissionFile(Struct, frozen=True):
    """A file as it was when it was sent. `url` needs a token of one of the parties."""

    id: FileSnapshotId
    name: str
    size_bytes: int
    content_type: str
    url: str


class CommissionEntry(Struct, frozen=True):
    """An entry of the history: its kind, party, text and files. A time-out has no `party`.

    What `is_taken_down` is without text and files for the other party, but a buyer keeps the files
    of a delivery unless staff takes them from buyers. Its author sees it with the reason,
    `taken_down`. The files of a seller are the buyer's until the money is returned.
    """

    id: CommissionEntryId
    kind: EntryKind
    party: Party | None
    words: str
    files: list[CommissionFile]
    is_taken_down: bool
    created_at: datetime
    taken_down: TakenDown | UnsetType = UNSET


class CommissionSummary(Struct, frozen=True):
    """A commission in a list. Its id is that of the line of the order.

    `role` is yours. `due_at` is when the brief, the delivery or the answer to it is due.
    `is_paused` while the payment is being refunded, or disputed at a bank.
    """

    id: OrderItemId
    order_id: OrderId
    product_id: ProductId | None
    title: str
    role: Party
    buyer: NamedMember | None
    seller: NamedMember | None
    status: CommissionStatus
    due_at: datetime | None
    is_overdue: bool
    is_paused: bool
    price_cents: int
    currency: str
    created_at: datetime
    changed_at: datetime


class Commission(CommissionSummary, frozen=True):
    """A commission with all that happened, oldest first, and the `steps` that you can take now.

    `accepted_after_days` is how long a delivery waits before it counts as accepted.
    """

    terms: CommissionTerms
    revisions_left: int
    is_cancel_asked: bool
    accepted_after_days: int
    steps: list[Step]
    entries: list[CommissionEntry]


class CommissionPage(Struct, frozen=True):
    """A page of commissions, newest first."""

    commissions: list[CommissionSummary]
    next_cursor: str | None
    has_more: bool


class CommissionQuery(Struct, frozen=True):
    """The role, the filter and the page of a list of commissions."""

    role: Party
    status: CommissionStatus | None
    limit: int
    before: OrderItemId | None


class ServedFile(Struct, frozen=True):
    """A file of a commission, to be served, and by whom it was sent."""

    kind: EntryKind
    party: Party | None
    is_taken_down: bool
    is_revoked: bool
    name: str
    blob_id: BlobId
    sha256: str
    size_bytes: int
    stored_at: datetime


class OwnedEntry(Struct, frozen=True):
    """The text and the author of a message of a commission, for staff."""

    author_id: UserId
    words: str


class CommissionMessageEvidence(Struct, frozen=True):
    """A message of a commission at the moment it was reported."""

    author_id: UserId
    username: str
    content: str
    file_names: list[str]
    commission_id: OrderItemId
    created_at: datetime


class FileUsage(Struct, frozen=True):
    """The files that a party sent in a commission."""

    files: int
    bytes: int


class LeftWork(Struct, frozen=True):
    """The unfinished commissions of an account, by what becomes of them when it is deleted.

    Nothing is delivered in those that are `cancelled`, which returns the money. Those that are
    `accepted` are paid. In `disputed` ones staff decides, without what the member wrote.
    """

    cancelled: int
    accepted: int
    disputed: int


class KeptFiles(Struct, frozen=True):
    """The files that a buyer keeps when their seller is erased."""

    buyer_id: UserId
    snapshot_ids: list[FileSnapshotId]


class PersonalCommissionEntry(Struct, frozen=True):
    """A text that a member wrote in a commission, in an export."""

    commission_id: OrderItemId
    kind: EntryKind
    words: str
    file_names: list[str]
    created_at: datetime


class PersonalCommission(Struct, frozen=True):
    """A commission of a member, in an export."""

    id: OrderItemId
    order_id: OrderId
    title: str
    role: Party
    status: CommissionStatus
    created_at: datetime


class PersonalCommissions(Struct, frozen=True):
    """All commissions of a member, and what they wrote."""

    commissions: list[PersonalCommission]
    entries: list[PersonalCommissionEntry]
