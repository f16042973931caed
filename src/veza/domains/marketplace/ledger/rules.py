"""Keys of accounts, and the rows of a posting."""

from collections import defaultdict
from collections.abc import Sequence

from veza.core.ids import PostingId
from veza.core.money_mode import MoneyMode
from veza.domains.marketplace.ledger.models import LedgerAccount, LedgerEntry, NewPosting, Posting


def account_key(account: LedgerAccount) -> str:
    """Return the key of an account, as `ledger_account_key` in the database does."""
    owner = account.subject_id or account.provider or ""
    suffix = ":test" if account.mode is MoneyMode.TEST else ""
    return f"{account.kind}:{owner}:{account.currency}{suffix}"


def merge_entries(entries: Sequence[LedgerEntry]) -> list[LedgerEntry]:
    """Sum up entries by account, without zero sums."""
    amounts: dict[LedgerAccount, int] = defaultdict(int)
    for entry in entries:
        amounts[entry.account] += entry.amount_cents
    return [LedgerEntry(account, cents) for account, cents in amounts.items() if cents]


def make_row(posting: Posting, posting_id: PostingId) -> NewPosting:
    """Return the row of a posting. Its entries must have one currency and mode, and balance."""
    [currency] = {entry.account.currency for entry in posting.entries}
    [mode] = {entry.account.mode for entry in posting.entries}
    assert sum(entry.amount_cents for entry in posting.entries) == 0, posting
    return NewPosting(posting_id, posting.kind, posting.reference_id, currency, mode)
