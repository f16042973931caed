"""Gifts as lines of orders: found by their codes, locked with their orders, and forgotten."""

import math
from datetime import timedelta

from veza.core.addresses import network_of
from veza.core.errors import Allowance, required
from veza.core.ids import OrderId, OrderItemId, UserId
from veza.domains.marketplace.orders.errors import OrderNotFound, TooManyGifts
from veza.domains.marketplace.orders.models.checkout import OrderForm
from veza.domains.marketplace.orders.models.gifts import (
    MAX_GIFTS,
    GiftPlace,
    GiftRef,
    MailFailure,
    ReceivedGift,
    RecipientForm,
    StoredGift,
)
from veza.domains.marketplace.orders.models.guests import Opener
from veza.domains.marketplace.orders.models.state import GiftReturned
from veza.domains.marketplace.orders.queries import gifts as queries
from veza.domains.marketplace.orders.queries import purchases as purchase_queries
from veza.domains.marketplace.orders.rules.access import ensure_may_open
from veza.domains.marketplace.orders.rules.checkout import CANCELLED_POLLED_FOR
from veza.domains.marketplace.orders.service import settlement
from veza.infra.postgres.database import Conn, Tx
from veza.infra.valkey.client import WindowCounters

# Gifts that a member, or one network, orders in a day.
MAX_OF_BUYER = 60
MAX_FROM_NETWORK = 100
WINDOW_S = 24 * 3600
# Address and words of a gift are forgotten so long after it was redeemed.
_KEPT_FOR = timedelta(days=90)
_FORGOTTEN_AT_ONCE = 500
_CLAIMED_AT_ONCE = 100
# A mail that a job did not end is tried again after this time.
_LEASE = timedelta(minutes=10)


async def ensure_few(
    counters: WindowCounters, form: OrderForm, *, buyer_id: UserId | None, ip: str
) -> None:
    """Count the gifts of an order, for its buyer and the network. Raises TooManyGifts.

    More than an order may have are refused anyway, and don't use up those of the day.
    """
    count = sum(item.gift is not None for item in form.items)
    if count == 0 or count > MAX_GIFTS:
        return
    limits = {f"gifts:{network_of(ip)}": MAX_FROM_NETWORK}
    if buyer_id is not None:
        limits[f"gifts:{buyer_id}"] = MAX_OF_BUYER
    for key, most in limits.items():
        window = await counters.add(key, WINDOW_S, times=count)
        if window.count > most:
            wait_s = max(1, math.ceil(window.ends_in_s))
            raise TooManyGifts(retry_after=wait_s, allowance=Allowance(most, WINDOW_S))


async def list_gifts(conn: Conn, order_id: OrderId, opener: Opener) -> list[StoredGift]:
    """Return the gifts of an order to who may open it. Raises OrderNotFound, MailedLinkNeeded."""
    order = required(await purchase_queries.find_order(conn, order_id), OrderNotFound)
    ensure_may_open(order.id, order.buyer_id, opener)
    return await queries.list_gifts(conn, order_id)


async def find_gift(conn: Conn, item_id: OrderItemId) -> StoredGift | None:
    """Return a gift."""
    return await queries.find_gift(conn, item_id)


async def find_by_code(conn: Conn, code_hash: bytes) -> GiftRef | None:
    """Return the gift that a code is for."""
    return await queries.find_by_code(conn, code_hash)


async def lock_gift(tx: Tx, place: GiftPlace) -> StoredGift | None:
    """Lock a gift, and its order against refunds and disputes. Products are locked after it."""
    await queries.lock_order(tx, place.order_id)
    await queries.lock_row(tx, place.item_id)
    return await queries.find_gift(tx, place.item_id)


async def lock_to_mail(tx: Tx, item_id: OrderItemId) -> StoredGift | None:
    """Lock a gift that a job knows by its line alone."""
    place = await queries.find_place(tx, item_id)
    return None if place is None else await lock_gift(tx, place)


async def find_received(conn: Conn, item_id: OrderItemId) -> ReceivedGift | None:
    """Return the order of the line by which a gift was redeemed."""
    return await queries.find_received(conn, item_id)


async def list_due(conn: Conn, order_id: OrderId) -> list[OrderItemId]:
    """Return the gifts of an order that are to be mailed now."""
    return await queries.list_due(conn, order_id)


async def claim_due(tx: Tx) -> list[OrderItemId]:
    """Return some gifts that are to be mailed now; none of them is returned again for a while."""
    return await queries.claim_due(tx, limit=_CLAIMED_AT_ONCE, lease=_LEASE)


async def put_off(tx: Tx, item_id: OrderItemId, wait: timedelta) -> None:
    """Postpone the mail of a locked gift."""
    await queries.update_due(tx, item_id, wait)


async def change_code(tx: Tx, item_id: OrderItemId, *, nonce: bytes, code_hash: bytes) -> None:
    """Give a locked gift another code; the former one ends."""
    await queries.update_code(tx, item_id, nonce, code_hash)


async def change_recipient(tx: Tx, item_id: OrderItemId, form: RecipientForm) -> None:
    """Give a locked gift another recipient; a code that was mailed ends."""
    await queries.update_recipient(tx, item_id, form)


async def note_mailed(
    tx: Tx, item_id: OrderItemId, code_hash: bytes, failure: MailFailure | None = None
) -> None:
    """Note that a gift was mailed with a code, or why it can't be."""
    await queries.update_mailed(tx, item_id, code_hash, failure)


async def note_redeemed(tx: Tx, item_id: OrderItemId, received_id: OrderItemId) -> None:
    """Note the line by which a locked gift was redeemed."""
    await queries.update_redeemed(tx, item_id, received_id)


async def take_back(tx: Tx, order_id: OrderId) -> None:
    """Revoke what recipients got by gifts of an order that were returned."""
    for each in await queries.list_to_take_back(tx, order_id):
        await settlement.settle(tx, each.order_id, GiftReturned(each.item_id))


async def forget_old(tx: Tx) -> int:
    """Forget addresses and words of gifts that are over for long; return of how many."""
    return await queries.forget_old(
        tx, redeemed=_KEPT_FOR, cancelled=CANCELLED_POLLED_FOR, limit=_FORGOTTEN_AT_ONCE
    )
