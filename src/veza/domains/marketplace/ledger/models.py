"""Accounts, postings and their entries, as stored and as shown."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from msgspec import Struct

from veza.core.ids import PostingId, SubjectId, UserId
from veza.core.money_mode import MoneyMode


class AccountKind(StrEnum):
    """What an account is for.

    A seller has one of what was `earned` and isn't transferred yet, and one of what was `paid`: the
    transfers less the reversals. `fees` are the platform's; `returns` is what buyers get back that
    never bought anything: it came too late. What a company took in from buyers (`payments`), or has
    for sellers (`payouts`), is below zero, so that all of it sums up to zero.
    """

    EARNED = "earned"
    PAID = "paid"
    FEES = "fees"
    RETURNS = "returns"
    PAYMENTS = "payments"
    PAYOUTS = "payouts"


class PostingKind(StrEnum):
    """Why money moved; each with what it belongs to."""

    SALE = "sale"
    LATE_PAYMENT = "late_payment"
    RETURN = "return"
    REFUND = "refund"
    TRANSFER = "transfer"
    REVERSAL = "reversal"
    DISPUTE = "dispute"
    DISPUTE_WON = "dispute_won"


class LedgerAccount(Struct, frozen=True):
    """An account: a seller's by its subject, a company's by its name, or the platform's."""

    kind: AccountKind
    currency: str
    mode: MoneyMode
    subject_id: SubjectId | None = None
    provider: str | None = None


class LedgerEntry(Struct, frozen=True):
    """What an account gets, in cents; below zero is what is taken from it."""

    account: LedgerAccount
    amount_cents: int


class Posting(Struct, frozen=True):
    """A movement of money between accounts of one currency and mode; the entries sum up to zero."""

    kind: PostingKind
    reference_id: UUID
    entries: list[LedgerEntry]


class NewPosting(Struct, frozen=True):
    """The row of a posting that is about to be written, without its entries."""

    id: PostingId
    kind: PostingKind
    reference_id: UUID
    currency: str
    mode: MoneyMode


class StoredAccount(Struct, frozen=True):
    """An account, by the number under which its entries stand."""

    number: int
    key: str


class Balance(Struct, frozen=True):
    """What a seller has in one currency and mode: earned and not yet transferred, and transferred.

    Amounts are in cents.
    """

    currency: str
    mode: MoneyMode
    earned_cents: int
    paid_cents: int


class AccountTotal(Struct, frozen=True):
    """What all accounts of a kind, currency and mode hold together. Only `live` money is real."""

    kind: AccountKind
    currency: str
    mode: MoneyMode
    accounts: int
    balance_cents: int


class AdminLedgerAccount(Struct, frozen=True):
    """An account as admins see it; `user_id` is null where it is no seller's, or they are gone."""

    number: int
    kind: AccountKind
    currency: str
    mode: MoneyMode
    user_id: UserId | None
    provider: str | None
    balance_cents: int


class LedgerQuery(Struct, frozen=True):
    """Which accounts are asked for: a page of all, or of one member's."""

    limit: int
    offset: int = 0
    user_id: UserId | None = None


class LedgerPage(Struct, frozen=True):
    """What the accounts of each kind hold, and a page of the accounts, of `total`."""

    totals: list[AccountTotal]
    accounts: list[AdminLedgerAccount]
    total: int


class PersonalLedgerEntry(Struct, frozen=True):
    """A movement on a member's own accounts, as it is handed out with their data."""

    posting_id: PostingId
    kind: PostingKind
    reference_id: UUID
    account: AccountKind
    currency: str
    mode: MoneyMode
    amount_cents: int
    posted_at: datetime


class Invariant(Struct, frozen=True):
    """A rule of the books, and SQL that gives all that breaks it: "where", and `is_under_way`."""

    rule: str
    sql: str


class InvariantViolation(Struct, frozen=True):
    """Something in the books that isn't as it should be: which rule it breaks, and where.

    `is_under_way`: it waits for work that is still to be done, or for people to look at it.
    """

    rule: str
    where: str
    is_under_way: bool = False
