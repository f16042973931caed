"""What this domain keeps of a person: to hand out, and to erase."""

from veza.core.ids import UserId
from veza.core.personal_files import PersonalFile
from veza.domains.marketplace.invoices import queries, rules
from veza.domains.marketplace.invoices.models import DeleteDocuments, Invoice
from veza.infra.jobs.queue import enqueue
from veza.infra.postgres.database import Conn, Tx

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


async def list_files(conn: Conn, user_id: UserId) -> list[PersonalFile]:
    """List the documents that a member was given as a buyer; how large they are nobody noted."""
    return [
        PersonalFile(
            f"{document.order_id}-{document.refund_id or 'invoice'}.pdf",
            rules.file_of(document.order_id, document.refund_id),
            0,
        )
        for document in await queries.list_documents_for(conn, user_id)
    ]


async def erase(tx: Tx, user_id: UserId) -> None:
    """Forget who bought. What was sold by whom, and for how much, the law wants kept."""
    order_ids = await queries.update_buyer_gone(tx, user_id)
    if order_ids:
        await enqueue(tx, DeleteDocuments(order_ids))
