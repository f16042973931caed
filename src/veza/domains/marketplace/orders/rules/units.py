"""A line holds a unit of a limited stock while its order can be paid, or its buyer has it.

Lines of tips and memberships have no product, and hold none.
"""

from msgspec import structs

from veza.core.ids import ProductId
from veza.domains.marketplace.orders.models.state import (
    OrderLine,
    OrderState,
    OrderStatus,
    Transition,
)
from veza.domains.marketplace.orders.rules import amounts

# A payment that failed may be made again until the order is cancelled.
_PAYABLE = frozenset({OrderStatus.PENDING, OrderStatus.FAILED})


def release_units(order: OrderState) -> OrderState:
    """Return an order whose lines hold no unit that they have no more use for.

    They are given back for good when the order is cancelled or paid late, and when the price of a
    line is returned. Those of a line whose refund is only requested are kept.
    """
    lines = [
        structs.replace(line, holds_unit=False)
        if line.holds_unit and not _may_hold(order, line)
        else line
        for line in order.lines
    ]
    return structs.replace(order, lines=lines)


def list_given_back(before: OrderState, after: OrderState) -> list[ProductId]:
    """Return the products that get a unit back by the change between two states of an order."""
    held = {line.id for line in before.lines if line.holds_unit}
    back = [line for line in after.lines if line.id in held and not line.holds_unit]
    return [line.product_id for line in back if line.product_id is not None]


def list_exclusives_released(before: OrderState, after: OrderState) -> list[OrderLine]:
    """Return the lines that no longer hold, or have, an exclusive licence after a change."""
    return [
        new
        for old, new in zip(before.lines, after.lines, strict=True)
        if new.is_exclusive and _may_hold(before, old) and not _may_hold(after, new)
    ]


def list_moved(before: OrderState, change: Transition) -> list[ProductId]:
    """Return the products whose licences, counts or units a change may concern, by id."""
    after = release_units(change.order)
    lines = [*change.granted, *change.revoked, *list_exclusives_released(before, after)]
    product_ids = {line.product_id for line in lines if line.product_id is not None}
    return sorted(product_ids | set(list_given_back(before, after)))


def count_sales(change: Transition) -> dict[ProductId, int]:
    """Return by how much the sales counts of products change; a gift counts as it is bought."""
    sold = [(line, 1) for line in change.granted] + [(line, -1) for line in change.revoked]
    return {
        line.product_id: count
        for line, count in sold
        if line.product_id is not None and not line.is_received
    }


def _may_hold(order: OrderState, line: OrderLine) -> bool:
    return order.status in _PAYABLE or amounts.is_licensed(order, line)
