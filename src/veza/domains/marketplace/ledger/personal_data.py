"""What this domain keeps of a person: to hand out, and to erase."""

from collections.abc import Collection

from veza.core.ids import UserId
from veza.core.money_mode import MoneyMode
from veza.domains.marketplace.ledger import queries
from veza.domains.marketplace.ledger.errors import OpenBalance
from veza.domains.marketplace.ledger.models import PersonalEntry
from veza.infra.postgres.database import Conn, Tx

# Tables that hold a person's id, or hang on one that does.
TABLES = ("ledger_subjects",)


async def export(conn: Conn, user_id: UserId) -> list[PersonalEntry]:
    """Hand out all that moved on a member's accounts."""
    entries: list[PersonalEntry] = []
    while found := await queries.list_entries_of(
        conn, user_id, entries[-1].posting_id if entries else None
    ):
        entries += found
    return entries


async def ensure_no_open_balance(tx: Tx, user_id: UserId, modes: Collection[MoneyMode]) -> None:
    """Raise OpenBalance if something is due to a member, or owed by them, in one of the modes."""
    balances = await queries.list_balances(tx, user_id)
    if any(balance.earned_cents for balance in balances if balance.mode in modes):
        raise OpenBalance


async def erase(tx: Tx, user_id: UserId) -> None:
    """Forget whose the accounts were. What moved stays in the books."""
    await queries.delete_subject(tx, user_id)
