"""A receipt: what was bought, and who gets the mail."""

from decimal import Decimal
from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct

from veza.core.ids import OrderId, UserId
from veza.core.languages import Language
from veza.domains.marketplace.orders.models.state import LineKind


class SendReceipt(Struct, frozen=True):
    """Job: mail the receipt of an order. `request_id` is that of a buyer who asked for it again."""

    order_id: OrderId
    request_id: UUID | None = None


class ReceiptLine(Struct, frozen=True):
    """A line of an order, and who sells it, if they are still there.

    `causes` name what reduced its price. `tax_rate` is in percent.
    """

    kind: LineKind
    title: str
    seller: str | None
    price_cents: int
    list_cents: int
    causes: list[str]
    tax_rate: Decimal | None
    tax_cents: int


class Receipt(Struct, frozen=True):
    """A paid order, and how its buyer gets the mail."""

    order_id: OrderId
    buyer_id: UserId
    email: str
    is_verified: bool
    language: Language
    total_cents: int
    currency: str


class ReceiptRequested(Struct, frozen=True):
    """The order whose receipt is mailed, and the address without most of its mailbox."""

    order_id: OrderId
    recipient: Annotated[str, Meta(examples=["a…@example.com"])]
