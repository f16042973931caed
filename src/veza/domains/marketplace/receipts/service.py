"""A receipt is written with the invoice as it was issued; it is mailed again on request."""

import math

from msgspec import structs

from veza.core.access import Member
from veza.core.errors import Allowance, required
from veza.core.ids import OrderId, new_id
from veza.domains.marketplace.invoices import service as invoices
from veza.domains.marketplace.invoices.service import InvoiceDocuments
from veza.domains.marketplace.orders.errors import OrderNotPaid
from veza.domains.marketplace.orders.models.guests import Opener
from veza.domains.marketplace.receipts import queries, rules
from veza.domains.marketplace.receipts.models import Receipt, ReceiptRequested, SendReceipt
from veza.domains.platform.mail.errors import TooManyMails
from veza.domains.platform.mail.rules.cleaning import mask_address
from veza.domains.platform.mail.service import SiteMailer
from veza.infra.jobs.queue import enqueue
from veza.infra.mail.mailer import Mail, MailFile
from veza.infra.postgres.database import Conn, Database
from veza.infra.valkey.client import WindowCounters


async def request_receipt(
    database: Database, counters: WindowCounters, order_id: OrderId, buyer: Member
) -> ReceiptRequested:
    """Enqueue the receipt of an own order again.

    Raises OrderNotFound, OrderNotPaid and TooManyMails.
    """
    async with database.read() as conn:
        await invoices.get_own_order(conn, order_id, Opener(buyer.id))
        receipt = required(await queries.find_receipt(conn, order_id), OrderNotPaid)
    window = await counters.add(f"receipts-asked:{buyer.id}", rules.REQUEST_WINDOW_S)
    if window.count > rules.MAX_REQUESTS:
        wait_s = max(1, math.ceil(window.ends_in_s))
        allowance = Allowance(rules.MAX_REQUESTS, rules.REQUEST_WINDOW_S)
        raise TooManyMails(retry_after=wait_s, allowance=allowance)
    async with database.transaction() as tx:
        # One that waits already is enough.
        await enqueue(tx, SendReceipt(order_id, new_id()), key=f"receipt:{order_id}")
    return ReceiptRequested(order_id, mask_address(receipt.email))


async def find_receipt(conn: Conn, order_id: OrderId) -> Receipt | None:
    """Return what the receipt of an order tells; None if it has none."""
    return await queries.find_receipt(conn, order_id)


async def write_receipt(
    database: Database,
    documents: InvoiceDocuments,
    mailer: SiteMailer,
    receipt: Receipt,
    job: SendReceipt,
) -> Mail:
    """Return the mail of a receipt, with the invoice if that is small. Issues it if it is not."""
    pdf = await invoices.open_document(database, documents, receipt.order_id)
    is_attached = len(pdf) <= rules.MAX_ATTACHED_BYTES
    async with database.read() as conn:
        lines = await queries.list_lines(conn, receipt.order_id, most=rules.MAX_LINES)
    link = f"{mailer.front_end}/orders/{receipt.order_id}"
    letter = rules.write_receipt(
        receipt, lines, host=mailer.host, link=link, is_attached=is_attached
    )
    name = f"invoice-{receipt.order_id}.pdf"
    return structs.replace(
        mailer.write(letter, receipt.email, owner=receipt.buyer_id),
        files=[MailFile(name, "application/pdf", pdf)] if is_attached else [],
        # Who asks for it again wants to see it again.
        message_key=f"receipt:{job.order_id}:{job.request_id}",
    )
