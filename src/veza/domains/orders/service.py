"""What one can do with orders."""

from collections.abc import Sequence

from msgspec import structs

from veza.core.ids import OrderId, UserId
from veza.domains.ledger import service as ledger
from veza.domains.orders import queries, rules
from veza.domains.orders.errors import OrderNotFound
from veza.domains.orders.models import (
    Due,
    Fact,
    Line,
    Move,
    OrderState,
    Settled,
)
from veza.domains.products import service as products
from veza.infra.db import Conn, Tx
from veza.infra.outbox import emit


async def settle(tx: Tx, order_id: OrderId, fact: Fact) -> Settled:
    """Have a fact move an order, with all that follows: the books, licences, events.

    The one door for all of them: the webhook, the poller, a refund. It may be told the same twice,
    at once and in any order. Raises OrderNotFound.
    """
    stored = await queries.lock_order(tx, order_id)
    if stored is None:
        raise OrderNotFound
    order = await _complete(tx, stored)
    move = rules.move(order, fact)
    if move.granted and not await _grant(tx, order.buyer_id, move.granted):
        # Another order of the same was paid first, or there is nothing to have any more.
        move = rules.come_late(order)
    if move.order != order:
        await _write(tx, order, move)
    return Settled(order_id, move.order.status, is_moved=move.order != order)


async def list_dues(conn: Conn, order_id: OrderId) -> list[Due]:
    """Tell what is due to each seller of an order at present. Raises OrderNotFound."""
    stored = await queries.find_order(conn, order_id)
    if stored is None:
        raise OrderNotFound
    return rules.list_dues(await _complete(conn, stored))


async def _complete(conn: Conn, order: OrderState) -> OrderState:
    """Give an order with its lines and disputes."""
    disputes = [
        structs.replace(dispute, shares=await queries.list_shares(conn, dispute.id))
        for dispute in await queries.list_disputes(conn, order.id)
    ]
    lines = await queries.list_lines(conn, order.id)
    return structs.replace(order, lines=lines, disputes=disputes)


async def _grant(tx: Tx, buyer_id: UserId | None, lines: Sequence[Line]) -> bool:
    """Give a buyer all that lines are for, or nothing: False."""
    assert buyer_id is not None
    item_ids = [line.id for line in lines]
    if await queries.insert_licences(tx, buyer_id, item_ids) == len(lines):
        return True
    await queries.delete_licences(tx, item_ids)
    return False


async def _write(tx: Tx, before: OrderState, move: Move) -> None:
    await queries.update_state(tx, move.order)
    changed = [line for line in move.order.lines if line not in before.lines]
    if changed:
        await queries.update_lines(tx, changed)
    for dispute in move.order.disputes:
        if dispute not in before.disputes:
            await queries.upsert_dispute(tx, before.id, dispute)
            await queries.insert_shares(tx, dispute)
    if move.taken:
        await queries.delete_licences(tx, [line.id for line in move.taken])
    sold = {line.product_id: 1 for line in move.granted}
    await products.count_sales(tx, sold | {line.product_id: -1 for line in move.taken})
    if move.posting is not None:
        is_new = await ledger.post(tx, move.posting)
        assert is_new, move.posting
    for event in move.events:
        await emit(tx, event)
