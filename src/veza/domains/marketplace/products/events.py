"""Announces products."""

from msgspec import Struct

from veza.core.ids import ProductId, UserId


class ProductCreated(Struct, frozen=True):
    """A product was created, as a draft or for sale."""

    product_id: ProductId
    owner_id: UserId
