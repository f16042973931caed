"""What this domain keeps of a person: to hand out, and to erase."""

from veza.core.ids import UserId
from veza.domains.invoices import queries
from veza.domains.invoices.models import DeleteDocuments, Invoice
from veza.infra.db import Conn, Tx
from veza.infra.jobs import enqueue

# Tables that hold a person's id, or hang on one that does.
TABLES = ("invoices",)


async def export(conn: Conn, user_id: UserId) -> list[Invoice]:
    """Hand out what a member was invoiced, and what they invoiced others."""
    invoices: list[Invoice] = []
    while found := await queries.list_invoices_of(
        conn, user_id, invoices[-1].id if invoices else None
    ):
        invoices += found
    return invoices


async def erase(tx: Tx, user_id: UserId) -> None:
    """Forget who bought. What was sold by whom, and for how much, the law wants kept."""
    order_ids = await queries.update_buyer_gone(tx, user_id)
    if order_ids:
        await enqueue(tx, DeleteDocuments(order_ids))
