"""Lock what is ordered, and insert orders with their lines.

Locks are taken in this order: members, tip jars, products, codes and bundles, subjects, units.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import chain

from msgspec import Struct, structs

from veza.core.clock import now
from veza.core.ids import OrderId, ProductId, SubjectId, UserId, new_id
from veza.domains.marketplace.discounts import service as discounts
from veza.domains.marketplace.discounts.models import CodeBuyer
from veza.domains.marketplace.ledger import service as ledger
from veza.domains.marketplace.memberships.models.state import PeriodKind
from veza.domains.marketplace.memberships.service import settlement as memberships
from veza.domains.marketplace.orders import shared_queries as order_queries
from veza.domains.marketplace.orders.errors import AlreadyOwned
from veza.domains.marketplace.orders.models.checkout import (
    Basket,
    CartLine,
    CheckedForm,
    NewOrder,
    OrderForm,
    StoredOrder,
)
from veza.domains.marketplace.orders.queries import checkout as queries
from veza.domains.marketplace.orders.queries import gifts as gift_queries
from veza.domains.marketplace.orders.queries import places as place_queries
from veza.domains.marketplace.orders.rules import checkout as rules
from veza.domains.marketplace.orders.rules.gifts import read_gifts
from veza.domains.marketplace.orders.rules.parties import freeze_parts
from veza.domains.marketplace.orders.rules.periods import list_periods, make_period_lines
from veza.domains.marketplace.orders.rules.taxes import (
    buyer_of,
    list_places,
    read_billing,
    tax_lines,
)
from veza.domains.marketplace.orders.rules.tips import ensure_tips, list_tips, make_tip_lines
from veza.domains.marketplace.orders.service.carts import lock_cart
from veza.domains.marketplace.orders.service.taxes import read_terms
from veza.domains.marketplace.splits import service as splits
from veza.domains.marketplace.splits.models import SplitPartForm
from veza.domains.marketplace.taxes.models import TaxTerms
from veza.domains.marketplace.tips import service as tips
from veza.infra.payments.provider import PaymentProvider
from veza.infra.postgres.database import Tx
from veza.infra.vat_ids.directory import VatIdDirectory


class CheckoutContext(Struct, frozen=True):
    """The payment provider, the platform's fee, the site that buyers return to, and VAT ids.

    `network_country` is where the request is from, if a trusted proxy tells it.
    """

    payments: PaymentProvider
    fee_rate: Decimal
    return_base: str | None = None
    vat_ids: VatIdDirectory | None = None
    network_country: str | None = None

    def requested_from(self, country: str | None) -> "CheckoutContext":
        """Return the context of a request from the network of a country."""
        return structs.replace(self, network_country=country)


class _Parts(Struct, frozen=True):
    """The parts by which products, and the support of profiles, are sold."""

    of_products: Mapping[ProductId, Sequence[SplitPartForm]]
    of_profiles: Mapping[UserId, Sequence[SplitPartForm]]

    def list_parties(self) -> set[UserId]:
        """Return all who get a part."""
        parts = chain(*self.of_products.values(), *self.of_profiles.values())
        return {part.profile_id for part in parts}


async def lock_basket(tx: Tx, buyer: CodeBuyer, checked: CheckedForm) -> Basket:
    """Lock and return all that is ordered. Profiles that get tips are locked before products.

    Raises the errors of `read_billing`, `ensure_tips`, `tips.lock_tips`, `carts.lock_cart` and
    `ensure_buyable`.
    """
    form = checked.form
    ensure_tips(form.tips)
    billing = read_billing(form.billing)
    ordered_tips = await tips.lock_tips(tx, form.tips, buyer.user_id)
    cart = await _lock_cart(tx, buyer, form) if form.items else []
    return Basket(
        cart,
        ordered_tips,
        currency=form.currency,
        billing=billing,
        vat_check=checked.vat_check,
    )


async def _lock_cart(tx: Tx, buyer: CodeBuyer, form: OrderForm) -> list[CartLine]:
    """Lock and return what is ordered, for whom, if all of it can be bought."""
    gifts = read_gifts(form, now())
    cart = [
        structs.replace(line, gift=gifts.get(line.product.id))
        for line in await lock_cart(tx, buyer, form)
    ]
    await ensure_buyable(tx, buyer.user_id, cart)
    return cart


async def ensure_buyable(tx: Tx, buyer_id: UserId | None, cart: Sequence[CartLine]) -> None:
    """Raise the errors of `rules.ensure_buyable`, and AlreadyOwned; never that to a guest.

    Who owns a product may give it.
    """
    rules.ensure_buyable(cart, buyer_id)
    if buyer_id is None:
        return
    # A service can be ordered again.
    kept = [line for line in cart if line.gift is None and line.product.service is None]
    variant_ids = [line.variant.id for line in kept if line.variant is not None]
    if variant_ids and await order_queries.list_owned_variants(tx, buyer_id, variant_ids):
        raise AlreadyOwned
    whole = [line.product.id for line in kept if line.variant is None]
    if whole and await order_queries.list_owned(tx, buyer_id, whole):
        raise AlreadyOwned


async def make_order(
    tx: Tx,
    context: CheckoutContext,
    buyer_id: UserId | None,
    order_id: OrderId,
    basket: Basket,
) -> NewOrder:
    """Return the order of a member, or without `buyer_id` that of a guest.

    Raises MixedCurrencies, CountryNeeded and OrderTooLarge.
    """
    currency = rules.find_currency(basket)
    parts = await _lock_parts(tx, basket)
    # A seller may have given all parts to others.
    members = parts.list_parties() | basket.list_sellers()
    if buyer_id is not None:
        members.add(buyer_id)
    subjects = await ledger.get_or_create_subjects(tx, list(members))
    rate = context.fee_rate
    lines = rules.make_lines(basket.cart, subjects, parts=parts.of_products, fee_rate=rate)
    support = parts.of_profiles
    lines += make_tip_lines(basket.tips, subjects, parts=support, fee_rate=rate)
    lines += make_period_lines(basket.periods, subjects, parts=support, fee_rate=rate)
    lines = tax_lines(lines, await _read_tax_terms(tx, basket))
    total_cents = sum(line.price_cents for line in lines)
    rules.ensure_payable(total_cents)
    return NewOrder(
        id=order_id,
        buyer_id=buyer_id,
        buyer_subject=SubjectId(new_id()) if buyer_id is None else subjects[buyer_id],
        total_cents=total_cents,
        currency=currency,
        provider=context.payments.name,
        billing=basket.billing,
        lines=lines,
        vat_check=basket.vat_check,
        places=list_places(basket.billing, context.network_country),
        is_guest=buyer_id is None,
    )


async def _read_tax_terms(tx: Tx, basket: Basket) -> TaxTerms:
    buyer = buyer_of(basket.billing)
    if buyer.country is None:
        buyer = structs.replace(buyer, country=basket.country)
    is_renewal = any(period.kind is not PeriodKind.START for period in basket.periods)
    return await read_terms(tx, basket.list_sellers(), buyer, is_renewal=is_renewal)


async def _lock_parts(tx: Tx, basket: Basket) -> _Parts:
    profiles = {tip.jar.profile_id for tip in basket.tips}
    profiles.update(period.profile_id for period in basket.periods)
    return _Parts(
        await splits.lock_parts(tx, [line.product for line in basket.cart]),
        await splits.lock_support_parts(tx, sorted(profiles)),
    )


async def insert_order(tx: Tx, order: NewOrder) -> StoredOrder | None:
    """Insert an order with its lines; return None if its id exists already."""
    placed = await queries.insert_order(
        tx, order, expires_after=rules.PAYMENT_WINDOW, poll_after=rules.POLL_INTERVAL
    )
    if placed is not None:
        if order.places:
            await place_queries.insert_places(tx, order.id, order.places)
        await _insert_lines(tx, order)
    return placed


async def _insert_lines(tx: Tx, order: NewOrder) -> None:
    """Insert the lines of an order with all that belongs to them."""
    await queries.insert_lines(tx, order.id, order.lines)
    if reductions := rules.list_reductions(order.lines):
        await queries.insert_reductions(tx, reductions)
    if (discount_id := rules.find_discount(order.lines)) is not None:
        await discounts.reserve(tx, order.id, discount_id)
    if parts := [part for line in order.lines for part in freeze_parts(line)]:
        await queries.insert_parts(tx, parts)
    if gifts := rules.list_gifts(order.lines):
        await gift_queries.insert_gifts(tx, gifts)
    if tipped := list_tips(order.lines):
        await tips.insert(tx, tipped)
    if periods := list_periods(order.lines):
        await memberships.insert(tx, periods)
