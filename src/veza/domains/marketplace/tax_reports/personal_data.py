"""Details of sellers for reports are kept as long as invoices, if they sold something."""

from veza.core.ids import UserId, new_id
from veza.domains.marketplace.tax_reports import queries
from veza.infra.postgres.database import Tx

# Tables that hold a person's id, directly or by reference.
TABLES = ("seller_tax_details",)


export = queries.find_details
move = queries.update_owner


async def erase(tx: Tx, user_id: UserId) -> None:
    """Delete a seller's details. What the law has the site report of their sales is kept."""
    await queries.keep_details(tx, new_id(), user_id)
    await queries.delete_details(tx, user_id)
