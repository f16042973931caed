"""What one can do with the ledger: post, read balances, and verify that the books are right."""

from collections.abc import Sequence

from veza.core.ids import PostingId, SubjectId, UserId, new_id
from veza.core.money_mode import MoneyMode
from veza.domains.marketplace.ledger import queries, rules
from veza.domains.marketplace.ledger.invariants import INVARIANTS
from veza.domains.marketplace.ledger.models import (
    AccountKind,
    AccountTotal,
    Balance,
    Invariant,
    InvariantViolation,
    LedgerAccount,
    LedgerPage,
    LedgerQuery,
    Posting,
)
from veza.infra.postgres.database import Conn, Tx


async def get_or_create_subject(tx: Tx, user_id: UserId) -> SubjectId:
    """Give the id under which a member stands in the books: random, the same for ever."""
    found = await queries.find_subject(tx, user_id)
    if found is None:
        await queries.insert_subject(tx, SubjectId(new_id()), user_id)
        # Or the one of whoever came first.
        found = await queries.find_subject(tx, user_id)
    assert found is not None
    return found


async def post(tx: Tx, posting: Posting) -> bool:
    """Write a movement of money down; False, and nothing is written, where it stands there already.

    The database refuses what doesn't sum up to zero as the transaction commits.
    """
    entries = rules.merge_entries(posting.entries)
    row = rules.row_of(posting, PostingId(new_id()))
    if not await queries.insert_posting(tx, row):
        return False
    numbers = await _open_accounts(tx, [entry.account for entry in entries])
    account_numbers = [numbers[rules.account_key(entry.account)] for entry in entries]
    amounts = [entry.amount_cents for entry in entries]
    await queries.insert_entries(tx, row, account_numbers=account_numbers, amounts=amounts)
    await queries.add_to_balances(tx, account_numbers, amounts)
    return True


async def lock_earned(tx: Tx, subject_id: SubjectId, currency: str, *, mode: MoneyMode) -> int:
    """Tell what a seller earned in a mode that isn't transferred, in cents, and lock it.

    It may be below zero: refunds of what was transferred already are taken from the next sales.
    """
    account = LedgerAccount(AccountKind.EARNED, currency, mode, subject_id)
    return await queries.lock_balance(tx, rules.account_key(account)) or 0


async def list_balances(conn: Conn, user_id: UserId) -> list[Balance]:
    """Tell what a seller has, by mode and currency."""
    return await queries.list_balances(conn, user_id)


async def list_ledger(conn: Conn, wish: LedgerQuery) -> LedgerPage:
    """Show the books to admins: what each kind of account holds, and a page of the accounts."""
    totals = await list_totals(conn)
    accounts = await queries.list_ledger(conn, wish)
    return LedgerPage(totals, accounts, await queries.count_accounts(conn, wish.user_id))


async def list_totals(conn: Conn) -> list[AccountTotal]:
    """Tell what the accounts of each kind hold, by mode and currency."""
    return await queries.list_totals(conn)


async def find_violations(
    conn: Conn, proofs: Sequence[Invariant] = INVARIANTS
) -> list[InvariantViolation]:
    """Look through all of the books for what can't be: a hundred of a kind at most."""
    return [breach for proof in proofs for breach in await queries.list_violations(conn, proof)]


async def _open_accounts(tx: Tx, accounts: list[LedgerAccount]) -> dict[str, int]:
    keys = [rules.account_key(account) for account in accounts]
    found = {one.key: one.number for one in await queries.list_accounts(tx, keys)}
    missing = [account for account in accounts if rules.account_key(account) not in found]
    if missing:
        await queries.insert_accounts(tx, missing)
        found = {one.key: one.number for one in await queries.list_accounts(tx, keys)}
    return found
