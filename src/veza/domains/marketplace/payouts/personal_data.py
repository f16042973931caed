"""Unsettled transfers prevent erasure; otherwise amounts stay, without the seller."""

from collections.abc import Collection

from veza.core.ids import UserId
from veza.core.money_mode import MoneyMode
from veza.domains.marketplace.ledger.errors import OpenBalance
from veza.domains.marketplace.payouts import queries
from veza.domains.marketplace.payouts.models import Transfer
from veza.domains.marketplace.payouts.rules.amounts import show_transfer
from veza.infra.postgres.database import Conn, Tx

# Tables with a user's id, or with rows that belong to such a row.
TABLES = ("transfers", "transfer_reversals")


async def export(conn: Conn, user_id: UserId) -> list[Transfer]:
    """Return all transfers of a seller."""
    found = await queries.list_transfers_by_id(conn, user_id)
    return [show_transfer(transfer) for transfer in found]


async def ensure_no_open_transfers(tx: Tx, user_id: UserId, modes: Collection[MoneyMode]) -> None:
    """Raise OpenBalance while a transfer or reversal of these modes is unsettled."""
    if await queries.has_open_transfers(tx, user_id, modes):
        raise OpenBalance


async def erase(tx: Tx, user_id: UserId) -> None:
    """Remove the seller from their transfers; the transfers and their amounts stay."""
    await queries.update_erased(tx, user_id)
