"""The nouns of the domain, as they are stored and as they are shown."""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta, Struct

from veza.core.ids import OrderId, OrderItemId, ProductId, UserId
from veza.core.money_mode import MoneyMode
from veza.domains.marketplace.orders.models import BillingDetails, OrderStatus
from veza.domains.music.tracks.models import Artist

MAX_ITEMS = 50


class OrderItemForm(Struct, frozen=True):
    """A product to order. Each is bought once."""

    product_id: ProductId
    quantity: Literal[1] = 1


class OrderForm(Struct, frozen=True):
    """What to order. How it is paid is chosen when the payment is confirmed."""

    items: Annotated[list[OrderItemForm], Meta(min_length=1, max_length=MAX_ITEMS)]
    billing: BillingDetails | None = None
    payment_method: Annotated[str, Meta(max_length=50, examples=["card"])] | None = None


class StoredOrder(Struct, frozen=True):
    """The row of an order, as it is needed to show it."""

    id: OrderId
    status: OrderStatus
    total_cents: int
    currency: str
    provider: str
    payment_ref: str | None
    client_secret: str | None
    billing: BillingDetails | None
    reason: str | None
    created_at: datetime
    expires_at: datetime
    paid_at: datetime | None


class StoredOrderItem(Struct, frozen=True):
    """The row of a line, as it is needed to show it."""

    id: OrderItemId
    order_id: OrderId
    product_id: ProductId
    title: str
    licence: str
    seller_id: UserId | None
    username: str | None
    price_cents: int
    is_refunded: bool


class OrderItem(Struct, frozen=True):
    """A line as its buyer sees it, frozen as it was ordered. The price includes VAT."""

    id: OrderItemId
    product_id: ProductId
    title: str
    licence: str
    seller: Artist | None
    price_cents: int
    quantity: int
    is_refunded: bool


class PaymentToConfirm(Struct, frozen=True):
    """The payment to confirm. The buyer's browser does so with the `client_secret`."""

    provider: str
    payment_id: str
    client_secret: str | None


class Order(Struct, frozen=True):
    """An order as its buyer sees it. `payment` is to be confirmed until `expires_at`.

    `mode` says whether money is real (`live`), or moves in the sandbox only (`test`).

    It is `refund_pending` too when the money came too late, or for what the buyer had by then: it
    goes back by itself.
    """

    id: OrderId
    status: OrderStatus
    items: list[OrderItem]
    total_cents: int
    currency: str
    mode: MoneyMode
    payment: PaymentToConfirm | None
    billing: BillingDetails | None
    failure_reason: str | None
    created_at: datetime
    expires_at: datetime
    paid_at: datetime | None


class OrderPage(Struct, frozen=True):
    """One page of orders, newest first."""

    orders: list[Order]
    next_cursor: str | None
    has_more: bool


class Download(Struct, frozen=True):
    """A file of what was bought. The URL needs no token, and lasts for 15 minutes."""

    name: str
    url: str
    size_bytes: int
    content_type: str
    product_id: ProductId


class Downloads(Struct, frozen=True):
    """All that an order gives."""

    downloads: list[Download]
