"""Orders in the export of a member's personal data."""

from datetime import datetime

from msgspec import Struct

from veza.core.ids import OrderId, OrderItemId
from veza.core.vat_ids import VatIdCheck
from veza.domains.marketplace.orders.models.gifts import PersonalGift
from veza.domains.marketplace.orders.models.state import LineKind, OrderFacts
from veza.domains.marketplace.taxes.models import BillingDetails, OrderPlace


class PersonalOrder(OrderFacts, frozen=True):
    """An order, exported for its buyer; `guest_email` if it was ordered without an account.

    `places` prove the country by which it was taxed. `vat_check` is what was found about their VAT
    id, and when.
    """

    guest_email: str | None
    billing: BillingDetails | None
    vat_check: VatIdCheck | None
    places: list[OrderPlace]
    paid_at: datetime | None
    titles: list[str]


class PersonalSale(Struct, frozen=True):
    """A sold item, exported for its seller without the buyer."""

    id: OrderItemId
    order_id: OrderId
    kind: LineKind
    title: str
    price_cents: int
    fee_cents: int
    net_cents: int
    currency: str
    paid_at: datetime
    refunded_at: datetime | None


class PersonalPart(PersonalSale, frozen=True):
    """A sold item that is split, exported for a party with the amounts of its part."""

    parts_per_10000: int


class PersonalTrade(Struct, frozen=True):
    """The purchases, sales and gifts of a member, and their parts of sales that are split."""

    orders: list[PersonalOrder]
    sales: list[PersonalSale]
    parts: list[PersonalPart]
    gifts: list[PersonalGift]
