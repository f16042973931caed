"""The rates of the site, and the sales that count for the threshold of a seller."""

from collections.abc import Sequence
from datetime import date

from veza.core.ids import UserId
from veza.core.money_mode import MoneyMode
from veza.domains.marketplace.taxes.models import CurrencySales, TaxRate
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.parameters import bind

# The key of the advisory lock: any constant that no other lock uses.
_LOCK = 8_400_001

# Paid lines of a seller in a year, with the best proof of the buyer's place.
_SALES = """
    select i.order_id, o.currency, i.price_cents, i.tax_treatment, p.country
      from order_items i
      join orders o on o.id = i.order_id
      left join lateral (
          select country
            from order_places
           where order_id = o.id
           order by array_position(array['declared', 'payment', 'network'], kind)
           limit 1
      ) p on true
     where i.seller_id = :seller_id and o.mode = :mode and not o.came_late
       and o.paid_at >= make_date(:year, 1, 1)::timestamp at time zone 'utc'
       and o.paid_at < make_date(:year + 1, 1, 1)::timestamp at time zone 'utc'
       and i.refunded_at is null and i.kind <> 'tip' and i.price_cents > 0
"""


async def list_rates(conn: Conn) -> list[TaxRate]:
    """Return all rates of the site."""
    sql = """
        select country, valid_from, percent
          from tax_rates
         order by country, valid_from
         limit 1000
    """
    return await conn.all(TaxRate, sql)


async def list_rates_of(conn: Conn, country: str) -> list[TaxRate]:
    """Return the rates of the site for a country."""
    sql = """
        select country, valid_from, percent
          from tax_rates
         where country = $1
         order by valid_from
         limit 1000
    """
    return await conn.all(TaxRate, sql, country)


async def lock_rates(tx: Tx) -> None:
    """Lock the rates of the site against other changes, so that they stay within their limit."""
    await tx.run("select pg_advisory_xact_lock($1)", _LOCK)


async def count_rates(conn: Conn) -> int:
    return await conn.value(int, "select count(*) from tax_rates") or 0


async def upsert_rate(tx: Tx, rate: TaxRate) -> None:
    sql = """
        insert into tax_rates (country, valid_from, percent)
             values (:country, :valid_from, :percent)
        on conflict (country, valid_from) do update set percent = excluded.percent
    """
    await tx.run(*bind(sql, rate))


async def delete_rate(tx: Tx, country: str, valid_from: date) -> bool:
    """Delete a rate; return False if there is none."""
    sql = "delete from tax_rates where country = $1 and valid_from = $2"
    return await tx.run(sql, country, valid_from) == 1


async def list_cross_border(
    conn: Conn,
    seller_id: UserId,
    mode: MoneyMode,
    *,
    year: int,
    countries: Sequence[str],
) -> list[CurrencySales]:
    """Return the sales of a year to private buyers in some countries, and to unknown places."""
    sql = f"""
        select currency,
               coalesce(sum(price_cents) filter (where country = any(:countries)), 0)::bigint
                   as cross_border_cents,
               coalesce(sum(price_cents) filter (where country is null), 0)::bigint
                   as unknown_cents
          from ({_SALES}) s
         where tax_treatment is distinct from 'reverse_charge'
         group by currency
         order by currency
    """
    statement = bind(sql, seller_id=seller_id, mode=mode, year=year, countries=countries)
    return await conn.all(CurrencySales, *statement)


async def count_unproven(conn: Conn, seller_id: UserId, mode: MoneyMode, *, year: int) -> int:
    """Return how many orders have no second proof of the place by which they were taxed."""
    sql = f"""
        select count(distinct s.order_id)
          from ({_SALES}) s
         where s.tax_treatment in ('destination', 'outside')
           and not exists (
               select from order_places d
                 join order_places p on p.order_id = d.order_id and p.kind <> d.kind
                where d.order_id = s.order_id and d.kind = 'declared' and p.country = d.country
           )
    """
    statement = bind(sql, seller_id=seller_id, mode=mode, year=year)
    return await conn.value(int, *statement) or 0
