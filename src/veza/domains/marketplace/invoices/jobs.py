"""Reactions to paid and refunded orders, and jobs that issue documents."""

from veza.domains.marketplace.invoices import service
from veza.domains.marketplace.invoices.models import (
    IssueCreditNotes,
    IssueInvoices,
)
from veza.domains.marketplace.invoices.service import InvoiceDocuments
from veza.domains.marketplace.orders.events import OrderPaid, OrderRefunded
from veza.infra.jobs.queue import enqueue
from veza.infra.postgres.database import Database, Tx


async def enqueue_invoices(tx: Tx, event: OrderPaid) -> None:
    """Enqueue the invoices of a paid order."""
    await enqueue(tx, IssueInvoices(event.order_id))


async def enqueue_credit_notes(tx: Tx, event: OrderRefunded) -> None:
    """Enqueue the credit notes of a refund."""
    await enqueue(tx, IssueCreditNotes(event.order_id, event.refund_id))


async def issue_invoices(
    database: Database, documents: InvoiceDocuments, job: IssueInvoices
) -> None:
    """Issue the invoices of an order and create the PDF, unless they exist."""
    await service.open_invoices(database, documents, job.order_id)


async def issue_credit_notes(
    database: Database, documents: InvoiceDocuments, job: IssueCreditNotes
) -> None:
    """Issue the credit notes of a refund and create the PDF, unless they exist."""
    await service.open_credit_notes(database, documents, job.order_id, job.refund_id)
