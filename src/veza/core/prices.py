"""Prices, stock and licence of products, as sellers send them."""

from typing import Annotated

from msgspec import Meta, Struct

from veza.core.money import MAX_CENTS, Currency

MAX_PRICES = 10
MAX_STOCK = 1_000_000

Price = Annotated[
    int,
    Meta(
        ge=0,
        le=MAX_CENTS,
        description="VAT included; 0, or 50 at least. The least price if buyers choose it.",
        examples=[1200],
    ),
]
Stock = Annotated[
    int,
    Meta(
        ge=0,
        le=MAX_STOCK,
        description="How many are left to sell; null for no limit.",
        examples=[None],
    ),
]
Licence = Annotated[
    str,
    Meta(
        max_length=5000,
        description="What buyers may do with it. Changes don't apply to existing orders.",
        examples=["Personal use."],
    ),
]


class ProductPrice(Struct, frozen=True):
    """The price of a product in another currency than its own, chosen by the seller."""

    currency: Currency
    price_cents: Price


Prices = Annotated[
    list[ProductPrice],
    Meta(
        max_length=MAX_PRICES,
        description="Prices in further currencies, each once.",
        examples=[[{"currency": "CHF", "price_cents": 1300}]],
    ),
]
