"""Reports are aggregates of the lines of orders, by the days of payments and refunds in UTC."""

from collections.abc import AsyncGenerator
from uuid import UUID

from veza.core.ids import UserId
from veza.core.money_mode import MoneyMode
from veza.domains.marketplace.tax_reports.models import (
    Dac7Query,
    Dac7Row,
    OssRow,
    Period,
    SellerTaxDetails,
)
from veza.domains.marketplace.taxes.shared_queries import has_two_proofs
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.parameters import bind

_FIRST = "$2::date::timestamp at time zone 'utc'"
_FOLLOWING = "$3::date::timestamp at time zone 'utc'"
# Money that was received for something: a late payment bought nothing, and was returned.
_BOUGHT = "o.paid_at is not null and not o.came_late and i.price_cents > 0"

# The parties to a line: its seller, or whoever has a part, with what they were credited of it. The
# tax is the seller's, also of one who gave all parts to others.
_PARTIES = """
    (
        select i.seller_subject as subject_id, i.net_cents, i.fee_cents, i.tax_cents
         where not exists (select from order_item_parts t where t.item_id = i.id)
         union all
        select t.party_subject, t.net_cents, t.fee_cents,
               case when t.party_subject = i.seller_subject then i.tax_cents else 0 end
          from order_item_parts t
         where t.item_id = i.id
         union all
        select i.seller_subject, 0, 0, i.tax_cents
         where i.tax_cents > 0
           and exists (select from order_item_parts t where t.item_id = i.id)
           and not exists (select from order_item_parts t
                            where t.item_id = i.id and t.party_subject = i.seller_subject)
    )
"""

# The amounts that each party to a sale was credited in the quarters of a year.
_SUMMED = f"""
    (
        with moved as (
            select i.id as item_id, o.paid_at as moment, 1 as sign
              from orders o
              join order_items i on i.order_id = o.id
             where o.mode = $1 and {_BOUGHT}
               and o.paid_at >= {_FIRST} and o.paid_at < {_FOLLOWING}
            union all
            select i.id, i.refunded_at, -1
              from order_items i
              join orders o on o.id = i.order_id
             where o.mode = $1 and {_BOUGHT}
               and i.refunded_at >= {_FIRST} and i.refunded_at < {_FOLLOWING}
        )
        select p.subject_id,
               extract(quarter from m.moment at time zone 'utc')::int as quarter,
               o.currency,
               count(*) filter (where m.sign = 1) as sales,
               count(*) filter (where m.sign = -1) as refunds,
               sum(m.sign * p.net_cents)::bigint as consideration_cents,
               sum(m.sign * p.fee_cents)::bigint as fees_cents,
               sum(m.sign * p.tax_cents)::bigint as tax_cents
          from moved m
          join order_items i on i.id = m.item_id
          join orders o on o.id = i.order_id
         cross join lateral {_PARTIES} p
         group by 1, 2, 3
    )
"""


async def list_oss(
    conn: Conn, seller_id: UserId, quarter: Period, mode: MoneyMode, *, limit: int
) -> list[OssRow]:
    """Sum up what a seller sold in a quarter by countries and rates, and what was refunded.

    What is sold and refunded in the quarter is in neither sum.
    """
    sql = f"""
        with line as (
            select o.paid_at < {_FIRST} as is_correction,
                   to_char(o.paid_at at time zone 'utc', 'YYYY"-Q"Q') as quarter,
                   i.tax_country as country, i.tax_rate as rate, o.currency,
                   case when o.paid_at < {_FIRST} then -1 else 1 end as sign,
                   i.price_cents, i.tax_cents,
                   not {has_two_proofs("o.id")} as is_unproven
              from order_items i
              join orders o on o.id = i.order_id
             where i.seller_id = $1 and o.mode = $4 and {_BOUGHT}
               and i.tax_treatment = 'destination'
               and (   (    o.paid_at >= {_FIRST} and o.paid_at < {_FOLLOWING}
                        and (i.refunded_at is null or i.refunded_at >= {_FOLLOWING}))
                    or (    o.paid_at < {_FIRST}
                        and i.refunded_at >= {_FIRST} and i.refunded_at < {_FOLLOWING}))
        )
        select is_correction, quarter, country, rate, currency, count(*) as sales,
               sum(sign * (price_cents - tax_cents))::bigint as taxable_cents,
               sum(sign * tax_cents)::bigint as tax_cents,
               count(*) filter (where is_unproven) as unproven_sales
          from line
         group by is_correction, quarter, country, rate, currency
         order by is_correction, quarter, country, rate, currency
         limit {limit:d}
    """
    return await conn.all(OssRow, sql, seller_id, quarter.first, quarter.following, mode)


def list_dac7(conn: Conn, asked: Dac7Query) -> AsyncGenerator[list[Dac7Row]]:
    """Yield all rows of a year in batches, by subject, quarter and currency."""
    sql = f"""
        with summed as {_SUMMED}
        select m.subject_id, u.username, d.kind,
               coalesce(s.legal_name, d.legal_name) as legal_name,
               coalesce(s.address, d.address) as address, coalesce(s.country, d.country) as country,
               d.tax_id, d.tax_id_country, coalesce(s.vat_id, d.vat_id) as vat_id, d.birth_date,
               d.registration_number, a.provider || ':' || a.account_ref as payout_account,
               m.quarter, m.currency, m.sales, m.refunds, m.consideration_cents, m.fees_cents,
               m.tax_cents
          from summed m
          left join ledger_subjects l on l.id = m.subject_id
          left join users u on u.id = l.user_id
          left join sellers s on s.user_id = l.user_id
          left join payout_accounts a on a.user_id = l.user_id and a.mode = $1
          left join seller_tax_details d on d.user_id = l.user_id or d.seller_subject = m.subject_id
         order by m.subject_id, m.quarter, m.currency
    """
    year = asked.year
    return conn.batches(Dac7Row, sql, asked.mode, year.first, year.following)


async def find_details(conn: Conn, user_id: UserId) -> SellerTaxDetails | None:
    sql = """
        select kind, tax_id, tax_id_country, birth_date, registration_number
          from seller_tax_details
         where user_id = $1
    """
    return await conn.maybe(SellerTaxDetails, sql, user_id)


async def upsert_details(
    tx: Tx, details_id: UUID, user_id: UserId, details: SellerTaxDetails
) -> None:
    sql = """
        insert into seller_tax_details (id, user_id, kind, tax_id, tax_id_country, birth_date,
                                        registration_number)
             values (:id, :user_id, :kind, :tax_id, :tax_id_country, :birth_date,
                     :registration_number)
        on conflict (user_id) do update
                set kind = excluded.kind, tax_id = excluded.tax_id,
                    tax_id_country = excluded.tax_id_country, birth_date = excluded.birth_date,
                    registration_number = excluded.registration_number, updated_at = now()
    """
    await tx.run(*bind(sql, details, id=details_id, user_id=user_id))


async def keep_details(tx: Tx, details_id: UUID, user_id: UserId) -> None:
    """Store the details of a member who sold something for later reports, by their subject."""
    sql = """
        insert into seller_tax_details (id, seller_subject, kind, tax_id, tax_id_country,
                                        birth_date, registration_number, legal_name, address,
                                        country, vat_id)
             select $2, l.id, d.kind, d.tax_id, d.tax_id_country, d.birth_date,
                    d.registration_number, s.legal_name, s.address, s.country, s.vat_id
               from ledger_subjects l
               left join sellers s on s.user_id = l.user_id
               left join seller_tax_details d on d.user_id = l.user_id
              where l.user_id = $1 and coalesce(s.user_id, d.user_id) is not null
                and (   exists (select
                                  from order_items i
                                  join orders o on o.id = i.order_id
                                 where i.seller_id = $1 and o.paid_at is not null)
                     or exists (select
                                  from order_item_parts t
                                  join order_items i on i.id = t.item_id
                                  join orders o on o.id = i.order_id
                                 where t.party_id = $1 and o.paid_at is not null))
    """
    await tx.run(sql, user_id, details_id)


async def delete_details(tx: Tx, user_id: UserId) -> None:
    await tx.run("delete from seller_tax_details where user_id = $1", user_id)


async def update_owner(tx: Tx, user_id: UserId, into_id: UserId) -> None:
    """Give the details of a page to another profile that has none."""
    sql = """
        update seller_tax_details
           set user_id = $2
         where user_id = $1 and not exists (select from seller_tax_details where user_id = $2)
    """
    await tx.run(sql, user_id, into_id)
