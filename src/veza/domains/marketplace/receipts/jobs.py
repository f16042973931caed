"""Mails receipts: to any address that ordered, and always."""

from veza.domains.marketplace.invoices.service import InvoiceDocuments
from veza.domains.marketplace.orders.events import OrderPaid
from veza.domains.marketplace.receipts import rules, service
from veza.domains.marketplace.receipts.models import SendReceipt
from veza.domains.platform.mail.service import SiteMailer
from veza.infra.jobs.queue import enqueue
from veza.infra.postgres.database import Database, Tx


async def enqueue_receipt(tx: Tx, event: OrderPaid) -> None:
    """Enqueue the receipt of a paid order; guests get one with the link to the order."""
    if event.is_guest:
        return
    await enqueue(tx, SendReceipt(event.order_id), key=f"receipt:{event.order_id}")


async def send_receipt(
    database: Database, documents: InvoiceDocuments, mailer: SiteMailer, job: SendReceipt
) -> None:
    """Mail the receipt of an order. Running twice sends two mails with the same Message-ID.

    It goes to the address of the buyer, verified or not, but to one that nobody confirmed only some
    in an hour: it may be that of somebody who ordered nothing.
    """
    async with database.read() as conn:
        receipt = await service.find_receipt(conn, job.order_id)
    if receipt is None:
        return
    most = rules.MAX_TO_VERIFIED if receipt.is_verified else rules.MAX_TO_UNVERIFIED
    async with mailer.counting("receipt", receipt.email, most=most) as may_send:
        if may_send:
            mail = await service.write_receipt(database, documents, mailer, receipt, job)
            await mailer.send_or_drop(mail, "receipt")
