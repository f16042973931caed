"""What this domain keeps of a person: to hand out, and to erase."""

from collections.abc import Collection

from veza.core.ids import TransferId, UserId
from veza.core.money_mode import MoneyMode
from veza.domains.marketplace.ledger.errors import OpenBalance
from veza.domains.marketplace.payouts import queries
from veza.domains.marketplace.payouts.models import Transfer
from veza.domains.marketplace.payouts.rules import show_transfer
from veza.infra.postgres.database import Conn, Tx

# Tables that hold a person's id, or hang on one that does.
TABLES = ("transfers", "transfer_reversals")


async def export(conn: Conn, user_id: UserId) -> list[Transfer]:
    """Hand out what a seller was paid, and what was taken back."""
    transfers: list[Transfer] = []
    while found := await queries.list_transfers_by_id(conn, user_id, _last(transfers)):
        transfers += [show_transfer(one) for one in found]
    return transfers


async def ensure_no_open_transfers(tx: Tx, user_id: UserId, modes: Collection[MoneyMode]) -> None:
    """Raise OpenBalance while a transfer of a mode is under way, or taken back."""
    if await queries.has_open_transfers(tx, user_id, modes):
        raise OpenBalance


async def erase(tx: Tx, user_id: UserId) -> None:
    """Forget whom the transfers went to. That there were such, and what moved, stays."""
    await queries.update_erased(tx, user_id)


def _last(transfers: list[Transfer]) -> TransferId | None:
    return transfers[-1].id if transfers else None
