"""Personal data in the ledger: export and erasure."""

from collections.abc import Collection

from veza.core.ids import LOWEST_ID, UserId
from veza.core.money_mode import MoneyMode
from veza.domains.marketplace.ledger import queries
from veza.domains.marketplace.ledger.errors import OpenBalance
from veza.domains.marketplace.ledger.models import PersonalLedgerEntry
from veza.infra.postgres.database import Conn, Tx

# Tables that hold a person's id, directly or by reference.
TABLES = ("ledger_subjects",)


async def export(conn: Conn, user_id: UserId) -> list[PersonalLedgerEntry]:
    """Return all entries on a member's accounts."""
    entries: list[PersonalLedgerEntry] = []
    after = LOWEST_ID
    while found := await queries.list_personal_entries(conn, user_id, after):
        entries += found
        after = found[-1].posting_id
    return entries


async def ensure_no_open_balance(tx: Tx, user_id: UserId, modes: Collection[MoneyMode]) -> None:
    """Raise OpenBalance if money is due to a member, or owed by them, in any of the modes."""
    balances = await queries.list_balances(tx, user_id)
    if any(balance.earned_cents for balance in balances if balance.mode in modes):
        raise OpenBalance


async def erase(tx: Tx, user_id: UserId) -> None:
    """Remove the link between a member and their accounts. The entries are kept."""
    await queries.delete_subject(tx, user_id)
