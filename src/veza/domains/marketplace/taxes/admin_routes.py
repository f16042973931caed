"""Admins add rates of countries that the program doesn't know, and of days to come."""

from litestar import Router, delete, get, post
from litestar.params import FromPath, JSONBody

from veza.core.access import Access
from veza.domains.marketplace.taxes import errors, service
from veza.domains.marketplace.taxes.models import ShownTaxRate, TaxRateForm, TaxRateList
from veza.http.dependencies import Conn, Tx
from veza.http.responses.envelope import Done


@get("/admin/tax-rates", access=Access.ADMIN, scope=None)
async def list_tax_rates(conn: Conn) -> TaxRateList:
    """List the rates of VAT: those of the EU, which the program has, and those of the site.

    They count for sellers who declare the tax of the buyer's country. Of a country the latest rate
    counts that has begun.
    """
    return await service.list_rates(conn)


@post("/admin/tax-rates", access=Access.ADMIN, scope=None, errors=[errors.TooManyTaxRates])
async def set_tax_rate(data: JSONBody[TaxRateForm], tx: Tx) -> ShownTaxRate:
    """Set the rate of a country from a day on, which is not over. What is ordered stays as it is.

    One from the same day on is replaced.
    """
    return await service.set_rate(tx, data)


@delete(
    "/admin/tax-rates/{country:str}/{valid_from:str}",
    access=Access.ADMIN,
    scope=None,
    status_code=200,
    errors=[errors.TaxRateNotFound, errors.TaxRateInForce],
)
async def delete_tax_rate(country: FromPath[str], valid_from: FromPath[str], tx: Tx) -> Done:
    """Delete a rate of the site that does not count yet, by its country and first day."""
    await service.delete_rate(tx, country, valid_from)
    return Done("The rate is deleted.")


router = Router(
    "/",
    route_handlers=[list_tax_rates, set_tax_rate, delete_tax_rate],
    tags=["admin"],
)
