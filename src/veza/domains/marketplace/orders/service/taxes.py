"""Read what the tax of an order depends on: its sellers, its buyer, the day, rates of the site."""

from collections.abc import Collection

from veza.core.ids import UserId
from veza.domains.marketplace.sellers import service as sellers
from veza.domains.marketplace.taxes import service as taxes
from veza.domains.marketplace.taxes.models import BuyerTax, TaxTerms
from veza.infra.postgres.database import Conn


async def read_terms(
    conn: Conn, seller_ids: Collection[UserId], buyer: BuyerTax, *, is_renewal: bool = False
) -> TaxTerms:
    """Return what the tax of an order depends on now.

    Nobody can be asked at a renewal: a buyer whose country is not known is taxed as in that of the
    seller.
    """
    terms = await sellers.list_tax_terms(conn, seller_ids)
    if is_renewal and buyer.country is None:
        [seller] = terms.values()
        buyer = BuyerTax(seller.country)
    rates = await taxes.list_site_rates(conn, buyer, terms.values())
    return TaxTerms(terms, buyer, taxes.today(), rates)
