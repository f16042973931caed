"""Inserts pending orders once, stores their payments, and claims payments due to be polled."""

from collections.abc import Sequence
from datetime import timedelta

from veza.core.ids import OrderId, UserId
from veza.core.visibility import active
from veza.domains.marketplace.orders.models.checkout import (
    NewLinePart,
    NewOrder,
    NewOrderLine,
    NewReduction,
    StoredOrder,
)
from veza.domains.marketplace.orders.models.state import PollPayment
from veza.infra.payments.provider import Payment
from veza.infra.postgres.database import Tx
from veza.infra.postgres.parameters import bind

_STORED = """
    id, buyer_id, status, total_cents, currency, provider, payment_ref, client_secret, billing,
    reason as failure_reason, created_at, expires_at, paid_at
"""


async def lock_buyer(tx: Tx, user_id: UserId) -> bool:
    """Lock a member against suspension and erasure; return False if either has happened."""
    sql = f"select true from users where id = $1 and {active()} for share"
    return bool(await tx.value(bool, sql, user_id))


async def insert_order(
    tx: Tx, order: NewOrder, *, expires_after: timedelta, poll_after: timedelta
) -> StoredOrder | None:
    """Insert a pending order without its lines; return None if the id exists already."""
    sql = f"""
        insert into orders (id, buyer_id, buyer_subject, status, total_cents, currency, provider,
                            billing, vat_check, is_guest, expires_at, poll_at)
             values (:id, :buyer_id, :buyer_subject, 'pending', :total_cents, :currency, :provider,
                     :billing, :vat_check, :is_guest, now() + :expires_after::interval,
                     now() + :poll_after::interval)
        on conflict (id) do nothing
          returning {_STORED}
    """
    values = bind(sql, order, expires_after=expires_after, poll_after=poll_after)
    return await tx.maybe(StoredOrder, *values)


async def insert_lines(tx: Tx, order_id: OrderId, lines: Sequence[NewOrderLine]) -> None:
    sql = """
        insert into order_items (order_id, position, id, product_id, track_id, seller_id,
                                 seller_subject, title, licence, minimum_cents, reduced_cents,
                                 price_cents, fee_cents, net_cents, available_at, is_redeemed,
                                 holds_unit, is_gift, is_received, kind, variant_id, variant,
                                 service, bundle_id, tax_treatment, tax_country, tax_rate,
                                 tax_cents)
             select :order_id, g.position, g.id, g.product_id, g.track_id, g.seller_id,
                    g.seller_subject, g.title, g.licence, g.minimum_cents, g.reduced_cents,
                    g.price_cents, g.fee_cents, g.net_cents, g.available_at, g.is_redeemed,
                    g.holds_unit, g.is_gift, g.is_received, g.kind, g.variant_id, g.variant,
                    g.service, g.bundle_id, g.tax_treatment, g.tax_country, g.tax_rate, g.tax_cents
               from unnest(:id::uuid[], :product_id::uuid[], :track_id::uuid[], :seller_id::uuid[],
                           :seller_subject::uuid[], :title::text[], :licence::text[],
                           :minimum_cents::bigint[], :reduced_cents::bigint[],
                           :price_cents::bigint[], :fee_cents::bigint[], :net_cents::bigint[],
                           :available_at::timestamptz[], :is_redeemed::boolean[],
                           :holds_unit::boolean[], :is_gift::boolean[], :is_received::boolean[],
                           :kind::text[], :variant_id::uuid[], :variant::jsonb[],
                           :service::jsonb[], :bundle_id::uuid[],
                           :tax_treatment::text[], :tax_country::text[], :tax_rate::numeric[],
                           :tax_cents::bigint[])
                    with ordinality
                    as g (id, product_id, track_id, seller_id, seller_subject, title, licence,
                          minimum_cents, reduced_cents, price_cents, fee_cents, net_cents,
                          available_at, is_redeemed, holds_unit, is_gift, is_received, kind,
                          variant_id, variant, service, bundle_id, tax_treatment, tax_country,
                          tax_rate, tax_cents, position)
    """
    columns = {
        field: [getattr(line, field) for line in lines] for field in NewOrderLine.__struct_fields__
    }
    await tx.run(*bind(sql, columns, order_id=order_id))


async def insert_reductions(tx: Tx, reductions: Sequence[NewReduction]) -> None:
    sql = """
        insert into order_item_reductions (item_id, position, cause, reference_id, label,
                                           amount_cents)
             select g.item_id, g.position, g.cause, g.reference_id, g.label, g.amount_cents
               from unnest(:item_id::uuid[], :position::integer[], :cause::text[],
                           :reference_id::uuid[], :label::text[], :amount_cents::bigint[])
                    as g (item_id, position, cause, reference_id, label, amount_cents)
    """
    columns = {
        field: [getattr(each, field) for each in reductions]
        for field in NewReduction.__struct_fields__
    }
    await tx.run(*bind(sql, columns))


async def insert_parts(tx: Tx, parts: Sequence[NewLinePart]) -> None:
    sql = """
        insert into order_item_parts (item_id, position, party_id, party_subject, parts_per_10000,
                                      fee_cents, net_cents)
             select g.item_id, g.position, g.party_id, g.party_subject, g.parts_per_10000,
                    g.fee_cents, g.net_cents
               from unnest(:item_id::uuid[], :position::integer[], :party_id::uuid[],
                           :party_subject::uuid[], :parts_per_10000::integer[],
                           :fee_cents::bigint[], :net_cents::bigint[])
                    as g (item_id, position, party_id, party_subject, parts_per_10000, fee_cents,
                          net_cents)
    """
    columns = {
        field: [getattr(part, field) for part in parts] for field in NewLinePart.__struct_fields__
    }
    await tx.run(*bind(sql, columns))


async def update_payment(
    tx: Tx, order_id: OrderId, payment: Payment, *, provider: str
) -> StoredOrder | None:
    """Store the payment of a pending order without a payment; return None if it is no such order.

    The buyer is locked first: erasing a member locks the member and then the orders.
    """
    sql = f"""
        with buyer as materialized (
            select u.id from orders o join users u on u.id = o.buyer_id
             where o.id = $1
               for key share of u
        )
           update orders
              set payment_ref = $2, client_secret = $3, provider = $4
            where id = $1 and payment_ref is null and status = 'pending'
              and (select count(*) from buyer) >= 0
        returning {_STORED}
    """
    return await tx.maybe(StoredOrder, sql, order_id, payment.id, payment.client_secret, provider)


async def claim_due_polls(
    tx: Tx, *, limit: int, interval: timedelta, cancelled_for: timedelta
) -> list[PollPayment]:
    """Return orders whose payments are due to be polled, and schedule their next poll.

    The interval grows with the time since expiry, to six hours at most. A cancelled order is polled
    for the last time once it expired longer than `cancelled_for` ago.
    """
    sql = f"""
        with due as (
            select id
              from orders
             where poll_at <= now()
             order by poll_at
             limit {limit:d}
               for update skip locked
        )
           update orders o
              set poll_at = case
                      when o.status <> 'cancelled' or o.expires_at + $2::interval > now()
                      then now() + least(greatest($1, now() - o.expires_at), interval '6 hours')
                  end
             from due
            where o.id = due.id
        returning o.id as order_id, o.provider, o.expires_at <= now() as is_expired
    """
    return await tx.all(PollPayment, sql, interval, cancelled_for)


async def update_not_polled(tx: Tx, order_id: OrderId) -> None:
    await tx.run("update orders set poll_at = null where id = $1", order_id)
