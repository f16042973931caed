"""Erasing removes a buyer's name from invoices; sellers and amounts stay by law."""

from veza.core.ids import UserId
from veza.domains.contributions import PersonalFile
from veza.domains.marketplace.invoices import queries, rules
from veza.infra.jobs.queue import enqueue
from veza.infra.postgres.database import Conn, Tx
from veza.infra.storage.deletion import DeleteFolders

# Tables that hold a person's id, directly or by reference.
TABLES = ("invoices",)


export = queries.list_personal_invoices


async def list_files(conn: Conn, user_id: UserId) -> list[PersonalFile]:
    """Return the documents of a member's own orders. Their sizes are unknown."""
    return [
        PersonalFile(
            f"{document.order_id}-{document.refund_id or 'invoice'}.pdf",
            rules.document_key(document.order_id, document.refund_id),
            0,
        )
        for document in await queries.list_personal_documents(conn, user_id)
    ]


async def erase(tx: Tx, user_id: UserId) -> None:
    """Remove a buyer's name from invoices. Sellers and amounts are kept, as the law requires."""
    order_ids = await queries.update_buyer_gone(tx, user_id)
    if order_ids:
        await enqueue(
            tx, DeleteFolders([rules.document_folder(order_id) for order_id in order_ids])
        )
