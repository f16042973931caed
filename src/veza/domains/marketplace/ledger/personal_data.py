"""An account with an open balance stays; erasing cuts the link from entries to a member."""

from collections.abc import Collection

from veza.core.ids import UserId
from veza.core.money_mode import MoneyMode
from veza.domains.marketplace.ledger import queries
from veza.domains.marketplace.ledger import shared_queries as ledger_queries
from veza.domains.marketplace.ledger.errors import OpenBalance
from veza.infra.postgres.database import Tx

# Tables that hold a person's id, directly or by reference.
TABLES = ("ledger_subjects",)


export = queries.list_personal_entries


async def ensure_no_open_balance(tx: Tx, user_id: UserId, modes: Collection[MoneyMode]) -> None:
    """Raise OpenBalance if money is due to a member, or owed by them, in any of the modes."""
    balances = await ledger_queries.list_balances(tx, user_id)
    if any(balance.earned_cents for balance in balances if balance.mode in modes):
        raise OpenBalance


async def erase(tx: Tx, user_id: UserId) -> None:
    """Remove the link between a member and their accounts. The entries are kept."""
    await queries.delete_subject(tx, user_id)
