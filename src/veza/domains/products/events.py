"""What this domain announces to the others."""

from msgspec import Struct

from veza.core.ids import ProductId, UserId


class ProductPublished(Struct, frozen=True):
    """A product can be bought that couldn't before."""

    product_id: ProductId
    seller_id: UserId
    title: str


class ProductDeleted(Struct, frozen=True):
    """A product is gone, which nobody ordered; its files are to follow."""

    product_id: ProductId
