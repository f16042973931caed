"""Statements of a month, in sums, in all their entries, and printed."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from pathlib import Path

import msgspec

from veza.core.access import Member
from veza.core.clock import now
from veza.core.ids import LOWEST_ID, PostingId
from veza.core.structs import copy_fields
from veza.domains.marketplace.statements import queries, rules
from veza.domains.marketplace.statements.models import (
    AccountStatement,
    Month,
    Statement,
    Statements,
)
from veza.infra.postgres.database import Conn
from veza.infra.typesetting.typesetter import Typesetter, typeset

_TEMPLATE = Path(__file__).with_name("statement.typ")
_ROWS_AT_ONCE = 500

type OpenRead = Callable[[], AbstractAsyncContextManager[Conn]]


async def list_statements(conn: Conn, member: Member, month: Month) -> list[AccountStatement]:
    """Return the statements of a member for a month, by mode and currency."""
    return await queries.list_statements(conn, member.id, month)


def show_statements(found: Sequence[AccountStatement], month: Month) -> Statements:
    """Return the statements of a month as their member sees them."""
    shown = [copy_fields(Statement, statement) for statement in found]
    return Statements(rules.name_month(month), shown)


async def write_entries(
    open_read: OpenRead, found: Sequence[AccountStatement], month: Month
) -> AsyncIterator[bytes]:
    """Yield the entries of a month as CSV, between the balances with which it opens and closes.

    They are read in parts, each on a connection of its own: memory and connections are not held
    for as long as the client takes.
    """
    yield rules.write_header()
    for statement in found:
        balance = statement.opening_balance_cents
        yield rules.write_balance(statement, "opening_balance", month.first, balance)
        after = PostingId(LOWEST_ID)
        number = statement.account_number
        while number is not None:
            async with open_read() as conn:
                entries = await queries.list_entries(
                    conn, number, month, after=after, limit=_ROWS_AT_ONCE
                )
            rows, balance = rules.write_entries(statement, entries, balance)
            yield rows
            if len(entries) < _ROWS_AT_ONCE:
                break
            after = entries[-1].posting_id
        last = month.following - timedelta(days=1)
        yield rules.write_balance(statement, "closing_balance", last, balance)


async def print_statements(
    typesetter: Typesetter, found: Sequence[AccountStatement], month: Month, *, username: str
) -> bytes:
    """Return the statements of a month as a PDF, each on a page of its own."""
    printed = [rules.print_statement(statement, month, username) for statement in found]
    printed = printed or [rules.print_empty(month, username)]
    return await typeset(typesetter, _TEMPLATE, msgspec.json.encode(printed), moment=now())
