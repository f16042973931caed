"""The read of a product that is answered in front of the framework, see `http.frequent_reads`."""

from veza.core.access import Member
from veza.core.ids import ProductId
from veza.core.signed_urls import UrlBuilder
from veza.domains.marketplace.products import routes, service
from veza.domains.marketplace.products.models import ProductDetails
from veza.http.frequent_reads import FrequentRead, read_id
from veza.infra.postgres.database import Conn


async def _show_product(
    conn: Conn, key: ProductId, viewer: Member | None, urls: UrlBuilder
) -> ProductDetails:
    return await service.get_product(conn, key, viewer, urls)


SHOW_PRODUCT = FrequentRead(
    "/marketplace/products/{product_id}", routes.show_product, frozenset(), read_id, _show_product
)
