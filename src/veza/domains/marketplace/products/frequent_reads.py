"""The reads of products that are answered in front of the framework, see `http.frequent_reads`."""

import re
from collections.abc import Mapping

from veza.core.access import Member
from veza.core.ids import ProductId
from veza.core.signed_urls import UrlBuilder
from veza.domains.marketplace.products import routes, service
from veza.domains.marketplace.products.models import (
    ProductDetails,
    ProductPage,
    ProductQuery,
    ProductSort,
)
from veza.http.frequent_reads import FrequentRead, read_id, read_limit
from veza.infra.postgres.database import Conn

# The offsets that need no decoding and no refusal.
_OFFSET = re.compile(r"0|[1-9][0-9]{0,4}")


def _find_query(parameters: Mapping[str, str]) -> ProductQuery | None:
    limit, offset = read_limit(parameters), parameters.get("offset", "0")
    if limit is None or not _OFFSET.fullmatch(offset):
        return None
    try:
        sort = ProductSort(parameters["sort"]) if "sort" in parameters else None
    except ValueError:
        return None
    return ProductQuery(limit, int(offset), sort=sort)


async def _list_products(
    conn: Conn, key: ProductQuery, viewer: Member | None, urls: UrlBuilder
) -> ProductPage:
    return await service.list_products(conn, key, viewer, urls)


async def _show_product(
    conn: Conn, key: ProductId, viewer: Member | None, urls: UrlBuilder
) -> ProductDetails:
    return await service.get_product(conn, key, viewer, urls)


LIST_PRODUCTS = FrequentRead(
    "/marketplace/products",
    routes.list_products,
    # A search is expensive: the framework's route limits it.
    frozenset({"limit", "offset", "sort"}),
    _find_query,
    _list_products,
)
SHOW_PRODUCT = FrequentRead(
    "/marketplace/products/{product_id}", routes.show_product, frozenset(), read_id, _show_product
)
