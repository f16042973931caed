"""Erasing removes a buyer's name from contracts; sellers keep what they granted."""

from veza.core.ids import UserId
from veza.domains.contributions import PersonalFile
from veza.domains.marketplace.contracts import queries, rules
from veza.infra.jobs.queue import enqueue
from veza.infra.postgres.database import Conn, Tx
from veza.infra.storage.deletion import DeleteFolders

# Tables that hold a person's id, directly or by reference.
TABLES = ("licence_contracts",)

export = queries.list_personal_contracts


async def list_files(conn: Conn, user_id: UserId) -> list[PersonalFile]:
    """Return the contracts of a member as PDF. Their sizes are unknown."""
    return [
        PersonalFile(
            f"{contract.item_id}.pdf", rules.contract_key(contract.order_id, contract.item_id), 0
        )
        for contract in await queries.list_personal_contracts(conn, user_id)
    ]


async def erase(tx: Tx, user_id: UserId) -> None:
    """Remove a buyer's name from contracts. Sellers stay named, as in invoices."""
    order_ids = await queries.update_buyer_gone(tx, user_id)
    if order_ids:
        await enqueue(
            tx, DeleteFolders([rules.contract_folder(order_id) for order_id in order_ids])
        )
