"""The rates of the site, and the sales that count for the threshold of a seller."""

from collections.abc import Sequence
from datetime import date

from veza.core.ids import UserId
from veza.core.money_mode import MoneyMode
from veza.domains.marketplace.taxes.models import TaxRate, YearSales
from veza.domains.marketplace.taxes.shared_queries import best_place, has_two_proofs
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.parameters import bind

# The key of the advisory lock: any constant that no other lock uses.
_LOCK = 8_400_001

# Paid lines of a seller of some years, net of tax, with the best proof of the buyer's place.
_SALES = f"""
    select i.order_id, o.currency, i.price_cents - i.tax_cents as net_cents, i.tax_treatment,
           extract(year from o.paid_at at time zone 'utc')::int as year,
           {best_place("o.id")} as country
      from order_items i
      join orders o on o.id = i.order_id
     where i.seller_id = :seller_id and o.mode = :mode and not o.came_late
       and o.paid_at >= make_date(:first, 1, 1)::timestamp at time zone 'utc'
       and o.paid_at < make_date(:last + 1, 1, 1)::timestamp at time zone 'utc'
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
) -> list[YearSales]:
    """Return the sales of a year, and of the one before, to private buyers in some countries.

    So are those to unknown places. All are net of tax.
    """
    sql = f"""
        select year, currency,
               coalesce(sum(net_cents) filter (where country = any(:countries)), 0)::bigint
                   as cross_border_cents,
               coalesce(sum(net_cents) filter (where country is null), 0)::bigint
                   as unknown_cents
          from ({_SALES}) s
         where tax_treatment is distinct from 'reverse_charge'
         group by year, currency
         order by year, currency
    """
    years = {"first": year - 1, "last": year}
    statement = bind(sql, years, seller_id=seller_id, mode=mode, countries=countries)
    return await conn.all(YearSales, *statement)


async def count_unproven(conn: Conn, seller_id: UserId, mode: MoneyMode, *, year: int) -> int:
    """Return how many orders have no second proof of the place by which they were taxed."""
    sql = f"""
        select count(distinct s.order_id)
          from ({_SALES}) s
         where s.tax_treatment in ('destination', 'outside')
           and not {has_two_proofs("s.order_id")}
    """
    statement = bind(sql, seller_id=seller_id, mode=mode, first=year, last=year)
    return await conn.value(int, *statement) or 0
