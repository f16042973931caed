"""Read and change the rates of the site, and count what a seller sold abroad."""

from collections.abc import Iterable
from datetime import date

from veza.core import clock
from veza.core.errors import required
from veza.core.ids import UserId
from veza.core.money_mode import MoneyMode
from veza.domains.marketplace.taxes import queries, rules
from veza.domains.marketplace.taxes.errors import (
    TaxRateInForce,
    TaxRateNotFound,
    TooManyTaxRates,
)
from veza.domains.marketplace.taxes.models import (
    BuyerTax,
    SellerTax,
    SellerTaxes,
    ShownTaxRate,
    TaxRate,
    TaxRateForm,
    TaxRateList,
    VatRegime,
)
from veza.infra.postgres.database import Conn, Tx


def today() -> date:
    """Return the day whose rates count, by UTC."""
    return clock.now().date()


async def list_site_rates(
    conn: Conn, buyer: BuyerTax, sellers: Iterable[SellerTax]
) -> list[TaxRate]:
    """Return the rates of the site for the country of a buyer, if a seller declares its tax."""
    country = rules.tax_country(buyer.country)
    is_needed = any(seller.regime is VatRegime.DESTINATION for seller in sellers)
    if country is None or not is_needed:
        return []
    return await queries.list_rates_of(conn, country)


async def list_rates(conn: Conn) -> TaxRateList:
    """Return all rates, of the program and of the site."""
    return rules.show_rates(await queries.list_rates(conn))


async def set_rate(tx: Tx, form: TaxRateForm) -> ShownTaxRate:
    """Add a rate of the site, or replace the one from the same day on.

    Raises Invalid for a day that is over, and TooManyTaxRates.
    """
    rate = rules.read_rate(form, today())
    await queries.lock_rates(tx)
    await queries.upsert_rate(tx, rate)
    if await queries.count_rates(tx) > rules.MAX_SITE_RATES:
        raise TooManyTaxRates
    return rules.show_rate(rate, is_of_site=True)


async def delete_rate(tx: Tx, country: str, day: str) -> None:
    """Delete a rate of the site that does not count yet.

    Raises TaxRateNotFound and TaxRateInForce.
    """
    valid_from = required(rules.read_day(day), TaxRateNotFound)
    if not await queries.delete_rate(tx, country, valid_from):
        raise TaxRateNotFound
    if valid_from <= today():
        raise TaxRateInForce


async def count_sales(
    conn: Conn, seller_id: UserId, mode: MoneyMode, country: str | None
) -> SellerTaxes:
    """Return the sales of a seller to private buyers abroad, of this year and the last."""
    year = today().year
    abroad = rules.list_abroad(country)
    sales = await queries.list_cross_border(conn, seller_id, mode, year=year, countries=abroad)
    return SellerTaxes(
        year=year,
        threshold_cents=rules.THRESHOLD_CENTS,
        threshold_currency=rules.THRESHOLD_CURRENCY,
        by_currency=rules.list_sales_of(sales, year),
        preceding_by_currency=rules.list_sales_of(sales, year - 1),
        unproven_orders=await queries.count_unproven(conn, seller_id, mode, year=year),
    )
