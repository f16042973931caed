"""Accounts, postings and their entries."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from msgspec import Struct

from veza.core.ids import PostingId, SubjectId, UserId
from veza.core.money_mode import MoneyMode
from veza.core.pages import RowRange


class AccountKind(StrEnum):
    """The purpose of an account.

    A seller has an account for amounts `earned` but not yet transferred, and an account for amounts
    `paid`: transfers minus reversals. `fees` are the platform's; `returns` holds late payments
    until they are refunded. Money that providers hold from buyers (`payments`) or for sellers
    (`payouts`) is negative, so that all accounts sum up to zero.
    """

    EARNED = "earned"
    PAID = "paid"
    FEES = "fees"
    RETURNS = "returns"
    PAYMENTS = "payments"
    PAYOUTS = "payouts"


class PostingKind(StrEnum):
    """Why money moved. A posting references the row that caused it."""

    SALE = "sale"
    LATE_PAYMENT = "late_payment"
    RETURN = "return"
    REFUND = "refund"
    TRANSFER = "transfer"
    REVERSAL = "reversal"
    DISPUTE = "dispute"
    DISPUTE_WON = "dispute_won"


class LedgerAccount(Struct, frozen=True):
    """An account of a seller (by subject), of a provider (by name), or of the platform."""

    kind: AccountKind
    currency: str
    mode: MoneyMode
    subject_id: SubjectId | None = None
    provider: str | None = None


class LedgerEntry(Struct, frozen=True):
    """The amount added to an account, in cents; negative if taken from it."""

    account: LedgerAccount
    amount_cents: int


class Posting(Struct, frozen=True):
    """A movement of money between accounts of a currency and mode. Its entries sum up to zero."""

    kind: PostingKind
    reference_id: UUID
    entries: list[LedgerEntry]


class NewPosting(Struct, frozen=True):
    """The row of a posting to insert, without its entries."""

    id: PostingId
    kind: PostingKind
    reference_id: UUID
    currency: str
    mode: MoneyMode


class PostingResult(Struct, frozen=True):
    """The result of a posting: whether all accounts exist, and whether it was inserted."""

    has_accounts: bool
    is_posted: bool


class Balance(Struct, frozen=True):
    """A seller's balance in a currency and mode: earned but not transferred, and transferred."""

    currency: str
    mode: MoneyMode
    earned_cents: int
    paid_cents: int


class AccountTotal(Struct, frozen=True):
    """The sum of all accounts of a kind, currency and mode. Only `live` money is real."""

    kind: AccountKind
    currency: str
    mode: MoneyMode
    accounts: int
    balance_cents: int


class AdminLedgerAccount(Struct, frozen=True):
    """An account. `user_id` is null if it is not a seller's, or the seller was erased."""

    number: int
    kind: AccountKind
    currency: str
    mode: MoneyMode
    user_id: UserId | None
    provider: str | None
    balance_cents: int


class LedgerQuery(RowRange, frozen=True):
    """Filter and page of an admin's list of accounts."""

    user_id: UserId | None = None


class LedgerPage(Struct, frozen=True):
    """Totals by kind of account, and a page of the `total` accounts."""

    totals: list[AccountTotal]
    accounts: list[AdminLedgerAccount]
    total: int


class PersonalLedgerEntry(Struct, frozen=True):
    """An entry on a member's account, in the export of their data."""

    posting_id: PostingId
    kind: PostingKind
    reference_id: UUID
    account: AccountKind
    currency: str
    mode: MoneyMode
    amount_cents: int
    posted_at: datetime


class InvariantViolation(Struct, frozen=True):
    """A violation of a rule, and where it was found.

    `is_under_way`: it will be resolved by pending work, or by staff.
    """

    rule: str
    where: str
    is_under_way: bool = False


class VerifyLedger(Struct, frozen=True):
    """Job: verify the books, and store the result."""


class LedgerVerification(Struct, frozen=True):
    """The result of a verification: what is wrong comes first, and at most 200 are listed."""

    started_at: datetime
    finished_at: datetime
    is_right: bool
    violations: list[InvariantViolation]


class LedgerVerificationStatus(Struct, frozen=True):
    """The last verification; null before the first."""

    last: LedgerVerification | None
