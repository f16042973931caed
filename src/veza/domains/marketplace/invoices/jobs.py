"""Issues invoices when an order is paid, and credit notes when a refund is made."""

from veza.domains.marketplace.invoices import service
from veza.domains.marketplace.invoices.models import IssueDocument
from veza.domains.marketplace.invoices.service import InvoiceDocuments
from veza.domains.marketplace.orders.events import OrderPaid, OrderRefunded
from veza.infra.jobs.queue import enqueue
from veza.infra.postgres.database import Database, Tx


async def enqueue_document(tx: Tx, event: OrderPaid | OrderRefunded) -> None:
    """Enqueue the invoices of a paid order, or the credit notes of a refund."""
    refund_id = event.refund_id if isinstance(event, OrderRefunded) else None
    await enqueue(tx, IssueDocument(event.order_id, refund_id))


async def issue_document(
    database: Database, documents: InvoiceDocuments, job: IssueDocument
) -> None:
    """Issue the invoices or credit notes and create their PDF, unless they exist."""
    await service.open_document(database, documents, job.order_id, job.refund_id)
