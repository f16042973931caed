"""Decisions without I/O: everything here can be tested with plain values."""

from collections import defaultdict
from collections.abc import Sequence

from veza.core.ids import PostingId
from veza.core.money_mode import MoneyMode
from veza.domains.marketplace.ledger.models import (
    AccountKind,
    LedgerAccount,
    LedgerEntry,
    NewPosting,
    Posting,
)

SELLERS = frozenset({AccountKind.EARNED, AccountKind.PAID})


def account_key(account: LedgerAccount) -> str:
    """Name an account, as its row does: see `ledger_account_key` in the database."""
    owner = account.subject_id or account.provider or ""
    suffix = ":test" if account.mode is MoneyMode.TEST else ""
    return f"{account.kind}:{owner}:{account.currency}{suffix}"


def merge_entries(entries: Sequence[LedgerEntry]) -> list[LedgerEntry]:
    """Make one entry of all of an account, and none where nothing moves."""
    amounts: dict[LedgerAccount, int] = defaultdict(int)
    for entry in entries:
        amounts[entry.account] += entry.amount_cents
    return [LedgerEntry(account, cents) for account, cents in amounts.items() if cents]


def row_of(posting: Posting, posting_id: PostingId) -> NewPosting:
    """Return the row of a posting: its entries are of one currency and mode, and sum up to zero."""
    [currency] = {entry.account.currency for entry in posting.entries}
    [mode] = {entry.account.mode for entry in posting.entries}
    assert sum(entry.amount_cents for entry in posting.entries) == 0, posting
    return NewPosting(posting_id, posting.kind, posting.reference_id, currency, mode)
