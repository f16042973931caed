"""What this domain announces to the others."""

from msgspec import Struct

from veza.core.ids import ProductId


class ProductDeleted(Struct, frozen=True):
    """A product is gone, which nobody ordered; its files are to follow."""

    product_id: ProductId
