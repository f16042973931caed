"""Reactions to what happened elsewhere, and the work that comes of them."""

from veza.domains.marketplace.invoices import rules, service
from veza.domains.marketplace.invoices.models import (
    DeleteDocuments,
    IssueCreditNotes,
    IssueInvoices,
)
from veza.domains.marketplace.invoices.service import InvoiceDocuments
from veza.domains.marketplace.orders.events import OrderPaid, OrderRefunded
from veza.infra.jobs.queue import enqueue
from veza.infra.postgres.database import Database, Tx


async def order_invoices(tx: Tx, event: OrderPaid) -> None:
    """Have the invoices of a paid order issued: each in a transaction of its own, one at a time."""
    await enqueue(tx, IssueInvoices(event.order_id))


async def order_credit_notes(tx: Tx, event: OrderRefunded) -> None:
    """Have the credit notes issued of what went back."""
    await enqueue(tx, IssueCreditNotes(event.order_id, event.refund_id))


async def issue_invoices(database: Database, archive: InvoiceDocuments, job: IssueInvoices) -> None:
    """Issue the invoices of an order and make the PDF. What is there already stays as it is."""
    await service.open_invoices(database, archive, job.order_id)


async def issue_credit_notes(
    database: Database, archive: InvoiceDocuments, job: IssueCreditNotes
) -> None:
    """Issue the credit notes of a refund and make the PDF. What is there already stays as it is."""
    await service.open_credit_notes(database, archive, job.order_id, job.refund_id)


async def delete_documents(archive: InvoiceDocuments, job: DeleteDocuments) -> None:
    """Delete what names a buyer who is erased. Doing it twice is the same as once."""
    for order_id in job.order_ids:
        await archive.storage.delete_folder(rules.folder_of(order_id))
