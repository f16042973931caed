"""Sellers set the variants of a product together; carts choose one of each product."""

from collections.abc import Sequence

from veza.core.access import Member
from veza.core.ids import ProductId
from veza.core.structs import copy_fields
from veza.domains.marketplace.products import service as products
from veza.domains.marketplace.products import shared_queries as product_queries
from veza.domains.marketplace.variants import queries, rules
from veza.domains.marketplace.variants.models import (
    ProductVariants,
    StoredVariant,
    Variant,
    VariantsForm,
)
from veza.infra.postgres.database import Conn, Tx


async def set_variants(
    tx: Tx, product_id: ProductId, seller: Member, form: VariantsForm
) -> ProductVariants:
    """Replace the variants of a product of the caller, and with them its price.

    Placed orders don't change. Raises ProductNotFound, NotYourProduct, and the errors of
    `rules.read_variants`.
    """
    product = await products.lock_own(tx, product_id, seller)
    files = await product_queries.list_files(tx, [product_id])
    former = await queries.list_variants(tx, [product_id])
    variants = rules.read_variants(
        form.variants,
        product,
        file_ids=[file.id for file in files],
        known={variant.id for variant in former},
    )
    await queries.delete_variants(tx, product_id)
    for position, variant in enumerate(variants, 1):
        await queries.insert_variant(tx, variant, position)
    await product_queries.update_variant_price(tx, product_id, rules.cheapest(variants))
    return await _show(tx, product_id, variants)


async def get_variants(conn: Conn, product_id: ProductId, viewer: Member | None) -> ProductVariants:
    """Return the variants of a product that the viewer sees. Raises ProductNotFound."""
    product = await products.get_visible(conn, product_id, viewer)
    if not product.has_variants:
        return ProductVariants([], is_exclusive_held=False)
    return await _show(conn, product_id, await queries.list_variants(conn, [product_id]))


async def list_variants(conn: Conn, product_ids: Sequence[ProductId]) -> list[StoredVariant]:
    """Return the variants of products as they are now."""
    return await queries.list_variants(conn, product_ids)


async def _show(
    conn: Conn, product_id: ProductId, variants: Sequence[StoredVariant]
) -> ProductVariants:
    shown = [copy_fields(Variant, variant) for variant in variants]
    return ProductVariants(shown, await queries.is_exclusive_held(conn, product_id))
