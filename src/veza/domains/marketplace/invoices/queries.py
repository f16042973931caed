"""Each seller's counter is locked, so that the numbers of documents have no gaps."""

from collections.abc import Sequence
from uuid import UUID

from veza.core.ids import InvoiceId, OrderId, RefundId, SubjectId, UserId
from veza.core.pages import Cursor
from veza.domains.marketplace.invoices.models import (
    Invoice,
    InvoicedItem,
    InvoiceDocument,
    InvoicedOrder,
    IssuedInvoice,
)
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.parameters import bind
from veza.infra.postgres.where import Where

_SELECT_INVOICES = """
    select id, order_id, refund_id, seller_subject, buyer_subject, kind, year, number, issued_at,
           data
      from invoices
"""

_SELECT_ISSUED = """
    select i.id, i.order_id, i.refund_id, i.seller_subject, i.buyer_subject, i.kind, i.year,
           i.number, i.issued_at, i.data, o.mode
      from invoices i
      join orders o on o.id = i.order_id
"""

_SUBJECT = "(select id from ledger_subjects where user_id = $1)"
# Also what an account has claimed since: its documents keep the subject of a guest.
_BOUGHT = "select id from orders where buyer_id = $1"


async def find_order(conn: Conn, order_id: OrderId) -> InvoicedOrder | None:
    sql = """
        select o.id, o.buyer_id, u.username as buyer_name, o.buyer_subject, o.billing, o.currency,
               o.paid_at, o.came_late
          from orders o
          left join users u on u.id = o.buyer_id
         where o.id = $1
    """
    return await conn.maybe(InvoicedOrder, sql, order_id)


async def list_items(conn: Conn, order_id: OrderId) -> list[InvoicedItem]:
    sql = """
        select i.id as item_id, i.seller_id, u.username as seller_name, i.seller_subject,
               i.kind, i.title,
               i.price_cents, i.refund_id, i.refunded_at is not null as is_refunded,
               i.reduced_cents, i.tax_treatment, i.tax_country, i.tax_rate, i.tax_cents,
               array(select r.label
                       from order_item_reductions r
                      where r.item_id = i.id
                      order by r.position) as causes
          from order_items i
          left join users u on u.id = i.seller_id
         where i.order_id = $1
         order by i.position
    """
    return await conn.all(InvoicedItem, sql, order_id)


async def insert_counters(tx: Tx, seller_subjects: Sequence[SubjectId], year: int) -> None:
    """Insert missing counters of sellers, ordered by subject against deadlocks."""
    sql = """
        insert into invoice_counters (seller_subject, year)
             select g.subject, $2 from unnest($1::uuid[]) as g (subject) order by g.subject
        on conflict do nothing
    """
    await tx.run(sql, seller_subjects, year)


async def lock_counters(tx: Tx, seller_subjects: Sequence[SubjectId], year: int) -> None:
    """Lock the counters of sellers, ordered by subject against deadlocks."""
    sql = """
        select seller_subject
          from invoice_counters
         where seller_subject = any($1) and year = $2
         order by seller_subject
           for update
    """
    await tx.run(sql, seller_subjects, year)


async def update_counter(tx: Tx, seller_subject: SubjectId, year: int) -> int:
    """Increment the counter of a seller, and return the number."""
    sql = """
           update invoice_counters
              set last_number = last_number + 1
            where seller_subject = $1 and year = $2
        returning last_number
    """
    return await tx.value(int, sql, seller_subject, year) or 0


async def insert_invoice(tx: Tx, invoice: Invoice) -> None:
    sql = """
        insert into invoices (id, order_id, refund_id, seller_subject, buyer_subject, kind, year,
                              number, issued_at, data)
             values (:id, :order_id, :refund_id, :seller_subject, :buyer_subject, :kind, :year,
                     :number, :issued_at, :data)
    """
    await tx.run(*bind(sql, invoice))


async def list_invoices(
    conn: Conn, order_id: OrderId, refund_id: RefundId | None = None
) -> list[Invoice]:
    """Return the invoices of an order, or the credit notes of a refund, by seller."""
    where = Where("order_id = {}", order_id)
    if refund_id is None:
        where.add("refund_id is null")
    else:
        where.add("refund_id = {}", refund_id)
    sql = f"{_SELECT_INVOICES} {where.sql} order by seller_subject"
    return await conn.all(Invoice, sql, *where.values)


async def list_issued(
    conn: Conn, seller_id: UserId, limit: int, cursor: Cursor | None
) -> list[IssuedInvoice]:
    """Return up to `limit + 1` documents that a seller issued, the highest numbers first."""
    where = Where(
        "i.seller_subject = (select id from ledger_subjects where user_id = {})", seller_id
    )
    if cursor is not None:
        where.add("(i.year, i.number) < ({}, {})", cursor.created_at.year, cursor.value)
    sql = f"""
        {_SELECT_ISSUED}
        {where.sql}
         order by i.year desc, i.number desc
         limit {limit + 1:d}
    """
    return await conn.all(IssuedInvoice, sql, *where.values)


async def find_issued(
    conn: Conn, invoice_ids: Sequence[InvoiceId], seller_id: UserId
) -> IssuedInvoice | None:
    """Return that of some documents which a seller issued: at most one of each order or refund."""
    sql = f"""
        {_SELECT_ISSUED}
         where i.id = any($2)
           and i.seller_subject = {_SUBJECT}
    """
    return await conn.maybe(IssuedInvoice, sql, seller_id, invoice_ids)


async def is_buyer_named(conn: Conn, invoice: Invoice) -> bool:
    """Return whether the stored document still names this buyer."""
    sql = "select data->'buyer' = $2 from invoices where id = $1"
    return await conn.value(bool, sql, invoice.id, invoice.data.buyer) or False


async def list_personal_invoices(conn: Conn, user_id: UserId) -> list[Invoice]:
    """Return the invoices that a member received or issued, by id."""
    sql = f"""
        {_SELECT_INVOICES}
         where seller_subject = {_SUBJECT} or order_id in ({_BOUGHT})
         order by id
    """
    return await conn.every(Invoice, sql, user_id)


async def list_personal_documents(conn: Conn, user_id: UserId) -> list[InvoiceDocument]:
    """Return the documents of a member's own orders: one for each order and refund."""
    sql = f"""
        select distinct order_id, refund_id
          from invoices
         where order_id in ({_BOUGHT})
         order by order_id, refund_id
         limit 100000
    """
    return await conn.all(InvoiceDocument, sql, user_id)


async def update_buyer_gone(tx: Tx, user_id: UserId) -> list[OrderId]:
    """Remove a buyer's name from invoices; return the orders."""
    sql = f"""
           update invoices
              set data = jsonb_set(data, '{{buyer}}', '{{"name": "Erased"}}')
            where order_id in ({_BOUGHT})
        returning order_id
    """
    return [OrderId(order_id) for order_id in await tx.column(UUID, sql, user_id)]


async def update_buyers_gone(tx: Tx, order_ids: Sequence[OrderId]) -> int:
    """Remove the buyers' names from the invoices of orders; return how many there are."""
    sql = """
        update invoices
           set data = jsonb_set(data, '{buyer}', '{"name": "Erased"}')
         where order_id = any($1)
    """
    return await tx.run(sql, order_ids)
