"""Sellers set the variants of their products here; everybody reads them."""

from uuid import UUID

from litestar import Router, get, put
from litestar.params import FromPath, JSONBody

from veza.core.access import Access, Scope
from veza.core.activities import Activity
from veza.core.ids import ProductId
from veza.core.profiles import Right
from veza.domains.marketplace.products.errors import NotYourProduct, ProductNotFound
from veza.domains.marketplace.variants import errors, service
from veza.domains.marketplace.variants.models import ProductVariants, VariantsForm
from veza.domains.platform.text_filters.errors import TextRefused
from veza.domains.platform.text_filters.service import TextFilters
from veza.http.dependencies import AnyRequest, Conn, Tx, viewer_of, visitor_of
from veza.http.services import service_of


@get(
    "/marketplace/products/{product_id:uuid}/variants",
    access=Access.OPTIONAL,
    scope=Scope.READ,
    errors=[ProductNotFound],
)
async def list_variants(
    request: AnyRequest, product_id: FromPath[UUID], conn: Conn
) -> ProductVariants:
    """List the variants of a product, of which a buyer chooses one: with terms, files and prices.

    A product has none, or up to 6; its own price is that of the cheapest.
    """
    return await service.get_variants(conn, ProductId(product_id), visitor_of(request))


@put(
    "/marketplace/products/{product_id:uuid}/variants",
    access=Access.CREATOR,
    activity=Activity.EDIT,
    scope=None,
    errors=[ProductNotFound, NotYourProduct, errors.VariantNotFound, TextRefused],
)
async def set_variants(
    request: AnyRequest, product_id: FromPath[UUID], data: JSONBody[VariantsForm], tx: Tx
) -> ProductVariants:
    """Replace all variants of your own product: those that stay are sent with their `id`.

    Upload the files first. The price of the product becomes that of the cheapest variant, in its
    own currency alone. Existing orders keep what they bought.
    """
    seller = viewer_of(request)
    screening = service_of(request, TextFilters).screen(seller, data, "variants")
    variants = await service.set_variants(tx, ProductId(product_id), seller, data)
    await screening.report(tx, "product", product_id)
    return variants


router = Router(
    "/",
    route_handlers=[list_variants, set_variants],
    tags=["marketplace"],
    opt={"right": Right.SELL},
)
