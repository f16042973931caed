"""Orders as plain values, for tests of the rules."""

from fractions import Fraction
from uuid import UUID, uuid4

from msgspec import structs

from veza.core.ids import OrderId, OrderItemId, ProductId, RefundId, SubjectId, UserId, new_id
from veza.core.money import take_share
from veza.domains.marketplace.orders.models.state import OrderLine, OrderState, OrderStatus

BUYER = UserId(UUID(int=1))
ANN, BEN = UserId(UUID(int=2)), UserId(UUID(int=3))
SUBJECTS = {ANN: SubjectId(UUID(int=4)), BEN: SubjectId(UUID(int=5))}
REFUND = RefundId(UUID(int=6))


def line(price_cents: int, seller: UserId = ANN, rate: str = "0.10") -> OrderLine:
    """A line as it is frozen in an order."""
    fee = take_share(price_cents, Fraction(rate))
    return OrderLine(
        id=OrderItemId(uuid4()),
        product_id=ProductId(uuid4()),
        seller_id=seller,
        seller_subject=SUBJECTS[seller],
        price_cents=price_cents,
        fee_cents=fee,
        net_cents=price_cents - fee,
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
