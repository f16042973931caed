"""The requests and responses of buyers: checkout, orders and downloads."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal

from msgspec import Meta, Struct

from veza.core.ids import (
    BundleId,
    OrderId,
    OrderItemId,
    ProductFileId,
    ProductId,
    ReleaseId,
    SubjectId,
    TrackId,
    UserId,
    VariantId,
)
from veza.core.languages import Language
from veza.core.money import MAX_CENTS, Currency
from veza.core.money_mode import MoneyMode
from veza.core.people import Appearance
from veza.core.service_terms import ServiceTerms
from veza.core.vat_ids import VatIdCheck
from veza.domains.auth.accounts.models import Email, NamedMember
from veza.domains.auth.sign_up.models import ProofSolution
from veza.domains.marketplace.discounts.models import TypedCode
from veza.domains.marketplace.memberships.models.state import OrderedPeriod
from veza.domains.marketplace.orders.models.gifts import GiftForm, GiftWords
from veza.domains.marketplace.orders.models.state import (
    LineKind,
    LinePart,
    OrderFacts,
    OrderLine,
)
from veza.domains.marketplace.prices.models import PricedItem, Reduction
from veza.domains.marketplace.products.models.products import PurchasableProduct
from veza.domains.marketplace.taxes.models import (
    BillingDetails,
    OrderPlace,
    ShownTax,
    TaxTreatment,
)
from veza.domains.marketplace.tips.models import MAX_TIPS, OrderedTip, TipForm
from veza.domains.marketplace.variants.models import SoldVariant

MAX_ITEMS = 50

OfferedPrice = Annotated[
    int,
    Meta(
        ge=0,
        le=MAX_CENTS,
        description="What you pay: the price that you saw, or the one that you choose if the "
        "product allows it. Null for the least.",
        examples=[None],
    ),
]


class OrderItemForm(Struct, frozen=True):
    """A product to order, with the `variant_id` of one that is sold in variants.

    A product, or a variant, can be bought once, for oneself or as a `gift`.
    """

    product_id: ProductId
    variant_id: Annotated[VariantId | None, Meta(examples=[None])] = None
    price_cents: OfferedPrice | None = None
    quantity: Literal[1] = 1
    gift: GiftForm | None = None


class CartForm(Struct, frozen=True):
    """The products of a cart, and what reduces their prices.

    `currency` chooses the prices; without, each product has its own one, which must be the same.
    With `bundle_id` they are all products of a bundle that the buyer does not own, and any others.
    """

    items: Annotated[list[OrderItemForm], Meta(max_length=MAX_ITEMS)] = []
    discount_code: TypedCode | None = None
    currency: Annotated[Currency | None, Meta(examples=[None])] = None
    bundle_id: Annotated[BundleId | None, Meta(examples=[None])] = None


class OrderForm(CartForm, frozen=True):
    """The products and tips to order, at least one of both.

    The payment method is chosen when the payment is confirmed.

    Without credentials, `email` is the address that gets the link to the order, in `language`; a
    `proof` of work is needed while there are many such orders.
    """

    tips: Annotated[list[TipForm], Meta(max_length=MAX_TIPS, examples=[[]])] = []
    billing: BillingDetails | None = None
    payment_method: Annotated[str, Meta(max_length=50, examples=["card"])] | None = None
    email: Annotated[Email | None, Meta(examples=[None])] = None
    language: Annotated[Language | None, Meta(examples=[None])] = None
    proof: Annotated[ProofSolution | None, Meta(examples=[None])] = None


class CheckedForm(Struct, frozen=True):
    """An order to place, and what was found about the VAT id of its buyer, if it was looked up."""

    form: OrderForm
    vat_check: VatIdCheck | None = None


class CartLine(Struct, frozen=True):
    """A product to order, its price and variant, and for whom it is if it is a gift."""

    product: PurchasableProduct
    priced: PricedItem
    gift: GiftWords | None = None
    variant: SoldVariant | None = None


class GivenProduct(Struct, frozen=True):
    """A product that a code gives: all of it, or the variant that a gift is of."""

    product: PurchasableProduct
    variant: SoldVariant | None = None


class Basket(Struct, frozen=True):
    """All that an order is placed for, priced and locked; `currency` if the buyer chose one."""

    cart: list[CartLine] = []
    tips: list[OrderedTip] = []
    currency: str | None = None
    billing: BillingDetails | None = None
    vat_check: VatIdCheck | None = None
    periods: list[OrderedPeriod] = []
    # Known from an earlier payment, if nothing is declared now.
    country: str | None = None

    def list_sellers(self) -> set[UserId]:
        """Return the members who sell the products, and the profiles that get support."""
        sellers = {line.product.seller_id for line in self.cart}
        sellers.update(tip.jar.profile_id for tip in self.tips)
        return sellers | {period.profile_id for period in self.periods}


class NewOrderLine(OrderLine, frozen=True, kw_only=True):
    """A line to insert. `track_id` is the track whose original file it gives access to.

    `reduced_cents` is the sum of the reductions. With `available_at` it is a pre-order, of which
    the table computes `is_undelivered`. `is_redeemed`: it is given for a download code.
    `message` is that of a tip, `period` what a line of a membership pays. The `tax_` fields are
    null while the line is made; `tax_rate` is in percent. `bundle_id`: it is bought in a bundle.
    """

    title: str
    licence: str
    reductions: list[Reduction]
    reduced_cents: int = 0
    minimum_cents: int = 0
    track_id: TrackId | None = None
    available_at: datetime | None = None
    is_redeemed: bool = False
    gift: GiftWords | None = None
    variant: SoldVariant | None = None
    service: ServiceTerms | None = None
    bundle_id: BundleId | None = None
    message: str | None = None
    period: OrderedPeriod | None = None
    tax_treatment: TaxTreatment | None = None
    tax_country: str | None = None
    tax_rate: Decimal | None = None
    tax_cents: int = 0


class NewLinePart(LinePart, frozen=True):
    """The part of a party to insert, and its amounts."""

    item_id: OrderItemId
    position: int
    fee_cents: int
    net_cents: int


class NewReduction(Reduction, frozen=True):
    """A reduction of a line to insert."""

    item_id: OrderItemId
    position: int


class NewOrder(Struct, frozen=True):
    """An order to insert."""

    id: OrderId
    buyer_id: UserId | None
    buyer_subject: SubjectId
    total_cents: int
    currency: str
    provider: str
    billing: BillingDetails | None
    lines: list[NewOrderLine]
    vat_check: VatIdCheck | None = None
    places: list[OrderPlace] = []
    is_guest: bool = False


class MemberPlace(Struct, frozen=True):
    """The billing details of the last paid period of a membership, and the best proof of place."""

    billing: BillingDetails | None
    country: str | None


class StoredOrder(OrderFacts, frozen=True):
    """The row of an order, as read for its buyer. Guests have no `buyer_id`."""

    buyer_id: UserId | None
    provider: str
    payment_ref: str | None
    client_secret: str | None
    billing: BillingDetails | None
    failure_reason: str | None
    expires_at: datetime
    paid_at: datetime | None


class StoredOrderItem(Struct, frozen=True):
    """The row of an order line, as read for the buyer."""

    id: OrderItemId
    order_id: OrderId
    kind: LineKind
    product_id: ProductId | None
    title: str
    licence: str
    seller_id: UserId | None
    username: str | None
    appearance: Appearance
    list_cents: int
    price_cents: int
    reductions: list[Reduction]
    available_at: datetime | None
    delivered_at: datetime | None
    is_refunded: bool
    is_gift: bool
    is_received: bool
    variant: SoldVariant | None
    service: ServiceTerms | None
    message: str | None
    thanks: str | None
    tax_treatment: TaxTreatment | None
    tax_country: str | None
    tax_rate: Decimal | None
    tax_cents: int


class OrderItem(Struct, frozen=True):
    """An item of an order, unchanged since it was ordered. The price includes VAT.

    It is `list_cents` less the `reductions`. With `available_at` it is a pre-order: its files can
    be downloaded from `delivered_at` on. A gift `is_gift` in the order of who gives it, and
    `is_received` in that of who got it: `is_refunded` then says that the giver was paid back.
    A `tip` or a period of a `membership` has no product: its `title` is the name of the profile, or
    of the tier. A tip has its `message`, and once it is paid the `thanks` of the profile; a period
    has the welcome of its tier as `thanks`. A `variant` is what was sold, whatever became of it.
    A paid `service` is made under `/commissions/{id}`: `delivered_at` is when it was accepted.
    `tax` is within the price; null in old orders.
    """

    id: OrderItemId
    kind: LineKind
    product_id: ProductId | None
    title: str
    licence: str
    seller: NamedMember | None
    list_cents: int
    price_cents: int
    reductions: list[Reduction]
    quantity: int
    available_at: datetime | None
    delivered_at: datetime | None
    is_refunded: bool
    is_gift: bool
    is_received: bool
    variant: SoldVariant | None
    service: ServiceTerms | None
    message: str | None
    thanks: str | None
    tax: ShownTax | None


class PaymentToConfirm(Struct, frozen=True):
    """The payment of an order. The buyer's browser confirms it with the `client_secret`."""

    provider: str
    payment_id: str
    client_secret: str | None


class Order(OrderFacts, frozen=True):
    """An order. Its `payment` must be confirmed until `expires_at`.

    `mode` is `live` for real money, `test` for the sandbox. A payment that arrived too late, or for
    a product that the buyer owns by then, is refunded automatically: the status is
    `refund_pending`. `token` is that of a guest's order that has yet to be paid, in the answer that
    placed it: it opens `/marketplace/guest-orders/{token}`, and is mailed once the order is paid.
    """

    items: list[OrderItem]
    mode: MoneyMode
    payment: PaymentToConfirm | None
    billing: BillingDetails | None
    failure_reason: str | None
    expires_at: datetime
    paid_at: datetime | None
    token: str | None = None


class OrderPage(Struct, frozen=True):
    """A page of orders, newest first."""

    orders: list[Order]
    next_cursor: str | None
    has_more: bool


class Download(Struct, frozen=True):
    """A file of a bought product. The URL needs no token, and expires after 15 minutes."""

    name: str
    url: str
    size_bytes: int
    content_type: str
    product_id: ProductId


class Downloads(Struct, frozen=True):
    """The files of an order."""

    downloads: list[Download]


class LicensedProduct(Struct, frozen=True):
    """A product that an order gives; of a variant only `file_ids`."""

    product_id: ProductId
    file_ids: list[ProductFileId] | None


class HeldProduct(Struct, frozen=True):
    """A product, and whether a member sells it or has a licence, and got what it is for."""

    id: ProductId
    release_id: ReleaseId | None
    is_own: bool
    is_licensed: bool
    is_delivered: bool


class OrderedTrack(Struct, frozen=True):
    """A track whose original an order gives, and the product that it is of."""

    product_id: ProductId
    track_id: TrackId


class Purchase(Struct, frozen=True):
    """The order line by which a member bought a product, and the variants that they own of it.

    If it `is_variant`, they own no more of the product than `variant_ids`.
    """

    order_id: OrderId
    item_id: OrderItemId
    is_refunded: bool
    is_variant: bool = False
    variant_ids: list[VariantId] = []


class OwnPurchase(Struct, frozen=True):
    """Your purchase of a product: null if you never bought it."""

    purchase: Purchase | None
