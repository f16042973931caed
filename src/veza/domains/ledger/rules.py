"""Decisions without I/O: everything here can be tested with plain values."""

from collections import defaultdict
from collections.abc import Sequence

from veza.domains.ledger.models import Account, AccountKind, Entry, Posting

SELLERS = frozenset({AccountKind.EARNED, AccountKind.PAID})


def key_of(account: Account) -> str:
    """Name an account, as its row does."""
    owner = account.subject_id or account.provider or ""
    return f"{account.kind}:{owner}:{account.currency}"


def join_entries(entries: Sequence[Entry]) -> list[Entry]:
    """Make one entry of all of an account, and none where nothing moves."""
    amounts: dict[Account, int] = defaultdict(int)
    for entry in entries:
        amounts[entry.account] += entry.amount_cents
    return [Entry(account, cents) for account, cents in amounts.items() if cents]


def currency_of(posting: Posting) -> str:
    """Tell the currency of a posting. It has one, and its entries sum up to zero."""
    [currency] = {entry.account.currency for entry in posting.entries}
    assert sum(entry.amount_cents for entry in posting.entries) == 0, posting
    return currency
