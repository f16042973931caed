"""Orders as plain values, for tests of the rules."""

from collections.abc import Sequence
from fractions import Fraction
from uuid import UUID, uuid4

from msgspec import structs

from veza.core.ids import OrderId, OrderItemId, ProductId, RefundId, SubjectId, UserId, new_id
from veza.core.money import take_share
from veza.domains.marketplace.orders.models.state import (
    LinePart,
    OrderLine,
    OrderState,
    OrderStatus,
)

BUYER = UserId(UUID(int=1))
ANN, BEN, CAT = UserId(UUID(int=2)), UserId(UUID(int=3)), UserId(UUID(int=7))
SUBJECTS = {each: SubjectId(UUID(int=each.int + 100)) for each in (ANN, BEN, CAT)}
REFUND = RefundId(UUID(int=6))


def line(
    price_cents: int,
    seller: UserId = ANN,
    rate: str = "0.10",
    parts: Sequence[tuple[UserId, int]] = (),
) -> OrderLine:
    """A line as it is frozen in an order, split by these parts."""
    fee = take_share(price_cents, Fraction(rate))
    return OrderLine(
        id=OrderItemId(uuid4()),
        product_id=ProductId(uuid4()),
        seller_id=seller,
        seller_subject=SUBJECTS[seller],
        price_cents=price_cents,
        fee_cents=fee,
        net_cents=price_cents - fee,
        parts=[LinePart(party, SUBJECTS[party], each) for party, each in parts],
    )


def order(*lines: OrderLine, **changes: object) -> OrderState:
    """An order that is pending: by default of two sellers, 10 and 5 euros."""
    lines = lines or (line(1000, ANN), line(500, BEN))
    pending = OrderState(
        id=OrderId(new_id()),
        buyer_id=BUYER,
        status=OrderStatus.PENDING,
        total_cents=sum(each.price_cents for each in lines),
        currency="EUR",
        provider="sandbox",
        lines=list(lines),
    )
    return structs.replace(pending, **changes)
