"""Post movements of money, read balances, and verify invariants."""

from collections.abc import Mapping, Sequence

from veza.core.ids import PostingId, SubjectId, UserId, new_id
from veza.core.money_mode import MoneyMode
from veza.domains.marketplace.ledger import queries, rules
from veza.domains.marketplace.ledger import shared_queries as ledger_queries
from veza.domains.marketplace.ledger.invariants import INVARIANTS
from veza.domains.marketplace.ledger.models import (
    AccountKind,
    InvariantViolation,
    LedgerAccount,
    LedgerPage,
    LedgerQuery,
    LedgerVerificationStatus,
    Posting,
    VerifyLedger,
)
from veza.infra.jobs.queue import enqueue
from veza.infra.postgres.database import Conn, Tx

# An hour: each invariant reads whole tables.
VERIFY_TIMEOUT_MS = 3_600_000


async def get_or_create_subject(tx: Tx, user_id: UserId) -> SubjectId:
    """Return the member's permanent id in the ledger, which survives erasure without the name."""
    return (await get_or_create_subjects(tx, [user_id]))[user_id]


async def get_or_create_subjects(tx: Tx, user_ids: Sequence[UserId]) -> Mapping[UserId, SubjectId]:
    """Return the permanent ids of members."""
    found = await queries.find_subjects(tx, user_ids)
    # Sorted, so that concurrent transactions cannot deadlock.
    if missing := sorted(set(user_ids) - found.keys()):
        for user_id in missing:
            await queries.insert_subject(tx, SubjectId(new_id()), user_id)
        # A concurrent transaction may have inserted others.
        found = await queries.find_subjects(tx, user_ids)
    return found


async def post(tx: Tx, posting: Posting) -> bool:
    """Insert a posting; return False, without effect, if its reference was posted already.

    The database rejects entries that do not sum up to zero when the transaction commits.
    """
    entries = rules.merge_entries(posting.entries)
    row = rules.make_row(posting, PostingId(new_id()))
    accounts = [entry.account for entry in entries]
    keys = [rules.account_key(account) for account in accounts]
    amounts = [entry.amount_cents for entry in entries]
    made = await queries.insert_posting(tx, row, keys=keys, amounts=amounts)
    if not made.has_accounts:
        await queries.insert_accounts(tx, accounts)
        made = await queries.insert_posting(tx, row, keys=keys, amounts=amounts)
    return made.is_posted


async def lock_earned(tx: Tx, subject_id: SubjectId, currency: str, *, mode: MoneyMode) -> int:
    """Lock and return the amount that a seller earned and was not transferred, in cents.

    Negative if refunds exceed it: they are deducted from the next sales.
    """
    account = LedgerAccount(AccountKind.EARNED, currency, mode, subject_id)
    return await queries.lock_balance(tx, rules.account_key(account)) or 0


async def list_ledger(conn: Conn, query: LedgerQuery) -> LedgerPage:
    """Return totals by kind of account, and a page of the accounts."""
    totals = await ledger_queries.list_totals(conn)
    accounts = await queries.list_ledger(conn, query)
    return LedgerPage(totals, accounts, await queries.count_accounts(conn, query.user_id))


async def find_violations(
    conn: Conn, invariants: Mapping[str, str] = INVARIANTS
) -> list[InvariantViolation]:
    """Return the violations of these invariants (rules with their SQL), up to 100 each."""
    return [
        violation
        for rule, sql in invariants.items()
        for violation in await queries.list_violations(conn, rule, sql)
    ]


async def get_verification(conn: Conn) -> LedgerVerificationStatus:
    """Return the result of the last verification."""
    return LedgerVerificationStatus(await queries.find_verification(conn))


async def request_verification(tx: Tx) -> None:
    """Queue a verification of the books, unless one waits or runs."""
    await enqueue(tx, VerifyLedger(), key="verify-ledger")
