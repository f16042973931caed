"""Statements of a month: sums by currency and mode, single movements, and printed texts."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from msgspec import Struct

from veza.core.ids import OrderId, PostingId
from veza.core.money_mode import MoneyMode
from veza.domains.marketplace.ledger.models import PostingKind


class StatementFormat(StrEnum):
    """The format of a statement."""

    JSON = "json"
    CSV = "csv"
    PDF = "pdf"


class Month(Struct, frozen=True):
    """A calendar month in UTC: its first day, and that of the next one."""

    first: date
    following: date


class Statement(Struct, frozen=True):
    """A member's earnings of a month in a currency and mode, in cents.

    The balance is what was earned and not transferred; below zero it is owed. It closes with the
    opening balance, plus `sales_cents`, less all others. `sales_cents` are the prices of what was
    sold, `fees_cents` the platform's part of them. `refunds_cents` and `disputes_cents` are what
    was taken back of the rest, `transfers_cents` what was paid out, less reversals. All are those
    of the member's parts. `taxes_cents` is the VAT within the prices of what the member sold, less
    refunds: it is no part of the sum, as the member declares it.
    """

    currency: str
    mode: MoneyMode
    opening_balance_cents: int
    sales_cents: int
    taxes_cents: int
    fees_cents: int
    refunds_cents: int
    disputes_cents: int
    transfers_cents: int
    closing_balance_cents: int


class AccountStatement(Statement, frozen=True):
    """A statement, and the number of its account in the ledger.

    A seller who gave all parts of a sale to others may have none.
    """

    account_number: int | None


class Statements(Struct, frozen=True):
    """The statements of a month, by mode and currency. Only the mode `live` is real money."""

    month: str
    statements: list[Statement]


class StatementEntry(Struct, frozen=True):
    """A movement on a member's account; price and fee are those of a sale."""

    posting_id: PostingId
    posted_at: datetime
    kind: PostingKind
    reference_id: UUID
    order_id: OrderId | None
    fee_cents: int | None
    amount_cents: int


class PrintedStatement(Struct, frozen=True):
    """The texts of a statement, as `statement.typ` places them. Pairs are a label and its value."""

    title: str
    month: str
    facts: list[tuple[str, str]]
    lines: list[tuple[str, str]]
    sum: list[str]
    notes: list[str]
