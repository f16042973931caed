"""Events of products."""

from msgspec import Struct

from veza.core.ids import ProductId


class ProductDeleted(Struct, frozen=True):
    """A product that was never ordered was deleted; its files are still to be deleted."""

    product_id: ProductId
