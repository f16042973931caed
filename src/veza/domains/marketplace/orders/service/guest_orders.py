"""Guests place orders for an address, and open them by links; accounts claim those of theirs.

Nothing that a guest is answered depends on what the address has bought, or on whether an account
has it; but for a discount code that its seller limits for each buyer.
"""

import math
import secrets
from collections.abc import Sequence

from msgspec import Struct, structs

from veza.core.addresses import network_of
from veza.core.errors import Allowance, required
from veza.core.guest_request import GuestRequest
from veza.core.ids import OrderId, ProductId, UserId
from veza.core.normalize import lower_ascii
from veza.domains.auth.accounts.rules import ensure_normal_email
from veza.domains.auth.sign_up.service import proofs
from veza.domains.auth.sign_up.service.proofs import FloodGate
from veza.domains.marketplace.ledger import service as ledger
from veza.domains.marketplace.orders.errors import OrderNotFound, TooManyGuestOrders
from veza.domains.marketplace.orders.models.checkout import (
    CheckedForm,
    Order,
    OrderForm,
    StoredOrder,
)
from veza.domains.marketplace.orders.models.guests import (
    NONCE_BYTES,
    DeliveredOrder,
    GuestDelivery,
    GuestOrder,
    LinkScope,
    NewGuest,
    OpenedOrder,
    Opener,
    OrderLink,
    RepeatedOrder,
)
from veza.domains.marketplace.orders.queries import gifts as gift_queries
from veza.domains.marketplace.orders.queries import guests as queries
from veza.domains.marketplace.orders.queries import personal_data as personal_queries
from veza.domains.marketplace.orders.queries import places as place_queries
from veza.domains.marketplace.orders.queries import purchases as purchase_queries
from veza.domains.marketplace.orders.rules import links, views
from veza.domains.marketplace.orders.rules.checkout import (
    CANCELLED_POLLED_FOR,
    ensure_not_empty,
    list_ordered,
)
from veza.domains.marketplace.orders.service import checkout, purchases, settlement
from veza.domains.marketplace.orders.service.placing import CheckoutContext
from veza.domains.marketplace.orders.service.vat_checks import check_vat_id
from veza.domains.marketplace.splits import shared_queries as split_queries
from veza.domains.marketplace.tips import service as tips
from veza.domains.platform.idempotency.errors import KeyReused
from veza.domains.platform.idempotency.models import KEPT_FOR
from veza.domains.platform.mail.rules.cleaning import mask_address
from veza.infra.postgres.database import Conn, Database, Tx

FLOOD_KEY = "guest-orders"
# What the key of links is derived for.
KEY_PURPOSE = "guest-orders"
WINDOW_S = 3600
MAX_FROM_NETWORK = 60
# More are claimed by a job.
CLAIMED_AT_ONCE = queries.CLAIMED_AT_ONCE
# A shorter key may be guessed: its order is then only paid with the answer.
_SECRET_KEY_LENGTH = 16


class GuestDesk(Struct, frozen=True):
    """The services of guests' orders: checkout, limits of strangers, and the key of links."""

    checkout: CheckoutContext
    gate: FloodGate
    key: bytes

    def requested_from(self, country: str | None) -> "GuestDesk":
        """Return the services for a request from the network of a country."""
        return structs.replace(self, checkout=self.checkout.requested_from(country))

    def link_to(self, delivery: GuestDelivery, scope: LinkScope = LinkScope.OPEN) -> str:
        """Return the token that opens an order, or pays for it."""
        return links.write_link(self.key, delivery, scope)


class _Placed(Struct, frozen=True):
    """An order, and the scope of the link in its answer."""

    order: StoredOrder
    scope: LinkScope


async def check_out(
    database: Database, desk: GuestDesk, form: OrderForm, request: GuestRequest
) -> Order:
    """Place an order for the address of a form, and create its payment. A free one is paid at once.

    The same request with the same key, and the same cart of the address from the same network while
    it can be paid, is the same order. Raises Invalid, TooManyGuestOrders, ProofRequired,
    VatIdUnknown, KeyReused, the errors of `checkout.place_for_guest`, PaymentRefused and
    ProviderUnavailable.
    """
    ensure_not_empty(form, form.tips)
    guest = make_guest(desk, form, request)
    await ensure_few(desk, request.ip)
    await proofs.ensure_proved(desk.gate, form.proof)

    async def is_placed() -> bool:
        async with database.read() as conn:
            return await _find_repeated(conn, guest) is not None

    check = await check_vat_id(desk.checkout.vat_ids, form.billing, is_placed=is_placed)
    checked = CheckedForm(form, check)
    is_secret = request.key is not None and len(request.key) >= _SECRET_KEY_LENGTH
    placed = await database.transact(
        lambda tx: _place(tx, desk, guest, checked, is_key_secret=is_secret)
    )
    order = placed.order
    payment = await checkout.open_payment(database, desk.checkout, order)

    async def finish(tx: Tx) -> Order:
        await checkout.end_checkout(tx, desk.checkout, order, payment)
        return await _answer(tx, desk, placed)

    return await database.transact(finish, recorded=False)


def make_guest(desk: GuestDesk, form: OrderForm, request: GuestRequest) -> NewGuest:
    """Return to whom an order is delivered. Raises Invalid if the address is not in normal form."""
    assert form.email is not None
    ensure_normal_email(form.email)
    email_key = lower_ascii(form.email)
    network = network_of(request.ip)
    key = request.key
    return NewGuest(
        email=form.email,
        language=form.language or request.language,
        link_nonce=secrets.token_bytes(NONCE_BYTES),
        cart_key=links.cart_key(desk.key, email_key, network, form),
        network_key=links.network_key(desk.key, network),
        request_key=None if key is None else links.request_key(desk.key, email_key, key),
        fingerprint=None if key is None else request.fingerprint,
    )


async def ensure_few(desk: GuestDesk, ip: str) -> None:
    """Count an order of a stranger. Raises TooManyGuestOrders."""
    window = await desk.gate.counters.add(f"guest-orders:{network_of(ip)}", WINDOW_S)
    if window.count > MAX_FROM_NETWORK:
        wait_s = max(1, math.ceil(window.ends_in_s))
        raise TooManyGuestOrders(
            retry_after=wait_s, allowance=Allowance(MAX_FROM_NETWORK, WINDOW_S)
        )


async def may_pay(
    key: bytes, conn: Conn, account_id: UserId | None, token: str | None, payment_ref: str
) -> bool:
    """Return whether an account, or who has the token of a link, may pay for an order."""
    opener = Opener(account_id)
    if token is not None:
        try:
            opener = (await open_link(conn, key, token)).opener
        except OrderNotFound:
            return False
    return await purchases.may_pay(conn, opener, payment_ref)


async def lock_for_guest(
    tx: Tx,
    guest: NewGuest,
    product_ids: Sequence[ProductId],
    *,
    profile_ids: Sequence[UserId] = (),
) -> None:
    """Lock the address of a guest before the parties of what it gets, and these before products.

    `profile_ids` are those that get support.
    """
    await queries.lock_address(tx, lower_ascii(guest.email))
    await split_queries.lock_parties_of(tx, product_ids, profile_ids=profile_ids)


async def show_placed(conn: Conn, order_id: OrderId) -> Order:
    """Return an order as the answer that placed it shows it, without a link."""
    order = required(await purchase_queries.find_order(conn, order_id), OrderNotFound)
    return views.show_order(order, await purchase_queries.list_items(conn, [order_id]))


async def show_received(conn: Conn, desk: GuestDesk, order_id: OrderId) -> Order:
    """Return an order that was just made for the code of a gift, with the link that opens it.

    Who has the code has what it gives: the link gives no more.
    """
    shown = await show_placed(conn, order_id)
    delivery = required(await queries.find_delivery(conn, order_id), OrderNotFound)
    return structs.replace(shown, token=desk.link_to(delivery))


async def open_link(conn: Conn, key: bytes, token: str) -> OpenedOrder:
    """Return the order of a link. Raises OrderNotFound, also if the link was revoked."""
    order_id = required(links.find_order_id(token), OrderNotFound)
    delivery = required(await queries.find_delivery(conn, order_id), OrderNotFound)
    scope = required(links.find_scope(key, delivery, token), OrderNotFound)
    order = required(await purchase_queries.find_order(conn, order_id), OrderNotFound)
    return OpenedOrder(order, delivery, OrderLink(order_id, scope))


async def show(conn: Conn, opened: OpenedOrder) -> GuestOrder:
    """Return an order as its link shows it; who may only pay sees no billing details."""
    opens = opened.link.scope is LinkScope.OPEN
    order = opened.order if opens else structs.replace(opened.order, billing=None)
    shown = views.show_order(order, await purchase_queries.list_items(conn, [order.id]))
    return GuestOrder(
        **structs.asdict(shown),
        sent_to=mask_address(opened.delivery.email),
        is_claimed=order.buyer_id is not None,
        opens=opens,
    )


async def revoke_links(tx: Tx, order_id: OrderId) -> None:
    """Make all links to an order invalid; the next mail has another one."""
    await queries.update_nonce(tx, order_id, secrets.token_bytes(NONCE_BYTES))


async def claim(tx: Tx, user_id: UserId) -> list[OrderId]:
    """Give an account the next orders of its verified address; return them.

    The address is locked: an order that is placed or paid meanwhile is found here, or finds the
    account. Links stay valid until they are revoked.
    """
    email_key = await queries.find_verified_key(tx, user_id)
    if email_key is None:
        return []
    await queries.lock_address(tx, email_key)
    order_ids = await queries.lock_claimable(tx, email_key, user_id)
    if not order_ids:
        return []
    subject = await ledger.get_or_create_subject(tx, user_id)
    await queries.update_claimed(tx, order_ids, user_id, subject)
    loose = await queries.list_loose_items(tx, order_ids)
    await settlement.hold(tx, user_id, await queries.delete_loose(tx, loose))
    return order_ids


async def lock_claimant(tx: Tx, order_id: OrderId) -> UserId | None:
    """Lock and return the account that may claim an order.

    Waits for one that verifies its address at this moment.
    """
    delivery = await queries.find_delivery(tx, order_id)
    if delivery is None:
        return None
    await queries.lock_address(tx, lower_ascii(delivery.email))
    return await queries.lock_claimant(tx, order_id)


async def find_delivered(conn: Conn, order_id: OrderId) -> DeliveredOrder | None:
    """Return a paid order with its address; None if it is no guest's, or the address is erased."""
    return await queries.find_delivered(conn, order_id)


async def list_delivered(conn: Conn, email_key: str, limit: int) -> list[DeliveredOrder]:
    """Return the paid orders of an address, newest first."""
    return await queries.list_delivered(conn, email_key, limit)


async def forget_address(tx: Tx, email_key: str) -> list[OrderId]:
    """Remove an address from the orders that no account has, and from gifts; return the orders."""
    await queries.lock_address(tx, email_key)
    order_ids = await personal_queries.lock_unclaimed(tx, email_key)
    await gift_queries.forget_of_orders(tx, order_ids)
    await gift_queries.forget_recipient(tx, email_key)
    await tips.forget_of_orders(tx, order_ids)
    await place_queries.delete_of_orders(tx, order_ids)
    await personal_queries.update_guest_gone(tx, order_ids)
    return order_ids


async def forget_abandoned(tx: Tx) -> int:
    """Forget the addresses of some orders that were never paid; return how many."""
    order_ids = await personal_queries.lock_abandoned(tx, CANCELLED_POLLED_FOR)
    await gift_queries.forget_of_orders(tx, order_ids)
    await tips.forget_of_orders(tx, order_ids)
    await place_queries.delete_of_orders(tx, order_ids)
    await personal_queries.update_guest_gone(tx, order_ids)
    return len(order_ids)


async def _place(
    tx: Tx, desk: GuestDesk, guest: NewGuest, checked: CheckedForm, *, is_key_secret: bool
) -> _Placed:
    product_ids, profile_ids = list_ordered(checked.form)
    await lock_for_guest(tx, guest, product_ids, profile_ids=profile_ids)
    found = await _find_repeated(tx, guest)
    if found is None:
        order = await checkout.place_for_guest(tx, desk.checkout, guest, checked)
        return _Placed(order, LinkScope.OPEN)
    order = required(await purchase_queries.find_order(tx, found.order_id), OrderNotFound)
    is_same = found.is_keyed and is_key_secret
    return _Placed(order, LinkScope.OPEN if is_same else LinkScope.PAY)


async def _find_repeated(conn: Conn, guest: NewGuest) -> RepeatedOrder | None:
    """Return the order that the same request, or the same open cart, has placed."""
    if guest.request_key is not None:
        found = await queries.find_by_request(conn, guest.request_key, KEPT_FOR)
        if found is not None and found.fingerprint != guest.fingerprint:
            raise KeyReused
        if found is not None:
            return found
    return await queries.find_by_cart(conn, guest.cart_key)


async def _answer(tx: Tx, desk: GuestDesk, placed: _Placed) -> Order:
    """Return the order as it is now. What is free is delivered by mail alone."""
    shown = await show_placed(tx, placed.order.id)
    delivery = required(await queries.find_delivery(tx, shown.id), OrderNotFound)
    if placed.scope is LinkScope.PAY:
        shown = structs.replace(shown, billing=None)
    token = desk.link_to(delivery, placed.scope) if shown.total_cents > 0 else None
    return structs.replace(shown, token=token)
