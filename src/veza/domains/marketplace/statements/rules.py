"""Months, rows of CSV, and the printed texts of statements."""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date

from veza.core.money import write_amount
from veza.core.money_mode import MoneyMode
from veza.domains.marketplace.statements.models import (
    Month,
    PrintedStatement,
    Statement,
    StatementEntry,
)

# The column `amount_cents` adds up to the difference of the balances.
COLUMNS = (
    *("posted_at", "kind", "currency", "mode", "order_id", "price_cents", "fee_cents"),
    *("amount_cents", "balance_cents"),
)
_NOTE = (
    "The balance is what was earned and not transferred to the payout account. Below zero it is "
    "owed, and kept back from the next sales. Amounts are those of the member's parts."
)
_TEST_NOTE = "This is test money of the sandbox: none of it is real."


def read_month(text: str | None, today: date) -> Month:
    """Return a month such as `2026-11`; without one, that of today."""
    year, number = (today.year, today.month) if text is None else map(int, text.split("-"))
    following = date(year + 1, 1, 1) if number == 12 else date(year, number + 1, 1)
    return Month(date(year, number, 1), following)


def name_month(month: Month) -> str:
    """Return a month as `2026-11`."""
    return f"{month.first:%Y-%m}"


def write_header() -> bytes:
    """Return the row with the names of the columns."""
    return _write([COLUMNS])


def write_balance(statement: Statement, kind: str, day: date, cents: int) -> bytes:
    """Return the row of an opening or closing balance."""
    cells = [day.isoformat(), kind, statement.currency, statement.mode, "", "", "", "", cents]
    return _write([cells])


def write_entries(
    statement: Statement, entries: Iterable[StatementEntry], balance_cents: int
) -> tuple[bytes, int]:
    """Return the rows of entries, and the balance after them."""
    rows: list[list[str | int]] = []
    for entry in entries:
        balance_cents += entry.amount_cents
        fee = entry.fee_cents
        price = "" if fee is None else entry.amount_cents + fee
        rows.append(
            [
                entry.posted_at.isoformat(timespec="seconds").replace("+00:00", "Z"),
                entry.kind,
                statement.currency,
                statement.mode,
                "" if entry.order_id is None else str(entry.order_id),
                price,
                "" if fee is None else fee,
                entry.amount_cents,
                balance_cents,
            ]
        )
    return _write(rows), balance_cents


def print_empty(month: Month, username: str) -> PrintedStatement:
    """Return the printed texts of a month before which nothing was earned."""
    return PrintedStatement(
        title="Statement",
        month=f"{month.first:%B %Y}",
        facts=[("Member", username)],
        lines=[],
        sum=[],
        notes=["Nothing was earned until the end of this month."],
    )


def print_statement(statement: Statement, month: Month, username: str) -> PrintedStatement:
    """Return the printed texts of a statement for a member."""
    amounts = [
        ("Opening balance", statement.opening_balance_cents),
        ("Sales", statement.sales_cents),
        ("Fees of the platform", -statement.fees_cents),
        ("Refunds", -statement.refunds_cents),
        ("Disputes", -statement.disputes_cents),
        ("Transfers, less reversals", -statement.transfers_cents),
    ]
    currency = statement.currency
    is_test = statement.mode is MoneyMode.TEST
    return PrintedStatement(
        title="Statement",
        month=f"{month.first:%B %Y}",
        facts=[
            ("Member", username),
            ("Currency", currency),
            ("VAT in sales, less refunds", write_amount(statement.taxes_cents, currency)),
        ],
        lines=[(label, write_amount(cents, currency)) for label, cents in amounts],
        sum=["Closing balance", write_amount(statement.closing_balance_cents, currency)],
        notes=[_NOTE, _TEST_NOTE] if is_test else [_NOTE],
    )


def _write(rows: Iterable[Sequence[str | int]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()
